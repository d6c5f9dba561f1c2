//! The functions of [`super::vector`] in plain Rust, so that tests run on every target.

/// Sixteen bytes; the first has the lowest address.
#[derive(Clone, Copy, Debug)]
pub(super) struct Vector([u8; 16]);

pub(super) const fn constant(bytes: [u8; 16]) -> Vector {
    Vector(bytes)
}

pub(super) fn load(bytes: &[u8; 16]) -> Vector {
    Vector(*bytes)
}

pub(super) fn store(vector: Vector, bytes: &mut [u8; 16]) {
    *bytes = vector.0;
}

pub(super) fn splat(byte: u8) -> Vector {
    Vector([byte; 16])
}

pub(super) fn splat_32(word: u32) -> Vector {
    words(word, word, word, word)
}

pub(super) fn words(a: u32, b: u32, c: u32, d: u32) -> Vector {
    let mut bytes = [0; 16];
    for (chunk, word) in bytes.chunks_exact_mut(4).zip([a, b, c, d]) {
        chunk.copy_from_slice(&word.to_le_bytes());
    }
    Vector(bytes)
}

pub(super) fn halves(low: u64, high: u64) -> Vector {
    Vector((u128::from(low) | u128::from(high) << 64).to_le_bytes())
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the other half is asked for apart"
)]
pub(super) fn low_half(a: Vector) -> u64 {
    u128::from_le_bytes(a.0) as u64
}

pub(super) fn high_half(a: Vector) -> u64 {
    low_half(high_to_low(a))
}

fn with(a: Vector, b: Vector, byte: impl Fn(u8, u8) -> u8) -> Vector {
    Vector(core::array::from_fn(|at| byte(a.0[at], b.0[at])))
}

fn by_word(a: Vector, b: Vector, word: impl Fn(u32, u32) -> u32) -> Vector {
    let of = |bytes: &[u8; 16], lane: usize| {
        u32::from_le_bytes(core::array::from_fn(|at| bytes[lane * 4 + at]))
    };
    let lane = |at| word(of(&a.0, at), of(&b.0, at));
    words(lane(0), lane(1), lane(2), lane(3))
}

/// Bytes of both, chosen by number: those of `b` are 16 and up.
fn choose(a: Vector, b: Vector, index: impl Fn(usize) -> usize) -> Vector {
    Vector(core::array::from_fn(|at| match index(at) {
        from @ 0..16 => a.0[from],
        from => b.0[from - 16],
    }))
}

pub(super) fn xor(a: Vector, b: Vector) -> Vector {
    with(a, b, |a, b| a ^ b)
}

pub(super) fn and(a: Vector, b: Vector) -> Vector {
    with(a, b, |a, b| a & b)
}

pub(super) fn or(a: Vector, b: Vector) -> Vector {
    with(a, b, |a, b| a | b)
}

pub(super) fn equal_bytes(a: Vector, b: Vector) -> Vector {
    with(a, b, |a, b| if a == b { 0xFF } else { 0 })
}

pub(super) fn add_32(a: Vector, b: Vector) -> Vector {
    by_word(a, b, u32::wrapping_add)
}

pub(super) fn shift_left_32(a: Vector, bits: u32) -> Vector {
    by_word(a, a, |word, _| word << bits)
}

pub(super) fn shift_left_64(a: Vector, bits: u32) -> Vector {
    halves(low_half(a) << bits, high_half(a) << bits)
}

pub(super) fn shift_right_64(a: Vector, bits: u32) -> Vector {
    halves(low_half(a) >> bits, high_half(a) >> bits)
}

pub(super) fn high_nibbles(a: Vector) -> Vector {
    with(a, a, |byte, _| byte >> 4)
}

pub(super) fn look_up(table: Vector, indices: Vector) -> Vector {
    with(indices, indices, |index, _| {
        table.0.get(usize::from(index)).copied().unwrap_or(0)
    })
}

pub(super) fn repeat_32<const LANE: usize>(a: Vector) -> Vector {
    choose(a, a, |at| LANE * 4 + at % 4)
}

pub(super) fn carry_byte(low: Vector, high: Vector) -> Vector {
    choose(low, high, |at| at + 15)
}

fn zip(a: Vector, b: Vector, unit: usize) -> (Vector, Vector) {
    let index = |at: usize| at / (2 * unit) * unit + at % unit + (at / unit % 2) * 16;
    (choose(a, b, index), choose(a, b, |at| index(at) + 8))
}

pub(super) fn zip_8(a: Vector, b: Vector) -> (Vector, Vector) {
    zip(a, b, 1)
}

pub(super) fn zip_32(a: Vector, b: Vector) -> (Vector, Vector) {
    zip(a, b, 4)
}

pub(super) fn zip_64(a: Vector, b: Vector) -> (Vector, Vector) {
    zip(a, b, 8)
}

pub(super) fn low_to_high(a: Vector) -> Vector {
    halves(0, low_half(a))
}

pub(super) fn high_to_low(a: Vector) -> Vector {
    Vector((u128::from_le_bytes(a.0) >> 64).to_le_bytes())
}
