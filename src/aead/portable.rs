//! The interface of [`super::simd`] over the `aes-gcm` crate, which knows the instructions of
//! native processors, and works without any.

use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::aes::cipher::BlockCipherEncrypt;
use aes_gcm::{Nonce, Tag, aes};

/// A key, expanded.
pub(crate) struct Aes256Gcm(aes_gcm::Aes256Gcm);

impl Aes256Gcm {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self(aes_gcm::Aes256Gcm::new(key.into()))
    }

    /// Encrypts in place and returns the tag; none over 64 GiB.
    pub(crate) fn seal(&self, nonce: &[u8; 12], aad: &[u8], buffer: &mut [u8]) -> Option<[u8; 16]> {
        self.0
            .encrypt_inout_detached(&Nonce::from(*nonce), aad, buffer.into())
            .map(Into::into)
            .ok()
    }

    /// Decrypts in place if the tag is right; otherwise nothing is written.
    pub(crate) fn open(
        &self,
        nonce: &[u8; 12],
        aad: &[u8],
        buffer: &mut [u8],
        tag: &[u8; 16],
    ) -> bool {
        self.0
            .decrypt_inout_detached(&Nonce::from(*nonce), aad, buffer.into(), &Tag::from(*tag))
            .is_ok()
    }
}

/// The block cipher alone.
pub(crate) struct Aes256(aes::Aes256);

impl Aes256 {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self(aes::Aes256::new(key.into()))
    }

    /// Encrypts two blocks.
    pub(crate) fn encrypt(&self, blocks: &mut [u8; 32]) {
        for block in blocks.as_chunks_mut::<16>().0 {
            self.0.encrypt_block(block.into());
        }
    }
}
