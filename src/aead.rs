//! Authenticated encryption: AES-256-GCM for the formats, XAES-256-GCM for random nonces without
//! end.

mod gcm;
mod xaes;

pub(crate) use gcm::{Gcm, NONCE_LEN, TAG_LEN};
pub use xaes::Xaes256Gcm;
