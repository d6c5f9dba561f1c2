//! A cursor over bytes that may not all have arrived yet.

use crate::error::{Error, Problem};

/// Why reading stopped.
pub(crate) enum Stop {
    /// The bytes break a rule.
    Bad(Error),
    /// Everything so far is in order, but more bytes are needed.
    More,
}

impl Stop {
    /// The error, where missing bytes are one too.
    #[cfg(all(target_arch = "wasm32", feature = "bindings"))]
    pub(crate) fn or(self, missing: Problem) -> Error {
        match self {
            Self::Bad(error) => error,
            Self::More => missing.into(),
        }
    }
}

/// Reads big-endian fields off the front of a slice; allocates nothing.
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    /// The bytes that have been read.
    pub(crate) fn taken(&self) -> &'a [u8] {
        self.bytes.get(..self.position).unwrap_or_default()
    }

    /// An error at the current position.
    pub(crate) fn bad(&self, problem: Problem) -> Stop {
        Stop::Bad(Error::at(problem, self.position))
    }

    pub(crate) fn take(&mut self, len: usize) -> Result<&'a [u8], Stop> {
        let rest = self.bytes.get(self.position..).unwrap_or_default();
        // spec: M-12
        let taken = rest.get(..len).ok_or(Stop::More)?;
        self.position += len;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Stop> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, Stop> {
        self.array().map(u8::from_be_bytes)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, Stop> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Stop> {
        self.array().map(u32::from_be_bytes)
    }

    /// Bytes behind a u16 length.
    pub(crate) fn prefixed(&mut self) -> Result<&'a [u8], Stop> {
        let len = self.u16()?;
        self.take(usize::from(len))
    }
}
