//! Where what stands in an object, and how long it is.

use core::ops::Range;

use crate::aead::TAG_LEN;
use crate::error::{Error, Problem};

/// Plaintext bytes of every chunk but the last, which is always shorter, and may be empty.
// spec: O-3
pub const CHUNK_LEN: usize = 16_384;

/// Salt and commitment.
pub const HEADER_LEN: usize = 56;

pub(super) const SEALED_CHUNK_LEN: usize = CHUNK_LEN + TAG_LEN;

/// Chunks that an object may have.
pub(super) const CHUNKS_MAX: u64 = 1 << 38;

/// Bytes of an object whose plaintext has `plaintext_len` bytes; `None` over 2³⁸ chunks.
///
/// # Example
/// ```
/// assert_eq!(tsutsumi::object::sealed_len(0), Some(72));
/// assert_eq!(tsutsumi::object::sealed_len(16_384), Some(56 + 16_400 + 16));
/// ```
#[must_use]
pub const fn sealed_len(plaintext_len: u64) -> Option<u64> {
    let chunks = plaintext_len / CHUNK_LEN as u64 + 1;
    if chunks > CHUNKS_MAX {
        return None;
    }
    Some(HEADER_LEN as u64 + plaintext_len + chunks * TAG_LEN as u64)
}

/// The lengths of one object, worked out from how many bytes it has.
///
/// The number is only a claim until the last chunk has been opened in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    chunks: u64,
    plaintext_len: u64,
}

impl Layout {
    /// Takes an object of `sealed_len` bytes to pieces.
    ///
    /// # Errors
    /// `ERR_FORMAT_TRUNCATED` if no object has this length; `ERR_LIMIT` over 2³⁸ chunks.
    ///
    /// # Example
    /// ```
    /// let layout = tsutsumi::object::Layout::of(56 + 16_400 + 17)?;
    /// assert_eq!(layout.plaintext_len(), 16_385);
    /// assert!(tsutsumi::object::Layout::of(56 + 16_400).is_err());
    /// # Ok::<(), tsutsumi::Error>(())
    /// ```
    pub fn of(sealed_len: u64) -> Result<Self, Error> {
        let truncated = Error::from(Problem::ObjectTruncated);
        let body = sealed_len.checked_sub(HEADER_LEN as u64).ok_or(truncated)?;
        let (full, last) = (
            body / SEALED_CHUNK_LEN as u64,
            body % SEALED_CHUNK_LEN as u64,
        );
        // spec: O-4
        let last = last.checked_sub(TAG_LEN as u64).ok_or(truncated)?;
        // spec: O-6
        if full >= CHUNKS_MAX {
            return Err(Problem::ObjectTooLong.into());
        }
        Ok(Self {
            chunks: full + 1,
            plaintext_len: full * CHUNK_LEN as u64 + last,
        })
    }

    /// Bytes of the plaintext.
    #[must_use]
    pub const fn plaintext_len(&self) -> u64 {
        self.plaintext_len
    }

    /// How many chunks there are; at least one.
    #[must_use]
    pub const fn chunks(&self) -> u64 {
        self.chunks
    }

    /// Where the sealed bytes of some chunks stand in the object.
    pub(super) fn place(&self, chunks: &Range<u64>) -> Range<u64> {
        let start = HEADER_LEN as u64 + chunks.start * SEALED_CHUNK_LEN as u64;
        let end = HEADER_LEN as u64 + chunks.end * SEALED_CHUNK_LEN as u64;
        let sealed = HEADER_LEN as u64 + self.plaintext_len + self.chunks * TAG_LEN as u64;
        start..end.min(sealed)
    }
}
