//! Whether both ciphers do the same.

use crate::aead::{portable, simd};

/// Lengths of additional data: none, parts of blocks, whole blocks, and more than a batch.
pub(crate) const AADS: [usize; 8] = [0, 1, 13, 16, 20, 32, 100, 300];

const NONCE_LEN: usize = 12;

/// Bytes that look random and depend on a number alone.
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

fn array<const N: usize>(seed: usize) -> [u8; N] {
    let mut bytes = [0; N];
    bytes.copy_from_slice(&filled(seed, N));
    bytes
}

/// Cases of one length that differ, under one key that lives through all of them.
pub(crate) fn disagreements(len: usize, flaw: u32) -> u32 {
    let key = array(len);
    let (ours, theirs) = (simd::Aes256Gcm::new(&key), portable::Aes256Gcm::new(&key));
    let mut differ = 0;
    for aad_len in AADS {
        let aad = filled(aad_len + 7, aad_len);
        let nonce: [u8; NONCE_LEN] = array(len * 1000 + aad_len);
        let plain = filled(len + 13, len);
        let (mut by_us, mut by_them) = (plain.clone(), plain.clone());
        let tag = ours.seal(&nonce, &aad, &mut by_us).unwrap_or_default();
        let expected = theirs.seal(&nonce, &aad, &mut by_them);
        if flaw == 1
            && let Some(last) = by_us.last_mut()
        {
            *last ^= 1;
        }
        let sealed = by_us.clone();
        let same = Some(tag) == expected && by_us == by_them;
        let refused = refuses(&ours, &nonce, &aad, &sealed, tag, flaw);
        let opened = ours.open(&nonce, &aad, &mut by_us, &tag) && by_us == plain;
        differ += u32::from(!(same && refused && opened));
    }
    differ
}

/// Whether each altered bit of the tag is noticed, and nothing written then.
fn refuses(
    cipher: &simd::Aes256Gcm,
    nonce: &[u8; NONCE_LEN],
    aad: &[u8],
    sealed: &[u8],
    tag: [u8; 16],
    flaw: u32,
) -> bool {
    (0..128).step_by(9).all(|bit| {
        let mut altered = tag;
        altered[bit / 8] ^= if flaw == 2 { 0 } else { 1 << (bit % 8) };
        let mut buffer = sealed.to_vec();
        !cipher.open(nonce, aad, &mut buffer, &altered) && buffer == sealed
    })
}

/// Blocks near the last counter that differ from single blocks of the other cipher.
pub(crate) fn late() -> u32 {
    let key = array(1);
    let (ours, block) = (simd::Aes256Gcm::new(&key), portable::Aes256::new(&key));
    let nonce: [u8; NONCE_LEN] = array(2);
    let mut differ = 0;
    // Eight blocks at a time and four: the last ones that a message can have, and every carry.
    for last in [u32::MAX, 0xFF_FFFF, 0xFFFF, 0xFF, 0x1_0007] {
        for (blocks, count) in [(8, 8_u32), (4, 4)] {
            let first = last - (count - 1);
            let mut stream = vec![0; blocks * 16];
            ours.stream_at(&nonce, first, &mut stream);
            for (bytes, counter) in stream.chunks(16).zip(first..=last) {
                let mut expected = [0; 32];
                expected[..NONCE_LEN].copy_from_slice(&nonce);
                expected[NONCE_LEN..16].copy_from_slice(&counter.to_be_bytes());
                block.encrypt(&mut expected);
                differ += u32::from(bytes != &expected[..16]);
            }
        }
    }
    differ
}
