//! The constants of the S-box in the tower field, worked out by the compiler.
//!
//! GF(2⁸) is taken as a quadratic extension of its subfield F = GF(2⁴): an element is i + k·t̄ with
//! i and k in F, where t is one of the elements with t + t̄ = 1, and t̄ = t¹⁶. With j = i + k that
//! is i·t + j·t̄. Let ζ = t·t̄, and
//!
//! * u = 1/(1/(1/i + 1/(ζk)) + j),
//! * w = 1/(1/(1/j + 1/(ζk)) + i).
//!
//! Then the inverse of the element is u·((1 + ζ)t̄ + ζt) + w·(ζt̄ + (1 + ζ)t): a sum of one
//! function of four bits and another. So the whole S-box, and any linear map after it, is two
//! look-ups in tables of sixteen bytes. The division by zero gives 0x80, which every later look-up
//! takes for nothing (Hamburg 2009).

/// What stands for the inverse of zero: no index of a table.
const INFINITY: u8 = 0x80;

/// The constant of the S-box's affine map.
pub(super) const AFFINE: u8 = 0x63;

/// Multiplication in AES's GF(2⁸).
const fn times(mut a: u8, mut b: u8) -> u8 {
    let mut product = 0;
    while b != 0 {
        if b & 1 == 1 {
            product ^= a;
        }
        a = (a << 1) ^ if a & 0x80 == 0 { 0 } else { 0x1B };
        b >>= 1;
    }
    product
}

const fn power(a: u8, exponent: u32) -> u8 {
    let mut result = 1;
    let mut count = 0;
    while count < exponent {
        result = times(result, a);
        count += 1;
    }
    result
}

const fn inverse(a: u8) -> u8 {
    power(a, 254)
}

/// A root of unity of order 15, whose powers 1, β, β², β³ are the bits of a nibble.
const BETA: u8 = power(3, 17);

/// An element with t + t̄ = 1.
const T: u8 = {
    let mut t = 0;
    while t ^ power(t, 16) != 1 {
        t += 1;
    }
    t
};
const T_BAR: u8 = T ^ 1;
const ZETA: u8 = times(T, T_BAR);

/// The element of F that a nibble stands for.
const fn element(nibble: u8) -> u8 {
    let mut element = 0;
    let mut bit = 0;
    while bit < 4 {
        if nibble >> bit & 1 == 1 {
            element ^= power(BETA, bit);
        }
        bit += 1;
    }
    element
}

/// The nibble that stands for an element of F.
const fn nibble(wanted: u8) -> u8 {
    let mut nibble = 0;
    while element(nibble) != wanted {
        nibble += 1;
    }
    nibble
}

/// A byte of the tower, i in its upper half and k in its lower.
const fn out_of_tower(byte: u8) -> u8 {
    element(byte >> 4) ^ times(element(byte & 15), T_BAR)
}

/// The byte of the tower for a byte of AES. Linear.
pub(super) const fn into_tower(wanted: u8) -> u8 {
    let mut byte = 0;
    while out_of_tower(byte) != wanted {
        byte += 1;
    }
    byte
}

/// The linear part of the S-box's affine map.
const fn affine(a: u8) -> u8 {
    a ^ a.rotate_left(1) ^ a.rotate_left(2) ^ a.rotate_left(3) ^ a.rotate_left(4)
}

/// 1/n, and 1/(ζn).
pub(super) const INVERSES: [u8; 16] = inverses(1);
pub(super) const INVERSES_BY_ZETA: [u8; 16] = inverses(ZETA);

const fn inverses(factor: u8) -> [u8; 16] {
    let mut table = [INFINITY; 16];
    let mut n = 1;
    while n < 16 {
        table[n as usize] = nibble(inverse(times(factor, element(n))));
        n += 1;
    }
    table
}

/// The tables of a linear map: for the lower half of a byte, and for the upper.
const fn linear(into: bool) -> [[u8; 16]; 2] {
    let mut tables = [[0; 16]; 2];
    let mut n = 0;
    while n < 16 {
        let (low, high) = (n, n << 4);
        let index = n as usize;
        tables[0][index] = if into {
            into_tower(low)
        } else {
            out_of_tower(low)
        };
        tables[1][index] = if into {
            into_tower(high)
        } else {
            out_of_tower(high)
        };
        n += 1;
    }
    tables
}

pub(super) const INTO_TOWER: [[u8; 16]; 2] = linear(true);
pub(super) const OUT_OF_TOWER: [[u8; 16]; 2] = linear(false);

/// The tables of u and of w that give `factor` times the S-box without its constant.
const fn outputs(factor: u8, tower: bool) -> [[u8; 16]; 2] {
    let of_u = times(ZETA ^ 1, T_BAR) ^ times(ZETA, T);
    let of_w = times(ZETA, T_BAR) ^ times(ZETA ^ 1, T);
    let mut tables = [[0; 16]; 2];
    let mut n = 1;
    while n < 16 {
        let inverse = inverse(element(n));
        let u = times(factor, affine(times(inverse, of_u)));
        let w = times(factor, affine(times(inverse, of_w)));
        tables[0][n as usize] = if tower { into_tower(u) } else { u };
        tables[1][n as usize] = if tower { into_tower(w) } else { w };
        n += 1;
    }
    tables
}

/// The S-box out of the tower, and once, twice and three times the S-box within it.
pub(super) const SUBSTITUTED: [[u8; 16]; 2] = outputs(1, false);
pub(super) const ONCE: [[u8; 16]; 2] = outputs(1, true);
pub(super) const TWICE: [[u8; 16]; 2] = outputs(2, true);
pub(super) const THRICE: [[u8; 16]; 2] = outputs(3, true);
