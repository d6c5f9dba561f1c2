//! Activity tracking: an event for every call of a known caller, in a chain that shows tampering.
//!
//! Each process writes a chain of its own. Every event carries a tag over itself and the tag before
//! it, made with a key that the master key wraps, and the chain's head says how long it is: an
//! event that is changed, removed, moved or added is noticed, also at the end of the chain.

pub(crate) mod event;
mod log;
mod verify;

pub(crate) use event::{Event, SeenKey, Witness};
pub(crate) use log::ActivityLog;
pub use verify::{Tampering, Verified};
