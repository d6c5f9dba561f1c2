//! Activity tracking: an event for every call of a known caller to the key API, and for every one
//! that would change an identity or a policy, in a chain that shows tampering.
//!
//! Each process writes a chain of its own. Every event carries a tag over itself and the tag before
//! it, made with a key that the master key wraps, and the chain's head says how long it is: an
//! event that is changed, removed, moved or added is noticed, also at the end of the chain.

mod data;
mod event;
mod log;
mod verify;
mod witness;

pub(crate) use data::{Change, ResponseData, key_type};
pub(crate) use event::Event;
pub(crate) use log::ActivityLog;
pub use verify::{Tampering, Verified};
pub(crate) use witness::{Telling, Witness};
