//! Opening: frames in, plaintext out, each byte after its own tag has been checked.

use core::fmt;

use base64ct::{Base64, Encoding};

use super::derive::Committed;
use super::frame::{FINAL_MARK, FINAL_OVERHEAD, Kind, REGULAR_OVERHEAD, aad};
use super::header::{Content, Header};
use super::signature::Signature;
use crate::aead::{NONCE_LEN, TAG_LEN};
use crate::context::{Context, PUBLIC_KEY};
use crate::error::{Error, Problem};
use crate::key::DataKey;
use crate::secret::{SecretBytes, scrub_stack};

pub use super::signature::SignatureVerifier;

/// Opens one message, frame by frame.
///
/// Making one proves the header: the key is the one that the message commits to, and context and
/// slots are authentic. Plaintext comes out frame by frame, each after its own tag has been
/// checked; a signed message gives its final frame only when the signature holds. Holds at most one
/// frame.
///
/// After an error the opener is dead: every later call gives the same error.
///
/// # Example
/// See [`Sealer`](super::Sealer).
///
/// # Source
/// AWS Encryption SDK specification, "Decrypt".
pub struct Opener {
    committed: Committed,
    message_id: [u8; 32],
    content: Content,
    state: State,
    sequence: u32,
    // Bytes of the unit now arriving: a frame, or the signature. Never plaintext.
    pending: Vec<u8>,
    position: usize,
    signature: Option<Signature>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Body,
    Signature,
    Done,
    Failed(Error),
}

impl Opener {
    /// Checks the header of an unsigned message against a data key.
    ///
    /// # Errors
    /// `ERR_OPEN_FAILED` if the key is another one or the header was altered; `ERR_POLICY_SUITE` if
    /// the message is signed.
    pub fn new(header: &Header, key: &DataKey) -> Result<Self, Error> {
        Self::with_unstored(header, key, &Context::default())
    }

    /// As [`new`](Self::new), with pairs that were authenticated with the message but not stored in
    /// it.
    ///
    /// # Errors
    /// As [`new`](Self::new); `ERR_OPEN_FAILED` also if the pairs are other ones.
    pub fn with_unstored(
        header: &Header,
        key: &DataKey,
        unstored: &Context,
    ) -> Result<Self, Error> {
        if header.suite.is_signed() {
            return Err(Problem::SuiteSigned.into());
        }
        Self::start(header, key, unstored, None)
    }

    /// Checks the header of a message, signed or not; a signature is later checked by `verifier`.
    ///
    /// # Errors
    /// As [`with_unstored`](Self::with_unstored), but signed messages are taken.
    pub fn with_verifier(
        header: &Header,
        key: &DataKey,
        unstored: &Context,
        verifier: Box<dyn SignatureVerifier>,
    ) -> Result<Self, Error> {
        let signature = match header.context.value(PUBLIC_KEY) {
            Some(text) => {
                let malformed = Error::from(Problem::SignatureContext);
                let key = Base64::decode_vec(text).map_err(|_| malformed)?;
                Some(Signature::new(&header.bytes, key, verifier))
            }
            None => None,
        };
        Self::start(header, key, unstored, signature)
    }

    fn start(
        header: &Header,
        key: &DataKey,
        unstored: &Context,
        signature: Option<Signature>,
    ) -> Result<Self, Error> {
        let committed = header.authenticate(key, unstored)?;
        scrub_stack();
        Ok(Self {
            committed,
            message_id: header.message_id,
            content: header.content,
            state: State::Body,
            sequence: 1,
            pending: Vec::new(),
            position: header.bytes.len(),
            signature,
        })
    }

    /// Takes the next bytes of the body and appends the plaintext of the frames that they complete.
    ///
    /// # Errors
    /// `ERR_OPEN_FAILED` if a frame was altered, moved or taken from another message;
    /// `ERR_FORMAT_INVALID` if the frames are out of order or something follows the last one;
    /// `ERR_LIMIT` for a body in one piece that is over the limit for frames. Plaintext appended by
    /// earlier calls, or before the error, is authentic, but not the whole.
    pub fn push(&mut self, mut bytes: &[u8], plaintext: &mut SecretBytes) -> Result<(), Error> {
        if let State::Failed(error) = self.state {
            return Err(error);
        }
        let pushed = self.advance(&mut bytes, plaintext);
        scrub_stack();
        pushed.inspect_err(|error| {
            self.state = State::Failed(*error);
            self.pending.clear();
            self.signature = None;
        })
    }

    /// Says that no more bytes come.
    ///
    /// # Errors
    /// `ERR_FORMAT_TRUNCATED` if the message is not at its end; otherwise the error of an earlier
    /// call.
    pub fn finish(self) -> Result<(), Error> {
        match self.state {
            State::Done => Ok(()),
            State::Failed(error) => Err(error),
            State::Body | State::Signature => Err(Error::at(
                Problem::BodyTruncated,
                self.position + self.pending.len(),
            )),
        }
    }

    /// Whether the end of the message has been seen and was in order.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.state == State::Done
    }

    fn advance(&mut self, bytes: &mut &[u8], plaintext: &mut SecretBytes) -> Result<(), Error> {
        loop {
            let needed = self.unit_len()?;
            let missing = needed.saturating_sub(self.pending.len());
            if missing > 0 {
                let (head, tail) = bytes.split_at(missing.min(bytes.len()));
                self.pending.extend_from_slice(head);
                *bytes = tail;
                if head.len() < missing {
                    return Ok(());
                }
                // What has arrived may say that the unit is longer.
                continue;
            }
            if self.state == State::Done {
                return if bytes.is_empty() {
                    Ok(())
                } else {
                    Err(Error::at(Problem::TrailingBytes, self.position))
                };
            }
            self.complete(plaintext)?;
            self.position += needed;
            self.pending.clear();
        }
    }

    /// Length of the unit now arriving, as far as the bytes so far tell.
    fn unit_len(&self) -> Result<usize, Error> {
        match (self.state, self.content) {
            (State::Done | State::Failed(_), _) => Ok(0),
            (State::Signature, _) => Ok(match self.pending.first_chunk::<2>() {
                Some(len) => 2 + usize::from(u16::from_be_bytes(*len)),
                None => 2,
            }),
            (State::Body, Content::Framed { frame_len }) => self.frame_unit_len(frame_len),
            (State::Body, Content::Single { len_max }) => {
                let Some(len) = self
                    .pending
                    .get(NONCE_LEN..)
                    .and_then(<[u8]>::first_chunk::<8>)
                else {
                    return Ok(NONCE_LEN + 8);
                };
                match usize::try_from(u64::from_be_bytes(*len)) {
                    Ok(len) if len <= len_max as usize => Ok(NONCE_LEN + 8 + len + TAG_LEN),
                    _ => Err(Error::at(Problem::FrameTooLong, self.position)),
                }
            }
        }
    }

    fn frame_unit_len(&self, frame_len: u32) -> Result<usize, Error> {
        let Some(mark) = self.pending.first_chunk::<4>() else {
            return Ok(4);
        };
        if *mark != FINAL_MARK {
            self.expect_sequence(*mark)?;
            return Ok(frame_len as usize + REGULAR_OVERHEAD);
        }
        let Some(sequence) = self.pending[4..].first_chunk::<4>() else {
            return Ok(8);
        };
        self.expect_sequence(*sequence)?;
        match self
            .pending
            .get(8 + NONCE_LEN..)
            .and_then(<[u8]>::first_chunk::<4>)
        {
            None => Ok(8 + NONCE_LEN + 4),
            Some(len) if u32::from_be_bytes(*len) <= frame_len => {
                Ok(u32::from_be_bytes(*len) as usize + FINAL_OVERHEAD)
            }
            Some(_) => Err(Error::at(Problem::FrameFinalLength, self.position)),
        }
    }

    fn expect_sequence(&self, found: [u8; 4]) -> Result<(), Error> {
        if u32::from_be_bytes(found) == self.sequence {
            Ok(())
        } else {
            Err(Error::at(Problem::FrameOrder, self.position))
        }
    }

    /// Opens the unit that has arrived whole.
    fn complete(&mut self, plaintext: &mut SecretBytes) -> Result<(), Error> {
        if self.state == State::Signature {
            self.state = State::Done;
            return match self.signature.take() {
                Some(signature) => signature.check(&self.pending[2..], plaintext),
                None => Err(Problem::Boundary.into()),
            };
        }
        let (kind, prefix_len) = match (self.content, self.pending.first_chunk::<4>()) {
            (Content::Single { .. }, _) => (Kind::Single, 0),
            (Content::Framed { .. }, Some(&FINAL_MARK)) => (Kind::Final, 8),
            (Content::Framed { .. }, _) => (Kind::Regular, 4),
        };
        if let Some(signature) = &mut self.signature {
            signature.update(&self.pending);
        }
        let is_last = kind != Kind::Regular;
        // The nonce is the one in the frame: other writers need not count as this one does.
        let (nonce, rest) = self.pending[prefix_len..]
            .split_first_chunk::<NONCE_LEN>()
            .ok_or(Problem::Boundary)?;
        let rest = match kind {
            Kind::Regular => rest,
            Kind::Final => &rest[4..],
            Kind::Single => &rest[8..],
        };
        let (ciphertext, tag) = rest
            .split_last_chunk::<TAG_LEN>()
            .ok_or(Problem::Boundary)?;
        let aad = aad(
            &self.message_id,
            kind,
            self.sequence,
            ciphertext.len() as u64,
        );
        let target = match &mut self.signature {
            Some(signature) if is_last => signature.held(),
            _ => plaintext,
        };
        let start = target.len();
        target.extend_from_slice(ciphertext);
        let frame = &mut target.as_mut_bytes()[start..];
        if let Err(error) = self.committed.cipher().open(nonce, &aad, frame, tag) {
            target.resize(start);
            return Err(error);
        }
        match (is_last, self.signature.is_some()) {
            (true, true) => self.state = State::Signature,
            (true, false) => self.state = State::Done,
            (false, _) => {
                let next = self.sequence.checked_add(1);
                self.sequence = next.ok_or(Problem::FramesTooMany)?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Opener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opener")
            .field("sequence", &self.sequence)
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}
