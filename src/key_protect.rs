//! The root-key protocol of IBM Key Protect, as bytes: request bodies to send, reply bodies
//! received.
//!
//! A data key goes from a [`DataKey`](crate::DataKey) straight into the body of a wrap request, and
//! from the body of an unwrap reply straight into a `DataKey`; in between it is nothing but bytes
//! that are wiped. Who sends them, and how errors and retries are dealt with, is the caller's
//! affair.

mod reply;
mod request;

pub use crate::key_service::REPLY_LEN_MAX;
pub use reply::{Unwrapped, Wrapped, read_unwrap_reply, read_wrap_reply};
pub use request::{import_request, unwrap_request, wrap_request};

/// The provider name of slots that Key Protect wrapped.
pub const PROVIDER: &str = "ibm-key-protect";
