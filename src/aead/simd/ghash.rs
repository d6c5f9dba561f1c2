//! GHASH by columns of nibbles, in the bit order that GCM has (NIST SP 800-38D section 6.4).
//!
//! For a power of H and each byte position j there is a table of sixteen bytes: byte j of n times
//! that power, for every nibble n. A look-up with the nibbles of a block as indices multiplies all
//! of them at once and leaves a column: byte m of it is byte j of nibble m's product, and belongs
//! to byte m + j of the sum. Columns of up to sixteen blocks, each with its power, are added up
//! before they are shifted together and reduced once. Nothing is looked up in memory by a secret:
//! the tables are in registers by the time they are, and which table it is depends on lengths
//! alone.

use core::cell::OnceCell;

use super::vector::{
    Vector, and, carry_byte, constant, halves, high_half, high_nibbles, high_to_low, load, look_up,
    low_half, low_to_high, shift_left_64, shift_right_64, splat, store, xor, zip_8,
};

/// Blocks that can be multiplied before one reduction.
pub(super) const POWERS: usize = 16;

/// Powers that are worth making once a key has this many blocks to do.
const SOME: usize = 4;
const BLOCKS_FOR_SOME: usize = 64;
const BLOCKS_FOR_ALL: usize = 1024;

const REVERSED: Vector = constant([15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);

/// The sixteen multiples of an element, turned into columns.
#[derive(Clone, Copy)]
struct Columns([Vector; 16]);

/// The hash key, and as many of its powers as what it has done so far is worth.
pub(super) struct HashKey {
    one: Columns,
    some: OnceCell<Box<[Columns; SOME]>>,
    all: OnceCell<Box<[Columns; POWERS]>>,
    _gap: [usize; 2],
}

#[cfg(target_pointer_width = "32")]
const _: () = assert!(size_of::<HashKey>() == 16 * 16 + 4 * 4);

impl HashKey {
    pub(super) fn new(key: Vector) -> Self {
        Self {
            one: Columns::of(key),
            some: OnceCell::new(),
            all: OnceCell::new(),
            _gap: [0; 2],
        }
    }

    /// Starts a hash under a key that will have done `blocks` blocks after it.
    pub(super) fn start(&self, blocks: usize) -> Hash<'_> {
        let powers = if self.all.get().is_some() || blocks >= BLOCKS_FOR_ALL {
            &self.all.get_or_init(|| self.powers())[..]
        } else if self.some.get().is_some() || blocks >= BLOCKS_FOR_SOME {
            &self.some.get_or_init(|| self.powers())[..]
        } else {
            core::slice::from_ref(&self.one)
        };
        Hash {
            powers,
            sum: splat(0),
        }
    }

    /// The first powers, in rising order.
    #[inline(never)]
    fn powers<const N: usize>(&self) -> Box<[Columns; N]> {
        let mut powers = Box::new([self.one; N]);
        for n in 1..N {
            let mut block = [0; 16];
            store(powers[n - 1].element(), &mut block);
            let product = multiplied(core::slice::from_ref(&self.one), splat(0), &[block]);
            powers[n] = Columns::of(product);
        }
        powers
    }

    pub(super) fn wipe(&mut self) {
        self.one.wipe();
        let some = self
            .some
            .get_mut()
            .into_iter()
            .flat_map(|all| all.iter_mut());
        let all = self
            .all
            .get_mut()
            .into_iter()
            .flat_map(|all| all.iter_mut());
        some.chain(all).for_each(Columns::wipe);
    }
}

impl Columns {
    #[inline(never)]
    fn of(element: Vector) -> Self {
        let reversed = look_up(element, REVERSED);
        let mut value = u128::from(high_half(reversed)) << 64 | u128::from(low_half(reversed));
        let mut multiples = [splat(0); 16];
        // The highest bit of a nibble is the lowest power of x.
        for bit in [8, 4, 2, 1] {
            let vector = halves(low(value), low(value >> 64));
            multiples[bit] = look_up(vector, REVERSED);
            value = times_x(value);
        }
        for n in 3..16_usize {
            let lowest = n & n.wrapping_neg();
            multiples[n] = xor(multiples[n - lowest], multiples[lowest]);
        }
        Self(turned(multiples))
    }

    /// The element itself: nibble 8 stands for 1.
    fn element(&self) -> Vector {
        turned(self.0)[8]
    }

    fn wipe(&mut self) {
        self.0 = [splat(0); 16];
        core::hint::black_box(&self.0);
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the upper half is asked for apart"
)]
const fn low(value: u128) -> u64 {
    value as u64
}

/// Multiplies by x, by a mask and without a branch; the highest bit is the lowest power.
const fn times_x(value: u128) -> u128 {
    let carry = (value & 1).wrapping_neg();
    (value >> 1) ^ (carry & 0xE1 << 120)
}

/// A matrix of sixteen by sixteen bytes, turned.
fn turned(mut rows: [Vector; 16]) -> [Vector; 16] {
    for _ in 0..4 {
        let before = rows;
        for at in 0..8 {
            (rows[2 * at], rows[2 * at + 1]) = zip_8(before[at], before[at + 8]);
        }
    }
    rows
}

/// A hash at work.
pub(super) struct Hash<'a> {
    powers: &'a [Columns],
    sum: Vector,
}

impl Hash<'_> {
    /// Takes bytes, and zeros up to the end of their last block.
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        let (blocks, rest) = bytes.as_chunks::<16>();
        for blocks in blocks.chunks(self.powers.len()) {
            self.blocks(blocks);
        }
        if !rest.is_empty() {
            let mut block = [0; 16];
            block
                .iter_mut()
                .zip(rest)
                .for_each(|(to, from)| *to = *from);
            self.blocks(&[block]);
        }
    }

    /// Takes the block of lengths, and gives the hash.
    pub(super) fn finish(mut self, aad_len: usize, len: usize) -> Vector {
        let bits = |len: usize| (len as u64 * 8).swap_bytes();
        let mut block = [0; 16];
        store(halves(bits(aad_len), bits(len)), &mut block);
        self.blocks(&[block]);
        self.sum
    }

    fn blocks(&mut self, blocks: &[[u8; 16]]) {
        self.sum = multiplied(self.powers, self.sum, blocks);
    }
}

/// The sum is added to the first block, and the blocks are multiplied, the first by the highest
/// power of as many as there are blocks.
#[inline(never)]
fn multiplied(powers: &[Columns], sum: Vector, blocks: &[[u8; 16]]) -> Vector {
    let (mut a, mut b) = ((splat(0), splat(0)), (splat(0), splat(0)));
    let powers = &powers[..blocks.len().min(powers.len())];
    for group in [12, 8, 4, 0] {
        let mut columns = [splat(0); 8];
        let mut carried = sum;
        for (power, block) in powers.iter().rev().zip(blocks) {
            // Made anew for each group: to keep them would cost as much.
            let block = xor(load(block), carried);
            carried = splat(0);
            let (high, low) = (high_nibbles(block), and(block, splat(15)));
            if let [t0, t1, t2, t3, ..] = power.0[group..] {
                columns = [
                    xor(columns[0], look_up(t0, high)),
                    xor(columns[1], look_up(t1, high)),
                    xor(columns[2], look_up(t2, high)),
                    xor(columns[3], look_up(t3, high)),
                    xor(columns[4], look_up(t0, low)),
                    xor(columns[5], look_up(t1, low)),
                    xor(columns[6], look_up(t2, low)),
                    xor(columns[7], look_up(t3, low)),
                ];
            }
        }
        let [a0, a1, a2, a3, b0, b1, b2, b3] = columns;
        a = shifted(shifted(shifted(shifted(a, a3), a2), a1), a0);
        b = shifted(shifted(shifted(shifted(b, b3), b2), b1), b0);
    }
    reduced(a, b)
}

/// 256 bits times x⁸, and a column added.
#[inline(always)]
fn shifted((low, high): (Vector, Vector), column: Vector) -> (Vector, Vector) {
    let low_next = xor(carry_byte(splat(0), low), column);
    (low_next, carry_byte(low, high))
}

/// a + b·x⁴ modulo 1 + x + x² + x⁷ + x¹²⁸.
#[inline(always)]
fn reduced(a: (Vector, Vector), b: (Vector, Vector)) -> Vector {
    // As numbers whose highest bit is the lowest power, a multiplication by x is a shift right.
    let reversed = |v| look_up(v, REVERSED);
    let (a0, a1) = (reversed(a.0), reversed(a.1));
    let (b0, b1) = (reversed(b.0), reversed(b.1));
    let low = xor(a0, shift_right(b0, 4));
    let carried = low_to_high(shift_left_64(b0, 60));
    let high = xor(xor(a1, shift_right(b1, 4)), carried);
    // What falls out of the upper half below goes round once more.
    let out = xor(
        xor(shift_left_64(high, 63), shift_left_64(high, 62)),
        shift_left_64(high, 57),
    );
    let high = xor(high, low_to_high(out));
    let folded = xor(
        xor(high, shift_right(high, 1)),
        xor(shift_right(high, 2), shift_right(high, 7)),
    );
    look_up(xor(low, folded), REVERSED)
}

/// All 128 bits to the right.
#[inline(always)]
fn shift_right(v: Vector, bits: u32) -> Vector {
    let carried = high_to_low(shift_left_64(v, 64 - bits));
    xor(shift_right_64(v, bits), carried)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slow(a: u128, b: u128) -> u128 {
        let (mut sum, mut b) = (0, b);
        for bit in 0..128 {
            if a >> (127 - bit) & 1 == 1 {
                sum ^= b;
            }
            b = times_x(b);
        }
        sum
    }

    fn vector(value: u128) -> Vector {
        load(&value.to_be_bytes())
    }

    fn value(vector: Vector) -> u128 {
        let mut bytes = [0; 16];
        store(vector, &mut bytes);
        u128::from_be_bytes(bytes)
    }

    #[test]
    fn products_agree() {
        let h = 0x66e9_4bd4_ef8a_2c3b_884c_fa59_ca34_2b2e;
        for (n, column) in turned(Columns::of(vector(h)).0).into_iter().enumerate() {
            assert_eq!(value(column), slow((n as u128) << 124, h), "{n}");
        }
        for bit in 0..128 {
            let key = HashKey::new(vector(h));
            let mut hash = key.start(0);
            hash.blocks(&[(1_u128 << bit).to_be_bytes()]);
            assert_eq!(value(hash.sum), slow(1 << bit, h), "{bit}");
        }
        let mut seed = h;
        for _ in 0..100 {
            let key = HashKey::new(vector(seed));
            let (a, b) = (
                seed.wrapping_mul(0x1234_5678_9ABC_DEF1),
                seed.wrapping_mul(977),
            );
            let mut hash = key.start(0);
            hash.blocks(&[a.to_be_bytes()]);
            assert_eq!(value(hash.sum), slow(a, seed));
            hash.blocks(&[b.to_be_bytes()]);
            assert_eq!(value(hash.sum), slow(slow(a, seed) ^ b, seed));
            seed = seed.wrapping_mul(h | 1).rotate_left(17);
        }
    }
}
