//! AES-256 on eight blocks in bit planes: plane i has bit i of every byte, bit b of a byte belongs
//! to block b (Käsper and Schwabe 2009).
//!
//! ShiftRows is never done. After n rounds the state is kept as SR⁻ⁿ of what it stands for, so that
//! MixColumns and the round key of round n are conjugated by SRⁿ (Adomnicai and Peyrin 2020). Four
//! times SR is nothing, so there are four kinds of rounds, and SR² is left to do at the end.

use super::circuit::substitute;
use super::rows::{ROUNDS, RowKeys};
use super::vector::{
    Vector, and, constant, equal_bytes, look_up, or, shift_left_64, shift_right_64, splat, xor,
};

/// The round keys in planes, of all rounds but the last, whose key is a block.
pub(super) struct Planes {
    keys: [[Vector; 8]; ROUNDS],
    last: Vector,
}

impl Planes {
    pub(super) fn new(rows: &RowKeys) -> Self {
        let mut keys = [[splat(0); 8]; ROUNDS];
        for (round, planes) in keys.iter_mut().enumerate() {
            let shift = BACK[round % 4];
            *planes = spread(look_up(rows.plain(round), shift));
        }
        let last = rows.plain(ROUNDS);
        Self { keys, last }
    }

    /// Encrypts the eight counter blocks that `block`, whose counter is a multiple of eight,
    /// begins; bits that `keep` has not are zero, so that a block can be the zero block.
    #[inline(never)]
    pub(super) fn counters(&self, block: Vector, keep: Vector) -> [Vector; 8] {
        let [first, rest @ ..] = &self.keys;
        let mut planes = spread(block);
        planes[0] = or(planes[0], last_byte(0xAA));
        planes[1] = or(planes[1], last_byte(0xCC));
        planes[2] = or(planes[2], last_byte(0xF0));
        let kept = |plane| and(plane, keep);
        let mut state = add(each(planes, kept), first);
        for keys in rest.chunks(4) {
            state = substitute(state);
            if let [key, ..] = keys {
                state = substitute(add(mix::<1>(state), key));
            }
            if let [_, second, third, fourth] = keys {
                state = add(mix::<2>(state), second);
                state = add(mix::<3>(substitute(state)), third);
                state = add(mix::<0>(substitute(state)), fourth);
            }
        }
        let last = |block| xor(look_up(block, TWICE), self.last);
        each(blocks(state), last)
    }

    pub(super) fn wipe(&mut self) {
        self.keys = [[splat(0); 8]; ROUNDS];
        self.last = splat(0);
        core::hint::black_box(&*self);
    }
}

/// Where each byte comes from in `times` times ShiftRows, forwards.
const fn shifted(times: usize) -> [u8; 16] {
    let mut from = [0; 16];
    let mut at = 0;
    while at < 16 {
        let (row, column) = (at % 4, at / 4);
        from[at] = byte((column + row * times) % 4 * 4 + row);
        at += 1;
    }
    from
}

/// The byte of the row below, in a state that is SR⁻ⁿ of what it stands for.
const fn below(times: usize) -> [u8; 16] {
    let (forwards, back) = (shifted(times), shifted((4 - times) % 4));
    let mut from = [0; 16];
    let mut at = 0;
    while at < 16 {
        let there = back[at] as usize;
        let next = there / 4 * 4 + (there + 1) % 4;
        from[at] = forwards[next];
        at += 1;
    }
    from
}

/// The same twice over: two rows below.
const fn two_below(times: usize) -> [u8; 16] {
    let below = below(times);
    let mut from = [0; 16];
    let mut at = 0;
    while at < 16 {
        from[at] = below[below[at] as usize];
        at += 1;
    }
    from
}

#[expect(clippy::cast_possible_truncation, reason = "an index of a block")]
const fn byte(index: usize) -> u8 {
    index as u8
}

const TWICE: Vector = constant(shifted(2));

/// SR⁻ⁿ.
const BACK: [Vector; 4] = [
    constant(shifted(0)),
    constant(shifted(3)),
    constant(shifted(2)),
    constant(shifted(1)),
];

const fn last_byte(value: u8) -> Vector {
    let mut bytes = [0; 16];
    bytes[15] = value;
    constant(bytes)
}

/// `array::map` becomes a loop through memory where size counts, this never.
#[inline(always)]
fn each<T>([a, b, c, d, e, f, g, h]: [T; 8], map: impl Fn(T) -> Vector) -> [Vector; 8] {
    [
        map(a),
        map(b),
        map(c),
        map(d),
        map(e),
        map(f),
        map(g),
        map(h),
    ]
}

/// One block in all eight places.
#[inline(always)]
fn spread(block: Vector) -> [Vector; 8] {
    let plane = |bit: u8| equal_bytes(and(block, splat(1 << bit)), splat(1 << bit));
    each([0, 1, 2, 3, 4, 5, 6, 7], plane)
}

#[inline(always)]
fn add(a: [Vector; 8], key: &[Vector; 8]) -> [Vector; 8] {
    [
        xor(a[0], key[0]),
        xor(a[1], key[1]),
        xor(a[2], key[2]),
        xor(a[3], key[3]),
        xor(a[4], key[4]),
        xor(a[5], key[5]),
        xor(a[6], key[6]),
        xor(a[7], key[7]),
    ]
}

/// MixColumns: with r the row below and b = a + r, it is 2b + r + (b of two rows below).
#[inline(always)]
fn mix<const N: usize>(a: [Vector; 8]) -> [Vector; 8] {
    let r = each(a, |plane| look_up(plane, const { constant(below(N)) }));
    let b: [Vector; 8] = add(a, &r);
    let far = each(b, |plane| look_up(plane, const { constant(two_below(N)) }));
    let rest = add(r, &far);
    [
        xor(rest[0], b[7]),
        xor(rest[1], xor(b[0], b[7])),
        xor(rest[2], b[1]),
        xor(rest[3], xor(b[2], b[7])),
        xor(rest[4], xor(b[3], b[7])),
        xor(rest[5], b[4]),
        xor(rest[6], b[5]),
        xor(rest[7], b[6]),
    ]
}

/// Exchanges the bits of `a` that stand `bits` above those of `mask` with those of `b`.
#[inline(always)]
fn exchange(a: &mut Vector, b: &mut Vector, bits: u32, mask: u8) {
    let both = and(xor(shift_right_64(*a, bits), *b), splat(mask));
    *b = xor(*b, both);
    *a = xor(*a, shift_left_64(both, bits));
}

/// The planes as blocks: eight by eight bits turned, in every byte.
#[inline(always)]
fn blocks(planes: [Vector; 8]) -> [Vector; 8] {
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = planes;
    exchange(&mut a, &mut b, 1, 0x55);
    exchange(&mut c, &mut d, 1, 0x55);
    exchange(&mut e, &mut f, 1, 0x55);
    exchange(&mut g, &mut h, 1, 0x55);
    exchange(&mut a, &mut c, 2, 0x33);
    exchange(&mut b, &mut d, 2, 0x33);
    exchange(&mut e, &mut g, 2, 0x33);
    exchange(&mut f, &mut h, 2, 0x33);
    exchange(&mut a, &mut e, 4, 0x0F);
    exchange(&mut b, &mut f, 4, 0x0F);
    exchange(&mut c, &mut g, 4, 0x0F);
    exchange(&mut d, &mut h, 4, 0x0F);
    [a, b, c, d, e, f, g, h]
}
