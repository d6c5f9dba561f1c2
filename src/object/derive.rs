//! The keys of an object, derived from its data key, salt and context.

use ctutils::CtEq;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha512;
use zeroize::Zeroize;

use super::layout::HEADER_LEN;
use crate::aead::{Gcm, NONCE_LEN, TAG_LEN};
use crate::error::{Error, Problem};
use crate::key::DataKey;
use crate::secret::Secret;
#[cfg(any(test, all(target_arch = "wasm32", feature = "formats")))]
use crate::secret::SecretBytes;

const LABEL: &[u8] = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0";
const SALT_LEN: usize = 24;

/// The cipher of an object whose commitment holds: made here, or checked here.
pub(super) struct Committed {
    cipher: Gcm,
    #[cfg_attr(
        not(any(test, all(target_arch = "wasm32", feature = "formats"))),
        expect(dead_code, reason = "only the bindings have another cipher")
    )]
    key: Secret<32>,
    // As secret as the key: it is made of the same secret, and stands nowhere else.
    nonce: Secret<NONCE_LEN>,
}

impl Committed {
    /// Derives for writing, and returns the header.
    pub(super) fn derive(
        key: &DataKey,
        salt: &[u8; SALT_LEN],
        context: &[u8],
    ) -> (Self, [u8; HEADER_LEN]) {
        let mut okm = expand(key, salt, context);
        let mut header = [0; HEADER_LEN];
        let mut cipher_key = Secret::zero();
        let mut nonce = Secret::zero();
        cipher_key.as_mut_bytes().copy_from_slice(&okm[..32]);
        nonce.as_mut_bytes().copy_from_slice(&okm[32..44]);
        header[..SALT_LEN].copy_from_slice(salt);
        header[SALT_LEN..].copy_from_slice(&okm[44..76]);
        okm.zeroize();
        (
            Self {
                cipher: Gcm::new(&cipher_key),
                key: cipher_key,
                nonce,
            },
            header,
        )
    }

    /// Derives for reading, and compares the commitment before anything is opened.
    pub(super) fn check(
        key: &DataKey,
        header: &[u8; HEADER_LEN],
        context: &[u8],
    ) -> Result<Self, Error> {
        let mut salt = [0; SALT_LEN];
        salt.copy_from_slice(&header[..SALT_LEN]);
        let (committed, expected) = Self::derive(key, &salt, context);
        // spec: O-2
        if expected[..].ct_eq(&header[..]).to_bool() {
            Ok(committed)
        } else {
            Err(Problem::OpenFailed.into())
        }
    }

    /// Appends key and nonce of the first chunk, for a cipher outside of the core.
    #[cfg(any(test, all(target_arch = "wasm32", feature = "formats")))]
    pub(super) fn lift(&self, output: &mut SecretBytes) {
        output.extend_from_slice(self.key.as_bytes());
        output.extend_from_slice(self.nonce.as_bytes());
    }

    /// Seals a chunk in place.
    pub(super) fn seal(&self, index: u64, chunk: &mut [u8]) -> Result<[u8; TAG_LEN], Error> {
        self.cipher.seal(&self.nonce_of(index), &[], chunk)
    }

    /// Opens a chunk in place, after its tag has been checked.
    pub(super) fn open(
        &self,
        index: u64,
        chunk: &mut [u8],
        tag: &[u8; TAG_LEN],
    ) -> Result<(), Error> {
        self.cipher.open(&self.nonce_of(index), &[], chunk, tag)
    }

    fn nonce_of(&self, index: u64) -> [u8; NONCE_LEN] {
        let mut nonce = *self.nonce.as_bytes();
        for (byte, index) in nonce[4..].iter_mut().zip(index.to_be_bytes()) {
            *byte ^= index;
        }
        nonce
    }
}

/// HKDF-Expand with SHA-512, 76 of its first 128 bytes. The crate `hkdf` wants at least 64 bytes of
/// key here, and the format has 32.
fn expand(key: &DataKey, salt: &[u8; SALT_LEN], context: &[u8]) -> [u8; 128] {
    let mut okm = [0; 128];
    let (first, second) = okm.split_at_mut(64);
    first.copy_from_slice(&block(key, &[], salt, context, 1));
    second.copy_from_slice(&block(key, first, salt, context, 2));
    okm
}

fn block(
    key: &DataKey,
    previous: &[u8],
    salt: &[u8; SALT_LEN],
    context: &[u8],
    counter: u8,
) -> [u8; 64] {
    // INVARIANT: a key of 32 bytes is padded to a block, so this is HMAC whatever the key.
    let mut padded = [0; 128];
    padded[..DataKey::LEN].copy_from_slice(key.secret().as_bytes());
    let mut mac = Hmac::<Sha512>::new(&padded.into());
    padded.zeroize();
    for part in [previous, LABEL, salt, context, &[counter]] {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}
