//! Objects: large blobs whose key lies beside them, read in ranges.
//!
//! The format is C2SP chunked encryption, Cobblestone-256: a header of 56 bytes, then chunks of
//! 16 KiB, each with its tag. It commits to its key and its context, and every byte range can be
//! read and known to be authentic without the rest. The key is a [`DataKey`](crate::DataKey), and
//! is kept wrapped beside the object: rotating a root key never touches the body.

mod derive;
mod layout;
#[cfg(any(test, all(target_arch = "wasm32", feature = "formats")))]
mod lift;
mod open;
mod range;
mod seal;

pub use layout::{CHUNK_LEN, HEADER_LEN, Layout, sealed_len};
pub use open::ObjectOpener;
pub use range::{RangeOpener, RangePlan};
pub use seal::ObjectSealer;
