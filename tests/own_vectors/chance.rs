//! Randomness from a seed, so that the vectors come out the same every time.

use shake::Shake128;
use shake::digest::{ExtendableOutput, Update, XofReader};

/// Bytes that only look random.
pub(crate) struct Chance(shake::Shake128Reader);

impl Chance {
    /// The bytes of one vector: of the seed of all, and its name.
    pub(crate) fn new(seed: &str, name: &str) -> Self {
        let mut shake = Shake128::default();
        shake.update(seed.as_bytes());
        shake.update(b"/");
        shake.update(name.as_bytes());
        Self(shake.finalize_xof())
    }

    /// The next bytes.
    pub(crate) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.read(&mut bytes);
        bytes
    }

    /// The next bytes, of any length.
    pub(crate) fn vec(&mut self, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        self.0.read(&mut bytes);
        bytes
    }
}
