//! Opening objects from beginning to end.

use core::fmt;

use super::derive::Committed;
use super::layout::{CHUNKS_MAX, HEADER_LEN, SEALED_CHUNK_LEN};
use crate::aead::TAG_LEN;
use crate::error::{Error, Problem};
use crate::key::DataKey;
use crate::secret::{SecretBytes, scrub_stack};

/// Opens one object from beginning to end, each chunk after its own tag has been checked.
///
/// After an error the opener is dead: every later call gives the same error.
///
/// # Example
/// See [`ObjectSealer`](super::ObjectSealer).
///
/// # Source
/// <https://c2sp.org/chunked-encryption>
pub struct ObjectOpener {
    pub(super) committed: Committed,
    pub(super) pending: Vec<u8>,
    pub(super) index: u64,
    failed: Option<Error>,
}

impl ObjectOpener {
    /// Checks the commitment in the header, and so key and context.
    ///
    /// # Errors
    /// `ERR_OPEN_FAILED` if key or context is another one, or the header was altered.
    pub fn new(key: &DataKey, context: &[u8], header: &[u8; HEADER_LEN]) -> Result<Self, Error> {
        let committed = Committed::check(key, header, context)?;
        scrub_stack();
        Ok(Self {
            committed,
            pending: Vec::new(),
            index: 0,
            failed: None,
        })
    }

    /// Takes the next bytes and appends the plaintext of the chunks that they complete.
    ///
    /// # Errors
    /// `ERR_OPEN_FAILED` if a chunk was altered or moved. What was appended before is authentic.
    pub fn push(&mut self, mut bytes: &[u8], plaintext: &mut SecretBytes) -> Result<(), Error> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        while self.pending.len() + bytes.len() >= SEALED_CHUNK_LEN {
            let (head, tail) = bytes.split_at(SEALED_CHUNK_LEN - self.pending.len());
            if self.pending.is_empty() {
                self.chunk(head, plaintext)?;
            } else {
                self.pending.extend_from_slice(head);
                let chunk = core::mem::take(&mut self.pending);
                self.chunk(&chunk, plaintext)?;
            }
            bytes = tail;
        }
        self.pending.extend_from_slice(bytes);
        scrub_stack();
        Ok(())
    }

    /// Opens the last chunk, and with it makes the length authentic.
    ///
    /// # Errors
    /// `ERR_FORMAT_TRUNCATED` if no chunk can end here; `ERR_OPEN_FAILED` if it was altered, or if
    /// the object was cut; otherwise the error of an earlier call.
    pub fn finish(mut self, plaintext: &mut SecretBytes) -> Result<(), Error> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let chunk = core::mem::take(&mut self.pending);
        self.chunk(&chunk, plaintext)?;
        scrub_stack();
        Ok(())
    }

    fn chunk(&mut self, sealed: &[u8], plaintext: &mut SecretBytes) -> Result<(), Error> {
        // spec: O-6
        let opened = if self.index == CHUNKS_MAX {
            Err(Problem::ObjectTooLong.into())
        } else {
            open_chunk(&self.committed, self.index, sealed, plaintext)
        };
        self.index += 1;
        opened.inspect_err(|error| self.failed = Some(*error))
    }
}

/// Opens one chunk and appends its plaintext.
pub(super) fn open_chunk(
    committed: &Committed,
    index: u64,
    sealed: &[u8],
    plaintext: &mut SecretBytes,
) -> Result<(), Error> {
    let (ciphertext, tag) = sealed
        // spec: O-4
        .split_last_chunk::<TAG_LEN>()
        .ok_or(Problem::ObjectTruncated)?;
    let start = plaintext.len();
    plaintext.extend_from_slice(ciphertext);
    // spec: O-5
    let opened = committed.open(index, &mut plaintext.as_mut_bytes()[start..], tag);
    if opened.is_err() {
        plaintext.resize(start);
    }
    opened
}

impl fmt::Debug for ObjectOpener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectOpener")
            .field("index", &self.index)
            .finish_non_exhaustive()
    }
}
