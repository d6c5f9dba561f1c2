use super::*;
use aes_gcm::Nonce;
use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::aes::cipher::BlockCipherEncrypt;

fn filled(seed: usize, len: usize) -> Vec<u8> {
    let mut state = seed as u64 ^ 0x9E37_79B9_7F4A_7C15;
    let next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 56) as u8
    };
    core::iter::repeat_with(next).take(len).collect()
}

#[test]
fn blocks_agree() {
    for seed in 0..50 {
        let key: [u8; 32] = filled(seed, 32).try_into().unwrap();
        let mut blocks: [u8; 32] = filled(seed + 1000, 32).try_into().unwrap();
        let mut expected = blocks;
        Aes256::new(&key).encrypt(&mut blocks);
        let oracle = aes_gcm::aes::Aes256::new(&key.into());
        for half in expected.chunks_exact_mut(16) {
            oracle.encrypt_block(half.try_into().unwrap());
        }
        assert_eq!(blocks, expected);
    }
}

#[test]
fn messages_agree() {
    for len in [0, 1, 16, 32, 33, 96, 97, 200, 500, 3000] {
        let key: [u8; 32] = filled(len, 32).try_into().unwrap();
        let oracle = aes_gcm::Aes256Gcm::new(&key.into());
        let gcm = Aes256Gcm::new(&key);
        for aad_len in [0, 1, 16, 20, 300] {
            let (aad, plain) = (filled(7, aad_len), filled(9, len));
            let nonce = [3; 12];
            let mut expected = plain.clone();
            let tag = oracle
                .encrypt_inout_detached(&Nonce::from(nonce), &aad, (&mut expected[..]).into())
                .unwrap();
            let mut ours = plain.clone();
            let our_tag = gcm.seal(&nonce, &aad, &mut ours).unwrap();
            assert_eq!(ours, expected, "{len} {aad_len}");
            assert_eq!(our_tag, <[u8; 16]>::from(tag), "{len} {aad_len}");
            assert!(gcm.open(&nonce, &aad, &mut ours, &our_tag));
            assert_eq!(ours, plain);
        }
    }
}
