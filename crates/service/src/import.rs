//! RSA-4096 for import tokens, by a constant-time implementation: aws-lc natively.
//!
//! A build without it (the embedded service) refuses import tokens with `FEATURE_RESTRICTED_ERR`;
//! material can then be imported only as it is.

#[cfg(feature = "native")]
mod native;

use tsutsumi::SecretBytes;

#[cfg(not(feature = "native"))]
use crate::problem::Problem;

/// A fresh key pair.
pub(crate) struct KeyPair {
    /// PEM of the public key.
    pub(crate) public_key: String,
    /// PKCS #8 of the private key.
    pub(crate) private_key: SecretBytes,
}

/// What was sealed under a token.
pub(crate) struct Opened {
    pub(crate) material: SecretBytes,
    /// The nonce, if it opens under the material.
    pub(crate) nonce: Option<SecretBytes>,
}

#[cfg(feature = "native")]
pub(crate) use native::{generate, open};

#[cfg(not(feature = "native"))]
pub(crate) async fn generate() -> Result<KeyPair, Problem> {
    Err(refusal())
}

#[cfg(not(feature = "native"))]
pub(crate) async fn open(
    _private_key: &SecretBytes,
    _ciphertext: &SecretBytes,
    _encrypted_nonce: &SecretBytes,
    _iv: &SecretBytes,
) -> Result<Opened, Problem> {
    Err(refusal())
}

#[cfg(not(feature = "native"))]
fn refusal() -> Problem {
    Problem::from(crate::problem::Code {
        name: "FEATURE_RESTRICTED_ERR",
        status: axum::http::StatusCode::FORBIDDEN,
        message: "Import tokens need a native build of the service: Import the material as it is",
    })
}
