//! The same bytes in pieces: one by one, a few at a time, cut at random places.

/// Ways to cut.
pub const PATHS: usize = 6;

/// Bytes cut in one of the ways.
pub fn splits(bytes: &[u8], path: usize) -> Vec<&[u8]> {
    match path {
        0 => bytes.chunks(1).collect(),
        1 => bytes.chunks(7).collect(),
        2 => bytes.chunks(4096).collect(),
        _ => at_random(bytes, path as u64),
    }
}

/// Pieces of up to 128 bytes, empty ones too; the same ones every time.
fn at_random(mut bytes: &[u8], seed: u64) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    let mut random = Random(seed);
    while !bytes.is_empty() {
        let (piece, rest) = bytes.split_at(random.below(129).min(bytes.len()));
        pieces.push(piece);
        bytes = rest;
    }
    pieces
}

/// Numbers that look random and come again with the same seed; fit for nothing but tests.
pub struct Random(pub u64);

impl Random {
    /// A number from 0 to `end`, without it.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = self.0.wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}
