//! Messages: the AWS Encryption SDK message format.
//!
//! A message is a header, which names the suite, the context and the slots, and frames. The header
//! is read by [`Header`], the frames are made by [`Sealer`] and opened by [`Opener`]; all of them
//! take and give bytes and keep no more than a frame. Version 2 is written and read; version 1,
//! which does not commit to its key, is read where [`Commitment`] allows it. `src/manual/format.md`
//! describes every byte.
//!
//! A message is never wrapped anew in place: a second header tag under the same key and nonce would
//! give the authentication key away. To change its slots, open it and seal it again, which draws a
//! new message id. The types allow nothing else: the slots of a header can be looked at,
//!
//! ```
//! # use tsutsumi::message::{Header, Limits, Sealer, Slot};
//! # use tsutsumi::{Context, DataKey};
//! # let slot = Slot::new("example", "key 1", "wrapped")?;
//! # let sealer = Sealer::new(&DataKey::generate()?, &Context::default(), &[slot])?;
//! let header = Header::read_whole(sealer.header(), &Limits::default())?;
//! assert_eq!(header.slots().len(), 1);
//! # Ok::<(), tsutsumi::Error>(())
//! ```
//!
//! but not changed, and a header cannot be put together from parts or be given a tag:
//!
//! ```compile_fail,E0596
//! # use tsutsumi::message::{Header, Limits, Sealer, Slot};
//! # use tsutsumi::{Context, DataKey};
//! # let slot = Slot::new("example", "key 1", "wrapped")?;
//! # let sealer = Sealer::new(&DataKey::generate()?, &Context::default(), &[slot])?;
//! let header = Header::read_whole(sealer.header(), &Limits::default())?;
//! header.slots()[0].ciphertext.clear();
//! # Ok::<(), tsutsumi::Error>(())
//! ```
//!
//! ```compile_fail,E0451
//! # use tsutsumi::message::{Header, Limits, Sealer, Slot};
//! # use tsutsumi::{Context, DataKey};
//! # let slot = Slot::new("example", "key 1", "wrapped")?;
//! # let sealer = Sealer::new(&DataKey::generate()?, &Context::default(), &[slot.clone()])?;
//! let header = Header::read_whole(sealer.header(), &Limits::default())?;
//! let rewrapped = Header { slots: vec![slot], ..header };
//! # Ok::<(), tsutsumi::Error>(())
//! ```

mod derive;
mod frame;
mod header;
mod inspect;
#[cfg(any(test, target_arch = "wasm32"))]
mod lift;
mod limits;
mod open;
#[cfg(any(not(target_arch = "wasm32"), feature = "formats"))]
mod range;
mod reader;
mod seal;
#[cfg(any(not(target_arch = "wasm32"), feature = "formats"))]
mod signature;
mod slot;
mod suite;
#[cfg(any(not(target_arch = "wasm32"), feature = "formats"))]
mod uncommitted;
#[cfg(not(any(not(target_arch = "wasm32"), feature = "formats")))]
mod without_formats;
#[cfg(not(any(not(target_arch = "wasm32"), feature = "formats")))]
use without_formats as uncommitted;
#[cfg(not(any(not(target_arch = "wasm32"), feature = "formats")))]
use without_formats as signature;

pub use header::Header;
pub use inspect::{Field, Inspection, Part, inspect};
pub use limits::{FRAME_LEN, Limits};
pub use open::Opener;
#[cfg(any(not(target_arch = "wasm32"), feature = "formats"))]
pub use range::{FrameLayout, MessageRangeOpener, MessageRangePlan};
pub use seal::Sealer;
pub use slot::Slot;
pub use suite::{Commitment, Suite};
