//! Sealing: plaintext in, a message out, a frame at a time.

use core::fmt;

use super::derive::Committed;
use super::frame::{FINAL_MARK, FINAL_OVERHEAD, Kind, REGULAR_OVERHEAD, aad, nonce};
use super::header::Header;
use super::limits::{FRAME_LEN, Limits};
use super::slot::Slot;
use crate::context::Context;
use crate::error::{Error, Problem};
use crate::key::DataKey;
use crate::pool::draw;
use crate::secret::{SecretBytes, scrub_stack};

/// Makes one message of suite 0x0478.
///
/// Holds at most one frame of plaintext, which it wipes. A plaintext that fits a frame becomes one
/// frame; there is no empty frame at the end of a longer one.
///
/// # Example
/// ```
/// use tsutsumi::message::{Header, Limits, Opener, Sealer};
/// use tsutsumi::{Context, DataKey, Secret, SecretBytes, WrappingKey};
///
/// let wrapping = WrappingKey::new("example", "key 1", &Secret::generate()?)?;
/// let context = Context::new([("tenant", "acme")])?;
/// let key = DataKey::generate()?;
/// let slot = wrapping.wrap(&key, &context)?;
///
/// let mut sealer = Sealer::new(&key, &context, &[slot])?;
/// let mut message = sealer.header().to_vec();
/// sealer.push(b"attack at ", &mut message)?;
/// sealer.push(b"dawn", &mut message)?;
/// sealer.finish(&mut message)?;
///
/// let header = Header::read_whole(&message, &Limits::default())?;
/// let key = wrapping.unwrap(&header.slots()[0], header.context())?;
/// let mut opener = Opener::new(&header, &key)?;
/// let mut plaintext = SecretBytes::default();
/// opener.push(&message[header.encoded_len()..], &mut plaintext)?;
/// opener.finish()?;
/// assert_eq!(plaintext.as_bytes(), b"attack at dawn");
/// # Ok::<(), tsutsumi::Error>(())
/// ```
///
/// # Source
/// AWS Encryption SDK specification, "Encrypt" and "Framed Data".
pub struct Sealer {
    pub(super) header: Header,
    pub(super) committed: Committed,
    pub(super) pending: SecretBytes,
    pub(super) frame_len: usize,
    pub(super) sequence: u32,
}

impl Sealer {
    /// Starts a message with frames of [`FRAME_LEN`].
    ///
    /// The data key must not have sealed another message with the same id; ids are 32 random bytes,
    /// so in practice a key may seal as many messages as it likes, and usually seals one.
    ///
    /// # Errors
    /// `ERR_ARGUMENT` without slots; `ERR_LIMIT` over the number that a reader takes by default;
    /// `ERR_INTERNAL` if the platform gives no randomness.
    pub fn new(key: &DataKey, context: &Context, slots: &[Slot]) -> Result<Self, Error> {
        Self::with_frame_len(key, context, slots, FRAME_LEN)
    }

    /// Starts a message with frames of another length, from one byte to a reader's default limit.
    ///
    /// # Errors
    /// As [`new`](Self::new), and `ERR_ARGUMENT` for a frame length outside its limits.
    pub fn with_frame_len(
        key: &DataKey,
        context: &Context,
        slots: &[Slot],
        frame_len: u32,
    ) -> Result<Self, Error> {
        Self::with_unstored(key, context, &Context::default(), slots, frame_len)
    }

    /// As [`with_frame_len`](Self::with_frame_len), with pairs that are authenticated with the
    /// message but not stored in it: whoever opens it has to know them.
    ///
    /// The slots are wrapped under all pairs, `context.completed_by(&unstored)`.
    ///
    /// # Errors
    /// As [`with_frame_len`](Self::with_frame_len); `ERR_POLICY_CONTEXT` if a key is in both;
    /// `ERR_LIMIT` if all pairs together are too long.
    ///
    /// # Source
    /// AWS Encryption SDK specification, "Required Encryption Context CMM".
    pub fn with_unstored(
        key: &DataKey,
        context: &Context,
        unstored: &Context,
        slots: &[Slot],
        frame_len: u32,
    ) -> Result<Self, Error> {
        let limits = Limits::default();
        if slots.is_empty() {
            return Err(Problem::SlotCount.into());
        }
        if slots.len() > usize::from(limits.slots) {
            return Err(Problem::SlotsTooMany.into());
        }
        if frame_len == 0 || frame_len > limits.frame_len {
            return Err(Problem::FrameLength.into());
        }
        if !unstored.is_empty() {
            context.completed_by(unstored)?;
        }
        let mut message_id = [0; 32];
        // spec: M-5
        draw(&mut message_id)?;
        let contexts = (context, unstored);
        let (header, committed) = Header::write(key, message_id, contexts, slots, frame_len)?;
        scrub_stack();
        let frame_len = frame_len as usize;
        Ok(Self {
            header,
            committed,
            pending: SecretBytes::default(),
            frame_len,
            sequence: 1,
        })
    }

    /// The header, which goes in front of everything else.
    #[must_use]
    pub fn header(&self) -> &[u8] {
        &self.header.bytes
    }

    /// Takes plaintext and appends the frames that it completes.
    ///
    /// # Errors
    /// `ERR_LIMIT` over 2³² − 1 frames.
    pub fn push(&mut self, mut plaintext: &[u8], message: &mut Vec<u8>) -> Result<(), Error> {
        // A frame is written only when something follows it, so that the last one can be the final
        // one.
        // spec: M-22
        while self.pending.len() + plaintext.len() > self.frame_len {
            let missing = self.frame_len - self.pending.len();
            let (head, tail) = plaintext.split_at(missing);
            if self.pending.is_empty() {
                self.regular(head, message)?;
            } else {
                self.pending.extend_from_slice(head);
                let frame = core::mem::take(&mut self.pending);
                self.regular(frame.as_bytes(), message)?;
            }
            plaintext = tail;
        }
        if !plaintext.is_empty() {
            self.pending.extend_from_slice(plaintext);
        }
        scrub_stack();
        Ok(())
    }

    /// Appends the final frame.
    ///
    /// # Errors
    /// None that `push` would not have given before.
    pub fn finish(mut self, message: &mut Vec<u8>) -> Result<(), Error> {
        let frame = core::mem::take(&mut self.pending);
        let len = u32::try_from(frame.len()).map_err(|_| Problem::InputTooLong)?;
        message.reserve(frame.len() + FINAL_OVERHEAD);
        message.extend_from_slice(&FINAL_MARK);
        message.extend_from_slice(&self.sequence.to_be_bytes());
        message.extend_from_slice(&nonce(self.sequence));
        message.extend_from_slice(&len.to_be_bytes());
        self.seal(Kind::Final, frame.as_bytes(), message)?;
        scrub_stack();
        Ok(())
    }

    fn regular(&mut self, frame: &[u8], message: &mut Vec<u8>) -> Result<(), Error> {
        // The final frame needs a number of its own.
        let next = self
            .sequence
            .checked_add(1)
            .ok_or(Problem::MessageTooLong)?;
        message.reserve(frame.len() + REGULAR_OVERHEAD);
        message.extend_from_slice(&self.sequence.to_be_bytes());
        message.extend_from_slice(&nonce(self.sequence));
        self.seal(Kind::Regular, frame, message)?;
        self.sequence = next;
        Ok(())
    }

    fn seal(&self, kind: Kind, frame: &[u8], message: &mut Vec<u8>) -> Result<(), Error> {
        let start = message.len();
        message.extend_from_slice(frame);
        let aad = aad(
            &self.header.message_id,
            kind,
            self.sequence,
            frame.len() as u64,
        );
        let nonce = nonce(self.sequence);
        let tag = self
            .committed
            .cipher()
            .seal(&nonce, &aad, &mut message[start..])?;
        message.extend_from_slice(&tag);
        Ok(())
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealer")
            .field("sequence", &self.sequence)
            .finish_non_exhaustive()
    }
}
