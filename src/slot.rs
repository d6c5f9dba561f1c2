//! Kept slots: wrapped data keys that lie beside what they open, as JSON.
//!
//! A message carries its slots; an object does not, so that a root key can be rotated, added or
//! replaced without touching a body. This is the only format of our own, and a dull one: what the
//! provider returned, who it was, and a fingerprint by which the data key is known again.

mod json;
mod stored;

pub use stored::{StoredSlot, fingerprint};
