//! AES-256 on four blocks by vector permutations, in rows: a register holds one row of the state of
//! all four, in the tower field of [`field`] (Hamburg 2009; here sliced by rows).
//!
//! SubBytes and MixColumns are one step: the last look-ups give twice and three times the S-box.
//! Let u = 3S(row) + 2S(next row); then a row of the result is u plus the sum of all four u. No
//! byte moves but in ShiftRows, which turns three registers by whole columns.

use super::field;
use super::vector::{
    Vector, add_32, and, constant, high_nibbles, load, look_up, or, repeat_32, shift_left_32,
    splat, splat_32, words, xor, zip_32, zip_64,
};

/// Rounds of AES-256, which has one more round key.
pub(super) const ROUNDS: usize = 14;

/// Turns a matrix of four by four bytes: a block's columns into its rows, and back.
const TURN: Vector = constant([0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15]);

/// ShiftRows of the rows 1, 2 and 3, in columns of four blocks.
const SHIFTS: [Vector; 3] = [
    constant([1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12]),
    constant([2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13]),
    constant([3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14]),
];

/// The S-box's constant in the tower.
const AFFINE: u8 = field::into_tower(field::AFFINE);

/// The constant of a round in the schedule, and the S-box's.
const ROUND_CONSTANTS: [Vector; 7] = {
    let mut constants = [constant([0; 16]); 7];
    let mut n = 0;
    while n < 7 {
        let first = field::into_tower(field::AFFINE ^ (1 << n));
        let (a, b) = (first, AFFINE);
        constants[n] = constant([a, b, b, b, a, b, b, b, a, b, b, b, a, b, b, b]);
        n += 1;
    }
    constants
};

/// Tables of [`field`], in registers.
const INVERSES: Vector = constant(field::INVERSES);
const INVERSES_BY_ZETA: Vector = constant(field::INVERSES_BY_ZETA);
const INTO_TOWER: [Vector; 2] = pair(field::INTO_TOWER);
const OUT_OF_TOWER: [Vector; 2] = pair(field::OUT_OF_TOWER);
const SUBSTITUTED: [Vector; 2] = pair(field::SUBSTITUTED);
const ONCE: [Vector; 2] = pair(field::ONCE);
const TWICE: [Vector; 2] = pair(field::TWICE);
const THRICE: [Vector; 2] = pair(field::THRICE);

const fn pair([first, second]: [[u8; 16]; 2]) -> [Vector; 2] {
    [constant(first), constant(second)]
}

/// The last word four times, and the same with its bytes turned by one.
const LAST: Vector = constant([
    12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15,
]);
const TURNED: Vector = constant([
    13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15, 12,
]);

/// Every word one or two places further on, after zeros.
const ONE_WORD: Vector = constant([16, 16, 16, 16, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
const TWO_WORDS: Vector = constant([16, 16, 16, 16, 16, 16, 16, 16, 0, 1, 2, 3, 4, 5, 6, 7]);

/// The round keys. Each has four words, a word for a row; all but the last are of the tower, and in
/// all but the first is the constant of the S-box before them.
pub(super) struct RowKeys([Vector; ROUNDS + 1]);

impl RowKeys {
    /// The key schedule (FIPS 197 section 5.2), in the tower: thirteen S-boxes one after the other.
    pub(super) fn new(key: &[u8; 32]) -> Self {
        let half = |bytes: &[u8]| bytes.try_into().map_or_else(|_| splat(0), load);
        let mut even = into_tower(half(&key[..16]));
        let mut odd = into_tower(half(&key[16..]));
        let mut keys = [splat(0); ROUNDS + 1];
        keys[0] = look_up(even, TURN);
        keys[1] = look_up(xor(odd, splat(AFFINE)), TURN);
        for (pair, round_constant) in keys[2..].chunks_mut(2).zip(ROUND_CONSTANTS) {
            even = xor(next(even, odd, TURNED), round_constant);
            odd = xor(next(odd, even, LAST), splat(AFFINE));
            pair[0] = look_up(xor(even, splat(AFFINE)), TURN);
            if let Some(key) = pair.get_mut(1) {
                *key = look_up(xor(odd, splat(AFFINE)), TURN);
            }
        }
        keys[ROUNDS] = out_of_tower(keys[ROUNDS]);
        Self(keys)
    }

    /// The round keys as a block is laid out, out of the tower; the constant stays in them.
    pub(super) fn plain(&self, round: usize) -> Vector {
        let key = look_up(self.0[round], TURN);
        if round == ROUNDS {
            key
        } else {
            out_of_tower(key)
        }
    }

    /// Encrypts four counter blocks from `counter` on, and zero blocks where `keep` has zeros.
    pub(super) fn counters(&self, rows: Vector, counter: u32, keep: Vector) -> [Vector; 4] {
        let counters = add_32(splat_32(counter), words(0, 1, 2, 3));
        // The counter's highest byte is in row 0, in the last column.
        let row = |row: Vector, bits: u32| {
            let byte = and(shift_left_32(counters, bits), splat_32(0xFF00_0000));
            and(or(row, byte), keep)
        };
        self.encrypt([
            row(repeat_32::<0>(rows), 0),
            row(repeat_32::<1>(rows), 8),
            row(repeat_32::<2>(rows), 16),
            row(repeat_32::<3>(rows), 24),
        ])
    }

    /// Encrypts four blocks.
    pub(super) fn blocks(&self, blocks: [Vector; 4]) -> [Vector; 4] {
        self.encrypt(across(each(blocks, rows_of)))
    }

    #[inline(never)]
    fn encrypt(&self, rows: [Vector; 4]) -> [Vector; 4] {
        let [first, inner @ .., last] = &self.0;
        let mut rows = add_key(each(rows, into_tower), *first);
        for key in inner {
            let [a, b, c, d] = each(shift_rows(rows), substitute);
            let [a, b, c, d] = [
                xor(a.thrice(), b.twice()),
                xor(b.thrice(), c.twice()),
                xor(c.thrice(), d.twice()),
                xor(d.thrice(), a.twice()),
            ];
            let sum = xor(xor(a, b), xor(c, d));
            let mixed = [xor(a, sum), xor(b, sum), xor(c, sum), xor(d, sum)];
            rows = add_key(mixed, *key);
        }
        let rows = each(each(shift_rows(rows), substitute), Substituted::once_out);
        each(across(add_key(rows, *last)), rows_of)
    }

    pub(super) fn wipe(&mut self) {
        self.0 = [splat(0); ROUNDS + 1];
        core::hint::black_box(&self.0);
    }
}

/// `array::map` becomes a loop through memory where size counts, this never.
#[inline(always)]
fn each<T, U>([a, b, c, d]: [T; 4], map: impl Fn(T) -> U) -> [U; 4] {
    [map(a), map(b), map(c), map(d)]
}

/// A block with its columns as rows, or back.
#[inline(always)]
pub(super) fn rows_of(block: Vector) -> Vector {
    look_up(block, TURN)
}

/// A matrix of four by four words, turned.
#[inline(always)]
fn across([a, b, c, d]: [Vector; 4]) -> [Vector; 4] {
    let ((ab_low, ab_high), (cd_low, cd_high)) = (zip_32(a, b), zip_32(c, d));
    let ((a, b), (c, d)) = (zip_64(ab_low, cd_low), zip_64(ab_high, cd_high));
    [a, b, c, d]
}

#[inline(always)]
fn shift_rows([a, b, c, d]: [Vector; 4]) -> [Vector; 4] {
    let [one, two, three] = SHIFTS;
    [a, look_up(b, one), look_up(c, two), look_up(d, three)]
}

#[inline(always)]
fn add_key([a, b, c, d]: [Vector; 4], key: Vector) -> [Vector; 4] {
    [
        xor(a, repeat_32::<0>(key)),
        xor(b, repeat_32::<1>(key)),
        xor(c, repeat_32::<2>(key)),
        xor(d, repeat_32::<3>(key)),
    ]
}

/// A key of the schedule from the one two before it and the one before it, without constants.
#[inline(always)]
fn next(before: Vector, last: Vector, word: Vector) -> Vector {
    let spread = xor(before, look_up(before, ONE_WORD));
    let spread = xor(spread, look_up(spread, TWO_WORDS));
    xor(spread, look_up(substitute(last).once(), word))
}

/// The two nibbles of every byte that the S-box and its multiples are looked up by.
struct Substituted {
    u: Vector,
    w: Vector,
}

#[inline(always)]
fn substitute(v: Vector) -> Substituted {
    let (k, i) = (and(v, splat(15)), high_nibbles(v));
    let j = xor(i, k);
    let by_zeta = look_up(INVERSES_BY_ZETA, k);
    let u = xor(look_up(INVERSES, i), by_zeta);
    let w = xor(look_up(INVERSES, j), by_zeta);
    Substituted {
        u: xor(look_up(INVERSES, u), j),
        w: xor(look_up(INVERSES, w), i),
    }
}

impl Substituted {
    #[inline(always)]
    fn by(&self, [of_u, of_w]: [Vector; 2]) -> Vector {
        xor(look_up(of_u, self.u), look_up(of_w, self.w))
    }

    #[inline(always)]
    fn once(&self) -> Vector {
        self.by(ONCE)
    }

    #[inline(always)]
    fn twice(&self) -> Vector {
        self.by(TWICE)
    }

    #[inline(always)]
    fn thrice(&self) -> Vector {
        self.by(THRICE)
    }

    /// The S-box, out of the tower.
    #[inline(always)]
    fn once_out(self) -> Vector {
        self.by(SUBSTITUTED)
    }
}

#[inline(always)]
fn linear(v: Vector, [low, high]: [Vector; 2]) -> Vector {
    let nibbles = (and(v, splat(15)), high_nibbles(v));
    xor(look_up(low, nibbles.0), look_up(high, nibbles.1))
}

#[inline(always)]
fn into_tower(v: Vector) -> Vector {
    linear(v, INTO_TOWER)
}

#[inline(always)]
fn out_of_tower(v: Vector) -> Vector {
    linear(v, OUT_OF_TOWER)
}
