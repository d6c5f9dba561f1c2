//! RSA-4096 for import tokens, by a constant-time implementation: aws-lc natively, the platform's
//! WebCrypto where the service is embedded.
//!
//! A build with neither refuses import tokens with `FEATURE_RESTRICTED_ERR`.

#[cfg(feature = "native")]
mod native;
#[cfg(all(target_arch = "wasm32", feature = "embedded"))]
pub(crate) mod platform;

use tsutsumi::SecretBytes;

/// A fresh key pair.
pub(crate) struct KeyPair {
    /// PEM of the public key.
    pub(crate) public_key: String,
    /// PKCS #8 of the private key; empty where the platform keeps it and does not give it out.
    pub(crate) private_key: SecretBytes,
}

/// What was sealed under a token.
pub(crate) struct Opened {
    pub(crate) material: SecretBytes,
    /// The nonce, if it opens under the material.
    pub(crate) nonce: Option<SecretBytes>,
}

/// What a client sends.
#[cfg_attr(
    not(any(feature = "native", all(target_arch = "wasm32", feature = "embedded"))),
    allow(dead_code)
)] // nobody opens it there
pub(crate) struct Sent<'a> {
    pub(crate) ciphertext: &'a SecretBytes,
    pub(crate) encrypted_nonce: &'a SecretBytes,
    pub(crate) iv: &'a SecretBytes,
}

#[cfg(feature = "native")]
pub(crate) use native::{generate, is_kept, open};
#[cfg(all(target_arch = "wasm32", feature = "embedded", not(feature = "native")))]
pub(crate) use platform::{generate, is_kept, open};

#[cfg(not(any(feature = "native", all(target_arch = "wasm32", feature = "embedded"))))]
mod none {
    use tsutsumi::SecretBytes;

    use super::{KeyPair, Opened, Sent, refusal};
    use crate::problem::Problem;
    use crate::service::Service;

    pub(crate) async fn generate(_: &Service, _: &str) -> Result<KeyPair, Problem> {
        Err(refusal())
    }

    pub(crate) fn is_kept(_: &Service, _: &str) -> bool {
        false
    }

    pub(crate) async fn open(
        _: (&Service, &str),
        _: &SecretBytes,
        _: &Sent<'_>,
    ) -> Result<Opened, Problem> {
        Err(refusal())
    }
}
#[cfg(not(any(feature = "native", all(target_arch = "wasm32", feature = "embedded"))))]
pub(crate) use none::{generate, is_kept, open};

#[cfg(not(feature = "native"))]
fn refusal() -> crate::problem::Problem {
    crate::problem::Problem::from(crate::problem::Code {
        name: "FEATURE_RESTRICTED_ERR",
        status: axum::http::StatusCode::FORBIDDEN,
        message: "Import tokens need WebCrypto, which web pages have on secure origins only: \
                  Import the material as it is",
    })
}
