//! Key derivation: HKDF with SHA-512 (RFC 5869).

use hkdf::Hkdf;
use sha2::Sha512;

use crate::secret::Secret;

/// Derives 32 bytes: `HKDF-SHA-512[salt](ikm, info)`, one extract and one expand.
///
/// # Arguments
/// * `ikm` - the input key material, any length.
/// * `salt` - any length; empty stands for 64 zero bytes.
/// * `info` - what the key is for, in parts that are joined without separators.
///
/// # Example
/// ```
/// let key = tsutsumi::kdf::derive_32(&[7; 16], b"", &[b"example"]);
/// assert_eq!(key.as_bytes().len(), 32);
/// ```
///
/// # Source
/// RFC 5869 sections 2.2 and 2.3.
#[must_use]
pub fn derive_32(ikm: &[u8], salt: &[u8], info: &[&[u8]]) -> Secret<32> {
    Extracted::new(ikm, salt).expand(info)
}

/// The outcome of HKDF's extract step, from which several keys may be expanded.
pub(crate) struct Extracted(Hkdf<Sha512>);

impl Extracted {
    pub(crate) fn new(ikm: &[u8], salt: &[u8]) -> Self {
        Self(Hkdf::new(Some(salt), ikm))
    }

    pub(crate) fn expand(&self, info: &[&[u8]]) -> Secret<32> {
        let mut key = Secret::zero();
        // INVARIANT: 32 bytes are under the limit of 255 hash lengths, the one thing that can fail.
        let expanded = self.0.expand_multi_info(info, key.as_mut_bytes());
        debug_assert!(expanded.is_ok());
        key
    }
}
