//! AES-256-GCM on 128-bit vectors, for WebAssembly with `simd128`; the manual's page on the kernel
//! tells the design and its reasons.
//!
//! * Up to 32 bytes: one call of [`rows`] on the counters 0 to 3 with block 0 set to zero. It gives
//!   the hash key, the mask of the tag, and the key stream.
//! * Beyond: calls of [`planes`] on eight counters, of which the first gives the same two, and of
//!   [`rows`] for what is left if that is at most 64 bytes.
//! * GHASH by [`ghash`], with more powers of the hash key the more a key has done.
//!
//! No branch and no address depends on a key, on data or on a tag before that was compared.

mod circuit;
mod field;
mod ghash;
mod planes;
mod rows;
#[cfg(test)]
mod tests;
#[cfg(target_arch = "wasm32")]
mod vector;
#[cfg(not(target_arch = "wasm32"))]
#[path = "simd/vector_portable.rs"]
mod vector;

use core::cell::{Cell, OnceCell};

use ghash::{Hash, HashKey};
use planes::Planes;
use rows::{RowKeys, rows_of};
use vector::{Vector, halves, high_half, load, low_half, splat, store, words, xor};

/// Bytes of key stream that the first call of each kind gives.
const FIRST_OF_ROWS: usize = 32;
const FIRST_OF_PLANES: usize = 96;

/// Bytes of one call.
const ROWS: usize = 64;
const PLANES: usize = 128;

/// As much as is encrypted before it is hashed, and still in the nearest cache then.
const CHUNK: usize = 32 * PLANES;

/// A key, expanded; what only longer messages need is made when one comes.
///
/// This and [`HashKey`] have neither gaps nor room for what is not there yet: such bytes are moved
/// along with the rest, with whatever a stack had in them, and no `Drop` overwrites them.
pub(crate) struct Aes256Gcm {
    rows: RowKeys,
    planes: OnceCell<Box<Planes>>,
    hash: OnceCell<Box<HashKey>>,
    // Blocks hashed so far, by which the worth of more powers is told.
    blocks: Cell<usize>,
    _gap: usize,
}

#[cfg(target_pointer_width = "32")]
const _: () = assert!(size_of::<Aes256Gcm>() == 15 * 16 + 4 * 4);

impl Aes256Gcm {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self {
            rows: RowKeys::new(key),
            planes: OnceCell::new(),
            hash: OnceCell::new(),
            blocks: Cell::new(0),
            _gap: 0,
        }
    }

    /// Encrypts in place and returns the tag.
    ///
    /// Always some: a message of 64 GiB, the most that GCM takes, has no room in 32 bits of
    /// addresses.
    pub(crate) fn seal(&self, nonce: &[u8; 12], aad: &[u8], buffer: &mut [u8]) -> Option<[u8; 16]> {
        let len = buffer.len();
        let block = counter_block(nonce);
        let first = self.first(block, len);
        let mut hash = self.hash(first[0], aad.len(), len);
        hash.bytes(aad);
        let (begin, rest) = buffer.split_at_mut(ready(len).min(len));
        apply(begin, &first[2..]);
        hash.bytes(begin);
        let mut stream = Stream::new(self, block, len);
        for chunk in rest.chunks_mut(CHUNK) {
            stream.apply(chunk);
            hash.bytes(chunk);
        }
        let mut tag = [0; 16];
        store(xor(hash.finish(aad.len(), len), first[1]), &mut tag);
        Some(tag)
    }

    /// Decrypts in place if the tag is right; otherwise nothing is written.
    pub(crate) fn open(
        &self,
        nonce: &[u8; 12],
        aad: &[u8],
        buffer: &mut [u8],
        tag: &[u8; 16],
    ) -> bool {
        let len = buffer.len();
        let block = counter_block(nonce);
        let first = self.first(block, len);
        let mut hash = self.hash(first[0], aad.len(), len);
        hash.bytes(aad);
        hash.bytes(buffer);
        let wrong = xor(xor(hash.finish(aad.len(), len), first[1]), load(tag));
        // The outcome is public, and nothing before it branched.
        if low_half(wrong) | high_half(wrong) != 0 {
            return false;
        }
        let (begin, rest) = buffer.split_at_mut(ready(len).min(len));
        apply(begin, &first[2..]);
        Stream::new(self, block, len).apply(rest);
        true
    }

    /// The first call: the hash key, the mask of the tag, and key stream.
    fn first(&self, block: Vector, len: usize) -> [Vector; 8] {
        if len > FIRST_OF_ROWS {
            return self.planes().counters(block, splat(0xFE));
        }
        let keep = words(0, u32::MAX, u32::MAX, u32::MAX);
        let [a, b, c, d] = self.rows.counters(rows_of(block), 0, keep);
        [a, b, c, d, a, a, a, a]
    }

    /// Key stream from any counter on, to test the last ones; eight blocks
    /// begin at a multiple of eight.
    #[cfg(kernel_test)]
    pub(crate) fn stream_at(&self, nonce: &[u8; 12], counter: u32, stream: &mut [u8]) {
        let (key, block) = (self, counter_block(nonce));
        let next = counter;
        Stream { key, block, next }.apply(stream);
    }

    fn planes(&self) -> &Planes {
        self.planes
            .get_or_init(|| Box::new(Planes::new(&self.rows)))
    }

    fn hash(&self, key: Vector, aad_len: usize, len: usize) -> Hash<'_> {
        let blocks = aad_len.div_ceil(16) + len.div_ceil(16) + 1;
        let blocks = self.blocks.get().saturating_add(blocks);
        self.blocks.set(blocks);
        self.hash
            .get_or_init(|| Box::new(HashKey::new(key)))
            .start(blocks)
    }
}

impl Drop for Aes256Gcm {
    fn drop(&mut self) {
        self.rows.wipe();
        if let Some(planes) = self.planes.get_mut() {
            planes.wipe();
        }
        if let Some(hash) = self.hash.get_mut() {
            hash.wipe();
        }
    }
}

/// The block cipher alone.
pub(crate) struct Aes256(RowKeys);

impl Aes256 {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self(RowKeys::new(key))
    }

    /// Encrypts two blocks.
    pub(crate) fn encrypt(&self, blocks: &mut [u8; 32]) {
        let (halves, _) = blocks.as_chunks_mut::<16>();
        if let [first, second] = halves {
            let zero = splat(0);
            let [a, b, _, _] = self.0.blocks([load(first), load(second), zero, zero]);
            store(a, first);
            store(b, second);
        }
    }
}

impl Drop for Aes256 {
    fn drop(&mut self) {
        self.0.wipe();
    }
}

/// The block of counter 0.
fn counter_block(nonce: &[u8; 12]) -> Vector {
    let mut block = [0; 16];
    block[..12].copy_from_slice(nonce);
    load(&block)
}

/// Bytes of key stream that the first call gives for a message of `len`.
fn ready(len: usize) -> usize {
    if len > FIRST_OF_ROWS {
        FIRST_OF_PLANES
    } else {
        FIRST_OF_ROWS
    }
}

/// Key stream of one message, after what the first call gave.
struct Stream<'a> {
    key: &'a Aes256Gcm,
    block: Vector,
    next: u32,
}

impl<'a> Stream<'a> {
    fn new(key: &'a Aes256Gcm, block: Vector, len: usize) -> Self {
        let next = if len > FIRST_OF_ROWS { 8 } else { 4 };
        Self { key, block, next }
    }

    /// Applies what comes next; all but the last time to a multiple of eight blocks.
    fn apply(&mut self, bytes: &mut [u8]) {
        let whole = bytes.len() / PLANES * PLANES;
        let (groups, rest) = bytes.split_at_mut(whole);
        for group in groups.chunks_exact_mut(PLANES) {
            self.eight(group);
        }
        if rest.len() > ROWS {
            self.eight(rest);
        } else if !rest.is_empty() {
            let stream = self
                .key
                .rows
                .counters(rows_of(self.block), self.next, splat(0xFF));
            apply(rest, &stream);
        }
    }

    fn eight(&mut self, bytes: &mut [u8]) {
        let counter = u64::from(self.next.swap_bytes()) << 32;
        let block = xor(self.block, halves(0, counter));
        let stream = self.key.planes().counters(block, splat(0xFF));
        apply(bytes, &stream);
        self.next = self.next.wrapping_add(8);
    }
}

#[inline(always)]
fn apply(bytes: &mut [u8], stream: &[Vector]) {
    let (blocks, rest) = bytes.as_chunks_mut::<16>();
    let mut stream = stream.iter();
    for (block, key) in blocks.iter_mut().zip(&mut stream) {
        store(xor(load(block), *key), block);
    }
    if let Some(key) = stream.next() {
        let mut last = [0; 16];
        store(*key, &mut last);
        rest.iter_mut()
            .zip(last)
            .for_each(|(byte, key)| *byte ^= key);
    }
}
