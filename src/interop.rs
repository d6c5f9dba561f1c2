//! Foreign formats around AES-256-GCM: JOSE, Tink's envelopes, the S3 Encryption Client.
//!
//! They differ in their headers, which are not secret and are read by the caller; what touches a
//! key is here: sealing and opening content, wrapping a data key under another, and the derivation
//! that the S3 Encryption Client commits to its key by. Except for the last, none of them does.

mod content;
mod derive;
mod wrap;

pub use content::{NONCE_LEN, open, seal};
pub use derive::{COMMITMENT_LEN, derive};
pub use wrap::{unwrap, wrap};

use crate::error::{Error, Problem};

/// Bytes that content may have: it is held whole.
pub const CONTENT_LEN_MAX: usize = 8 << 20;

fn check_len(content: &[u8]) -> Result<(), Error> {
    if content.len() > CONTENT_LEN_MAX {
        return Err(Problem::InputTooLong.into());
    }
    Ok(())
}
