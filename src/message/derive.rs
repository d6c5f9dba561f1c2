//! The keys of a message, derived from its data key and its id.

use ctutils::CtEq;

use super::suite::Suite;
use crate::aead::Gcm;
use crate::error::{Error, Problem};
use crate::kdf::Extracted;
use crate::key::DataKey;
use crate::secret::Secret;

/// Bytes of a message id of version 2, which is also the salt of the derivation.
pub(crate) const MESSAGE_ID_LEN: usize = 32;
pub(crate) const COMMITMENT_LEN: usize = 32;

/// The cipher of a message whose commitment is known to hold: made here, or checked here.
///
/// Having one is the proof; nothing seals a frame without it.
pub(crate) struct Committed {
    cipher: Gcm,
    key: Secret<32>,
}

impl Committed {
    /// Derives for writing, and returns the commitment that belongs in the header.
    pub(crate) fn derive(
        key: &DataKey,
        suite: Suite,
        message_id: &[u8],
    ) -> (Self, [u8; COMMITMENT_LEN]) {
        let extracted = Extracted::new(key.secret().as_bytes(), message_id);
        let key = extracted.expand(&[&suite.id().to_be_bytes(), b"DERIVEKEY"]);
        let cipher = Gcm::new(&key);
        let commitment = *extracted.expand(&[b"COMMITKEY"]).as_bytes();
        (Self { cipher, key }, commitment)
    }

    /// Derives for reading, and compares the commitment with the one in the header.
    pub(crate) fn check(
        key: &DataKey,
        suite: Suite,
        message_id: &[u8],
        commitment: &[u8; COMMITMENT_LEN],
    ) -> Result<Self, Error> {
        let (committed, expected) = Self::derive(key, suite, message_id);
        // spec: M-13
        if expected.ct_eq(commitment).to_bool() {
            Ok(committed)
        } else {
            Err(Problem::OpenFailed.into())
        }
    }

    pub(crate) fn cipher(&self) -> &Gcm {
        &self.cipher
    }

    /// The key itself, for a cipher outside of the core.
    #[cfg(any(test, target_arch = "wasm32"))]
    pub(crate) const fn key(&self) -> &Secret<32> {
        &self.key
    }

    pub(crate) fn into_parts(self) -> (Gcm, Secret<32>) {
        (self.cipher, self.key)
    }
}
