//! 128-bit vectors: those of WebAssembly, whose operations need no `unsafe` where they touch no
//! memory. [`super::vector_portable`] has the same functions for tests on other targets.

use core::arch::wasm32::{
    i8x16_shuffle, i32x4_shuffle, i64x2_shuffle, u8x16, u8x16_eq, u8x16_shr, u8x16_splat,
    u8x16_swizzle, u32x4, u32x4_add, u32x4_shl, u32x4_splat, u64x2, u64x2_extract_lane, u64x2_shl,
    u64x2_shr, v128, v128_and, v128_or, v128_xor,
};

/// Sixteen bytes; the first has the lowest address.
pub(super) type Vector = v128;

pub(super) const fn constant(b: [u8; 16]) -> Vector {
    u8x16(
        b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13],
        b[14], b[15],
    )
}

#[inline(always)]
pub(super) fn load(bytes: &[u8; 16]) -> Vector {
    let (halves, _) = bytes.as_chunks::<8>();
    u64x2(u64::from_le_bytes(halves[0]), u64::from_le_bytes(halves[1]))
}

#[inline(always)]
pub(super) fn store(vector: Vector, bytes: &mut [u8; 16]) {
    let (first, last) = bytes.split_at_mut(8);
    first.copy_from_slice(&u64x2_extract_lane::<0>(vector).to_le_bytes());
    last.copy_from_slice(&u64x2_extract_lane::<1>(vector).to_le_bytes());
}

#[inline(always)]
pub(super) fn splat(byte: u8) -> Vector {
    u8x16_splat(byte)
}

#[inline(always)]
pub(super) fn splat_32(word: u32) -> Vector {
    u32x4_splat(word)
}

#[inline(always)]
pub(super) fn words(a: u32, b: u32, c: u32, d: u32) -> Vector {
    u32x4(a, b, c, d)
}

#[inline(always)]
pub(super) fn halves(low: u64, high: u64) -> Vector {
    u64x2(low, high)
}

#[inline(always)]
pub(super) fn low_half(a: Vector) -> u64 {
    u64x2_extract_lane::<0>(a)
}

#[inline(always)]
pub(super) fn high_half(a: Vector) -> u64 {
    u64x2_extract_lane::<1>(a)
}

#[inline(always)]
pub(super) fn xor(a: Vector, b: Vector) -> Vector {
    v128_xor(a, b)
}

#[inline(always)]
pub(super) fn and(a: Vector, b: Vector) -> Vector {
    v128_and(a, b)
}

#[inline(always)]
pub(super) fn or(a: Vector, b: Vector) -> Vector {
    v128_or(a, b)
}

/// All ones in the bytes that are equal, zeros in the others.
#[inline(always)]
pub(super) fn equal_bytes(a: Vector, b: Vector) -> Vector {
    u8x16_eq(a, b)
}

#[inline(always)]
pub(super) fn add_32(a: Vector, b: Vector) -> Vector {
    u32x4_add(a, b)
}

#[inline(always)]
pub(super) fn shift_left_32(a: Vector, bits: u32) -> Vector {
    u32x4_shl(a, bits)
}

#[inline(always)]
pub(super) fn shift_left_64(a: Vector, bits: u32) -> Vector {
    u64x2_shl(a, bits)
}

#[inline(always)]
pub(super) fn shift_right_64(a: Vector, bits: u32) -> Vector {
    u64x2_shr(a, bits)
}

/// The upper half of every byte.
#[inline(always)]
pub(super) fn high_nibbles(a: Vector) -> Vector {
    u8x16_shr(a, 4)
}

/// `table[index]` for every byte of `indices`; zero where that is 16 or more.
#[inline(always)]
pub(super) fn look_up(table: Vector, indices: Vector) -> Vector {
    u8x16_swizzle(table, indices)
}

/// The word `LANE`, four times.
#[inline(always)]
pub(super) fn repeat_32<const LANE: usize>(a: Vector) -> Vector {
    i32x4_shuffle::<LANE, LANE, LANE, LANE>(a, a)
}

/// The bytes of `high` one place further on, after the last byte of `low`.
#[inline(always)]
pub(super) fn carry_byte(low: Vector, high: Vector) -> Vector {
    i8x16_shuffle::<15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30>(low, high)
}

/// Bytes 0 to 7 of both in turn, and bytes 8 to 15.
#[inline(always)]
pub(super) fn zip_8(a: Vector, b: Vector) -> (Vector, Vector) {
    (
        i8x16_shuffle::<0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23>(a, b),
        i8x16_shuffle::<8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31>(a, b),
    )
}

/// The same for words.
#[inline(always)]
pub(super) fn zip_32(a: Vector, b: Vector) -> (Vector, Vector) {
    (
        i32x4_shuffle::<0, 4, 1, 5>(a, b),
        i32x4_shuffle::<2, 6, 3, 7>(a, b),
    )
}

/// The low halves of both, and the high halves.
#[inline(always)]
pub(super) fn zip_64(a: Vector, b: Vector) -> (Vector, Vector) {
    (i64x2_shuffle::<0, 2>(a, b), i64x2_shuffle::<1, 3>(a, b))
}

/// The low half in the high half's place, and zeros.
#[inline(always)]
pub(super) fn low_to_high(a: Vector) -> Vector {
    i64x2_shuffle::<0, 2>(splat(0), a)
}

/// The high half in the low half's place, and zeros.
#[inline(always)]
pub(super) fn high_to_low(a: Vector) -> Vector {
    i64x2_shuffle::<1, 2>(a, splat(0))
}
