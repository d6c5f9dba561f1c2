//! XAES-256-GCM: AES-256-GCM under a key derived for each 24-byte nonce (C2SP XAES-256-GCM v1).

use core::fmt;

use aes_gcm::aes::Aes256;
use aes_gcm::aes::cipher::{BlockCipherEncrypt, KeyInit};
use zeroize::Zeroize;

use super::gcm::{Gcm, TAG_LEN};
use crate::error::{Error, Problem};
use crate::secret::{Secret, SecretBytes, random, scrub_stack};

const NONCE_LEN: usize = 24;

/// A key under which any number of values may be sealed with random nonces.
///
/// Each value costs two AES blocks and a key schedule more than AES-256-GCM does; in return 2⁸⁰
/// values may be sealed under one key. It does not commit to its key: whoever holds two keys can
/// make a value that opens under both. Where that matters, seal a message.
///
/// # Example
/// ```
/// use tsutsumi::{Secret, aead::Xaes256Gcm};
///
/// let cipher = Xaes256Gcm::new(&Secret::generate()?);
/// let sealed = cipher.seal(b"row 17", b"4242 4242 4242 4242")?;
/// assert_eq!(cipher.open(b"row 17", &sealed)?.as_bytes(), b"4242 4242 4242 4242");
/// assert!(cipher.open(b"row 18", &sealed).is_err());
/// # Ok::<(), tsutsumi::Error>(())
/// ```
///
/// # Source
/// <https://c2sp.org/XAES-256-GCM>
pub struct Xaes256Gcm {
    block: Box<Aes256>,
    // K1 of the specification: the doubled encryption of the zero block.
    mask: Secret<16>,
}

impl Xaes256Gcm {
    /// Bytes that sealing adds: a nonce of 24 and a tag of 16.
    pub const OVERHEAD: usize = NONCE_LEN + TAG_LEN;

    /// Expands a key, which the caller still holds.
    #[must_use]
    pub fn new(key: &Secret<32>) -> Self {
        let block = Box::new(Aes256::new(key.as_bytes().into()));
        let mut mask = Secret::<16>::zero();
        block.encrypt_block(mask.as_mut_bytes().into());
        double(mask.as_mut_bytes());
        Self { block, mask }
    }

    /// Seals a value under a nonce drawn here: nonce (24) ‖ ciphertext ‖ tag (16).
    ///
    /// # Arguments
    /// * `aad` - what is authenticated with the value and needed to open it; not stored.
    /// * `plaintext` - the value, any length.
    ///
    /// # Errors
    /// `ERR_INTERNAL` if the platform gives no randomness; `ERR_LIMIT` over 64 GiB.
    pub fn seal(&self, aad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, Error> {
        let mut nonce = [0; NONCE_LEN];
        random(&mut nonce)?;
        self.seal_under(&nonce, aad, plaintext)
    }

    /// Opens what [`seal`](Self::seal) made.
    ///
    /// The tag is checked before any plaintext exists.
    ///
    /// # Errors
    /// `ERR_OPEN_FAILED` if the value was altered, cut, or sealed under another key or `aad`.
    pub fn open(&self, aad: &[u8], sealed: &[u8]) -> Result<SecretBytes, Error> {
        let failed = Error::from(Problem::OpenFailed);
        let (nonce, rest) = sealed.split_first_chunk::<NONCE_LEN>().ok_or(failed)?;
        let (ciphertext, tag) = rest.split_last_chunk::<TAG_LEN>().ok_or(failed)?;
        let mut buffer = SecretBytes::with_capacity(ciphertext.len());
        buffer.extend_from_slice(ciphertext);
        let (cipher, tail) = self.derive(nonce);
        cipher.open(&tail, aad, buffer.as_mut_bytes(), tag)?;
        scrub_stack();
        Ok(buffer)
    }

    fn seal_under(
        &self,
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Error> {
        let mut sealed = Vec::with_capacity(plaintext.len() + Self::OVERHEAD);
        sealed.extend_from_slice(nonce);
        sealed.extend_from_slice(plaintext);
        let (cipher, tail) = self.derive(nonce);
        let tag = cipher
            .seal(&tail, aad, &mut sealed[NONCE_LEN..])
            .inspect_err(|_| sealed.zeroize())?;
        sealed.extend_from_slice(&tag);
        scrub_stack();
        Ok(sealed)
    }

    /// The cipher for one nonce, and the half of the nonce that it uses.
    fn derive(&self, nonce: &[u8; NONCE_LEN]) -> (Gcm, [u8; 12]) {
        let mut key = Secret::<32>::zero();
        for (half, counter) in key.as_mut_bytes().chunks_exact_mut(16).zip(1_u8..) {
            half[1] = counter;
            half[2] = b'X';
            half[4..].copy_from_slice(&nonce[..12]);
            for (byte, mask) in half.iter_mut().zip(self.mask.as_bytes()) {
                *byte ^= mask;
            }
            if let Ok(block) = half.try_into() {
                self.block.encrypt_block(block);
            }
        }
        let mut tail = [0; 12];
        tail.copy_from_slice(&nonce[12..]);
        (Gcm::new(&key), tail)
    }
}

impl fmt::Debug for Xaes256Gcm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Xaes256Gcm")
    }
}

/// Multiplies by x in GF(2¹²⁸) as CMAC does (NIST SP 800-38B section 6.1), in constant time.
fn double(block: &mut [u8; 16]) {
    let mut value = u128::from_be_bytes(*block);
    let carry = value >> 127;
    value = (value << 1) ^ (carry * 0x87);
    *block = value.to_be_bytes();
    value.zeroize();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len())
            .step_by(2)
            .map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap())
            .collect()
    }

    // C2SP XAES-256-GCM, the two vectors of the specification.
    #[test]
    fn published_vectors_decide() {
        let nonce: [u8; 24] = *b"ABCDEFGHIJKLMNOPQRSTUVWX";
        let cases = [
            (
                1_u8,
                &b""[..],
                "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271",
            ),
            (
                3,
                &b"c2sp.org/XAES-256-GCM"[..],
                "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d",
            ),
        ];
        for (fill, aad, expected) in cases {
            let cipher = Xaes256Gcm::new(&Secret::from_slice(&[fill; 32]).unwrap());
            let sealed = cipher.seal_under(&nonce, aad, b"XAES-256-GCM").unwrap();
            assert_eq!(sealed[24..], hex(expected)[..]);
            assert_eq!(
                cipher.open(aad, &sealed).unwrap().as_bytes(),
                b"XAES-256-GCM"
            );
        }
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_refused() {
        let cipher = Xaes256Gcm::new(&Secret::generate().unwrap());
        let sealed = cipher.seal(b"aad", b"value").unwrap();
        for bit in 0..sealed.len() * 8 {
            let mut altered = sealed.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(
                cipher.open(b"aad", &altered).unwrap_err(),
                Problem::OpenFailed.into()
            );
        }
        for len in 0..sealed.len() {
            assert_eq!(
                cipher.open(b"aad", &sealed[..len]).unwrap_err(),
                Problem::OpenFailed.into()
            );
        }
        assert_eq!(cipher.open(b"aad", &sealed).unwrap().as_bytes(), b"value");
    }
}
