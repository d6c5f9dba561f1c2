//! The cipher of `src/aead/simd` and the `aes-gcm` crate in one module: whether they agree, and how
//! long each takes, in whatever engine runs it.

mod agree;
mod wycheproof;

// A build of the sources themselves, and not of a crate that would have to export them.
#[path = "../../../src/aead"]
mod aead {
    pub(crate) mod portable;
    pub(crate) mod simd;
}

use std::cell::RefCell;
use std::hint::black_box;

use aead::{portable, simd};

thread_local! {
    static BENCH: RefCell<Bench> = RefCell::new(Bench::new());
}

struct Bench {
    ours: simd::Aes256Gcm,
    theirs: portable::Aes256Gcm,
    buffer: Vec<u8>,
}

impl Bench {
    fn new() -> Self {
        Self {
            ours: simd::Aes256Gcm::new(&[7; 32]),
            theirs: portable::Aes256Gcm::new(&[7; 32]),
            buffer: Vec::new(),
        }
    }
}

/// Compares seal and open for the messages of `from` to `to - 1` bytes; returns how many cases
/// differ. Of `flaw`, 0 is none, and others are flaws that have to show.
#[unsafe(no_mangle)]
pub extern "C" fn disagreements(from: usize, to: usize, flaw: u32) -> u32 {
    (from..to).map(|len| agree::disagreements(len, flaw)).sum()
}

/// Cases that [`disagreements`] compares for each length.
#[unsafe(no_mangle)]
pub extern "C" fn cases() -> usize {
    agree::AADS.len()
}

/// Blocks of key stream up to counter 2³² − 1 that differ.
#[unsafe(no_mangle)]
pub extern "C" fn late_disagreements() -> u32 {
    agree::late()
}

/// Cases of Wycheproof that are decided as they say; 0 if one is not.
#[unsafe(no_mangle)]
pub extern "C" fn wycheproof() -> u32 {
    wycheproof::decided().unwrap_or(0)
}

/// Seals `times` messages of `len` bytes with `aad_len` bytes of additional data, by us or by them,
/// under a key at hand or under one expanded each time.
#[unsafe(no_mangle)]
pub extern "C" fn seal(ours: bool, fresh: bool, len: usize, aad_len: usize, times: usize) {
    let aad = &vec![5; aad_len][..];
    BENCH.with_borrow_mut(|bench| {
        bench.buffer.resize(len, 0);
        let buffer = &mut bench.buffer[..];
        for round in 0..times {
            let mut nonce = [0; 12];
            nonce[..4].copy_from_slice(&(round as u32).to_le_bytes());
            let key = black_box([round as u8; 32]);
            black_box(match (ours, fresh) {
                (true, true) => simd::Aes256Gcm::new(&key).seal(&nonce, aad, buffer),
                (true, false) => bench.ours.seal(&nonce, aad, buffer),
                (false, true) => portable::Aes256Gcm::new(&key).seal(&nonce, aad, buffer),
                (false, false) => bench.theirs.seal(&nonce, aad, buffer),
            });
        }
    });
}

/// Expands a key `times` times.
#[unsafe(no_mangle)]
pub extern "C" fn expand(ours: bool, times: usize) {
    for round in 0..times {
        let key = black_box([round as u8; 32]);
        if ours {
            black_box(&simd::Aes256Gcm::new(&key));
        } else {
            black_box(&portable::Aes256Gcm::new(&key));
        }
    }
}
