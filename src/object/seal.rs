//! Sealing objects.

use core::fmt;

use super::derive::Committed;
use super::layout::{CHUNK_LEN, CHUNKS_MAX, HEADER_LEN};
use crate::error::{Error, Problem};
use crate::key::DataKey;
use crate::pool::draw;
use crate::secret::{SecretBytes, scrub_stack};

/// Seals one object, a chunk at a time.
///
/// # Example
/// ```
/// use tsutsumi::object::{ObjectOpener, ObjectSealer};
/// use tsutsumi::{DataKey, SecretBytes};
///
/// let key = DataKey::generate()?;
/// let mut sealer = ObjectSealer::new(&key, b"bucket/name")?;
/// let mut object = sealer.header().to_vec();
/// sealer.push(b"a large blob", &mut object)?;
/// sealer.finish(&mut object)?;
///
/// let (header, body) = object.split_first_chunk().expect("56 bytes of header");
/// let mut opener = ObjectOpener::new(&key, b"bucket/name", header)?;
/// let mut plaintext = SecretBytes::default();
/// opener.push(body, &mut plaintext)?;
/// opener.finish(&mut plaintext)?;
/// assert_eq!(plaintext.as_bytes(), b"a large blob");
/// # Ok::<(), tsutsumi::Error>(())
/// ```
///
/// # Source
/// <https://c2sp.org/chunked-encryption>
pub struct ObjectSealer {
    pub(super) committed: Committed,
    header: [u8; HEADER_LEN],
    pub(super) pending: SecretBytes,
    pub(super) index: u64,
}

impl ObjectSealer {
    /// Starts an object under a data key of its own.
    ///
    /// # Arguments
    /// * `key` - one key may seal many objects (2⁴⁵ of 1 GiB), each with a random salt.
    /// * `context` - bytes that opening will need again, such as where the object is kept.
    ///
    /// # Errors
    /// `ERR_INTERNAL` if the platform gives no randomness.
    pub fn new(key: &DataKey, context: &[u8]) -> Result<Self, Error> {
        let mut salt = [0; 24];
        // spec: O-1
        draw(&mut salt)?;
        Ok(Self::with_salt(key, context, &salt))
    }

    pub(crate) fn with_salt(key: &DataKey, context: &[u8], salt: &[u8; 24]) -> Self {
        let (committed, header) = Committed::derive(key, salt, context);
        scrub_stack();
        Self {
            committed,
            header,
            pending: SecretBytes::new(),
            index: 0,
        }
    }

    /// The header, which goes in front of everything else.
    #[must_use]
    pub const fn header(&self) -> &[u8; HEADER_LEN] {
        &self.header
    }

    /// Takes plaintext and appends the chunks that it completes.
    ///
    /// # Errors
    /// `ERR_LIMIT` over 2³⁸ chunks.
    pub fn push(&mut self, mut plaintext: &[u8], object: &mut Vec<u8>) -> Result<(), Error> {
        while self.pending.len() + plaintext.len() >= CHUNK_LEN {
            let (head, tail) = plaintext.split_at(CHUNK_LEN - self.pending.len());
            if self.pending.is_empty() {
                self.chunk(head, object)?;
            } else {
                self.pending.extend_from_slice(head);
                let chunk = core::mem::take(&mut self.pending);
                self.chunk(chunk.as_bytes(), object)?;
            }
            plaintext = tail;
        }
        if !plaintext.is_empty() {
            self.pending.extend_from_slice(plaintext);
        }
        scrub_stack();
        Ok(())
    }

    /// Appends the last chunk, which is shorter than the others.
    ///
    /// # Errors
    /// `ERR_LIMIT` over 2³⁸ chunks.
    pub fn finish(mut self, object: &mut Vec<u8>) -> Result<(), Error> {
        let chunk = core::mem::take(&mut self.pending);
        self.chunk(chunk.as_bytes(), object)?;
        scrub_stack();
        Ok(())
    }

    fn chunk(&mut self, chunk: &[u8], object: &mut Vec<u8>) -> Result<(), Error> {
        if self.index == CHUNKS_MAX {
            return Err(Problem::ObjectTooLong.into());
        }
        object.reserve(chunk.len() + 16);
        let start = object.len();
        object.extend_from_slice(chunk);
        let tag = self.committed.seal(self.index, &mut object[start..])?;
        object.extend_from_slice(&tag);
        self.index += 1;
        Ok(())
    }
}

impl fmt::Debug for ObjectSealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectSealer")
            .field("index", &self.index)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    /// Writes with a given salt, so that other implementations' objects can be made again.
    #[test]
    fn the_same_salt_gives_the_same_object_whatever_the_pieces() {
        let key = DataKey::from_secret(Secret::from_slice(&[9; 32]).unwrap());
        let plaintext = vec![5; 3 * CHUNK_LEN];
        let seal = |piece: usize| {
            let mut sealer = ObjectSealer::with_salt(&key, b"context", &[3; 24]);
            let mut object = sealer.header().to_vec();
            for bytes in plaintext.chunks(piece) {
                sealer.push(bytes, &mut object).unwrap();
            }
            sealer.finish(&mut object).unwrap();
            object
        };
        let whole = seal(plaintext.len());
        assert_eq!(
            whole.len() as u64,
            super::super::sealed_len(plaintext.len() as u64).unwrap()
        );
        for piece in [1, 1000, CHUNK_LEN - 1, CHUNK_LEN, CHUNK_LEN + 1] {
            assert_eq!(seal(piece), whole, "{piece}");
        }
    }
}
