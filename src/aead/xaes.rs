//! XAES-256-GCM: AES-256-GCM under a key derived for each 24-byte nonce (C2SP XAES-256-GCM v1).

use core::fmt;

use zeroize::Zeroize;

use super::gcm::{Gcm, TAG_LEN};
use super::kernel::Aes256;
use crate::error::{Error, Problem};
use crate::pool::draw;
use crate::secret::{Secret, SecretBytes, scrub_stack};

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

    pub(crate) const NONCE_LEN: usize = NONCE_LEN;

    /// Bytes of the nonce from which the key for it is derived; the others go to AES-GCM.
    pub(crate) const SALT_LEN: usize = 12;

    /// Expands a key, which the caller still holds.
    #[must_use]
    pub fn new(key: &Secret<32>) -> Self {
        let block = Box::new(Aes256::new(key.as_bytes()));
        let mut zeros = Secret::<32>::zero();
        block.encrypt(zeros.as_mut_bytes());
        let mut mask = Secret::<16>::zero();
        mask.as_mut_bytes().copy_from_slice(&zeros.as_bytes()[..16]);
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
        draw(&mut nonce)?;
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
        let (nonce, rest) = sealed.split_first_chunk().ok_or(failed)?;
        let (ciphertext, tag) = rest.split_last_chunk().ok_or(failed)?;
        let mut plaintext = SecretBytes::with_capacity(ciphertext.len());
        self.open_to(nonce, aad, ciphertext, tag, &mut plaintext)?;
        scrub_stack();
        Ok(plaintext)
    }

    fn seal_under(
        &self,
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Error> {
        let mut sealed = Vec::with_capacity(plaintext.len() + Self::OVERHEAD);
        sealed.extend_from_slice(nonce);
        self.seal_to(nonce, aad, plaintext, &mut sealed)?;
        scrub_stack();
        Ok(sealed)
    }

    /// Appends ciphertext and tag, for which there has to be room. Leaves the stack as it is: who
    /// calls this many times scrubs it once.
    pub(crate) fn seal_to(
        &self,
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        plaintext: &[u8],
        sealed: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let start = sealed.len();
        sealed.extend_from_slice(plaintext);
        let (cipher, tail) = self.derive(nonce);
        let tag = cipher
            .seal(&tail, aad, &mut sealed[start..])
            .inspect_err(|_| sealed[start..].zeroize())?;
        sealed.extend_from_slice(&tag);
        Ok(())
    }

    /// Appends the plaintext, or nothing. Leaves the stack as it is.
    pub(crate) fn open_to(
        &self,
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        ciphertext: &[u8],
        tag: &[u8; TAG_LEN],
        plaintext: &mut SecretBytes,
    ) -> Result<(), Error> {
        let (cipher, tail) = self.derive(nonce);
        cipher.open_to(&tail, aad, ciphertext, tag, plaintext)
    }

    /// The cipher for one nonce, and the half of the nonce that it uses.
    fn derive(&self, nonce: &[u8; NONCE_LEN]) -> (Gcm, [u8; 12]) {
        let mut key = Secret::<32>::zero();
        for (half, counter) in key.as_mut_bytes().chunks_exact_mut(16).zip(1_u8..) {
            half[1] = counter;
            half[2] = b'X';
            half[4..].copy_from_slice(&nonce[..Self::SALT_LEN]);
            for (byte, mask) in half.iter_mut().zip(self.mask.as_bytes()) {
                *byte ^= mask;
            }
        }
        self.block.encrypt(key.as_mut_bytes());
        let mut tail = [0; 12];
        tail.copy_from_slice(&nonce[Self::SALT_LEN..]);
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
    use shake::Shake128;
    use shake::digest::{ExtendableOutput, Update, XofReader};

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

    /// One hash over many random cases, from C2SP's test program: 10⁴ of them, or 10⁶ with
    /// `XAES_ACCUMULATED=1000000` in the environment.
    #[test]
    fn published_accumulated_vectors_decide() {
        let long = std::env::var("XAES_ACCUMULATED").is_ok_and(|count| count == "1000000");
        let (count, expected) = match long {
            false => (
                10_000,
                "e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939",
            ),
            true => (
                1_000_000,
                "2163ae1445985a30b60585ee67daa55674df06901b890593e824b8a7c885ab15",
            ),
        };
        let mut source = Shake128::default().finalize_xof();
        let mut outcome = Shake128::default();
        for _ in 0..count {
            let (mut key, mut nonce) = ([0; 32], [0; 24]);
            source.read(&mut key);
            source.read(&mut nonce);
            let mut bytes = || {
                let mut len = [0];
                source.read(&mut len);
                let mut bytes = vec![0; usize::from(len[0])];
                source.read(&mut bytes);
                bytes
            };
            let (plaintext, aad) = (bytes(), bytes());
            let cipher = Xaes256Gcm::new(&Secret::from_slice(&key).unwrap());
            let sealed = cipher.seal_under(&nonce, &aad, &plaintext).unwrap();
            outcome.update(&sealed[NONCE_LEN..]);
            assert_eq!(cipher.open(&aad, &sealed).unwrap().as_bytes(), plaintext);
        }
        let mut hash = [0; 32];
        outcome.finalize_xof().read(&mut hash);
        assert_eq!(hash[..], hex(expected)[..]);
        println!("{count} cases");
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
