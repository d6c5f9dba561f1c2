//! Opening: frames in, plaintext out, each byte after its own tag has been checked.

use core::fmt;

use super::frame::{self, FINAL_MARK, FINAL_OVERHEAD, Kind, REGULAR_OVERHEAD};
use super::header::{Authentic, Content, Header};
use super::signature::Signature;
#[cfg(any(not(target_arch = "wasm32"), feature = "formats"))]
use super::suite::Commitment;
use crate::aead::{NONCE_LEN, OpeningGcm, TAG_LEN};
use crate::context::Context;
use crate::error::{Error, Problem};
use crate::key::DataKey;
#[cfg(any(not(target_arch = "wasm32"), feature = "formats"))]
use crate::key::LegacyKey;
use crate::secret::{Secret, SecretBytes, scrub_stack};

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
    cipher: OpeningGcm,
    // For a cipher outside of the core; see [`lift`](super::lift).
    #[cfg_attr(
        not(any(test, target_arch = "wasm32")),
        expect(dead_code, reason = "only the bindings have another cipher")
    )]
    pub(super) key: Option<Secret<32>>,
    pub(super) message_id: Vec<u8>,
    pub(super) content: Content,
    state: State,
    pub(super) sequence: u32,
    // Bytes of the unit now arriving: a frame, or the signature. Never plaintext.
    pub(super) pending: Vec<u8>,
    pub(super) position: usize,
    pub(super) signature: Option<Signature>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Body,
    Signature,
    Done,
    Failed(Error),
}

impl Opener {
    /// Checks the header of a message against a data key.
    ///
    /// # Errors
    /// `ERR_OPEN_FAILED` if the key is another one or the header was altered; `ERR_FORMAT_INVALID`
    /// if the public key of a signed message is none; `ERR_POLICY_SUITE` if the suite does not
    /// commit to its key.
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
        let signature = Signature::of(header)?;
        let authentic = header.authenticate(key, unstored)?;
        Ok(Self::start(header, authentic, signature))
    }

    /// As [`with_unstored`](Self::with_unstored), for messages of version 1 too where `commitment`
    /// says so.
    ///
    /// Such a message proves only that somebody who has the data key made it: where several hold
    /// it, each may be shown another plaintext.
    ///
    /// # Errors
    /// As [`with_unstored`](Self::with_unstored); `ERR_OPEN_FAILED` also if the key has not the
    /// length that the suite asks for.
    ///
    /// # Example
    /// ```
    /// use tsutsumi::message::{Commitment, Header, Limits, Opener};
    /// use tsutsumi::{Context, Error, SecretBytes, WrappingKey};
    ///
    /// fn open_old(message: &[u8], key: &WrappingKey) -> Result<SecretBytes, Error> {
    ///     let commitment = Commitment::AllowUncommitted;
    ///     let header = Header::read_whole_allowing(message, &Limits::default(), commitment)?;
    ///     let key = key.unwrap_legacy(&header.slots()[0], header.context())?;
    ///     let mut opener = Opener::allowing(&header, key, &Context::default(), commitment)?;
    ///     let mut plaintext = SecretBytes::new();
    ///     opener.push(&message[header.encoded_len()..], &mut plaintext)?;
    ///     opener.finish()?;
    ///     Ok(plaintext)
    /// }
    /// ```
    #[cfg(any(not(target_arch = "wasm32"), feature = "formats"))]
    pub fn allowing(
        header: &Header,
        key: LegacyKey,
        unstored: &Context,
        commitment: Commitment,
    ) -> Result<Self, Error> {
        let signature = Signature::of(header)?;
        let authentic = header.authenticate_allowing(key, unstored, commitment)?;
        Ok(Self::start(header, authentic, signature))
    }

    fn start(header: &Header, (cipher, key): Authentic, signature: Option<Signature>) -> Self {
        scrub_stack();
        Self {
            cipher,
            key,
            message_id: header.message_id.clone(),
            content: header.content,
            state: State::Body,
            sequence: 1,
            pending: Vec::new(),
            position: header.bytes.len(),
            signature,
        }
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
            // spec: M-28
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

    /// Whether frames are what comes next.
    #[cfg(any(test, target_arch = "wasm32"))]
    pub(super) fn is_in_body(&self) -> bool {
        self.state == State::Body
    }

    /// Says that the final frame was opened elsewhere.
    #[cfg(any(test, target_arch = "wasm32"))]
    pub(super) const fn end(&mut self) {
        self.state = State::Done;
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
                    // spec: M-26
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
                    // spec: M-29
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
            // spec: M-23
            Some(len) if u32::from_be_bytes(*len) <= frame_len => {
                Ok(u32::from_be_bytes(*len) as usize + FINAL_OVERHEAD)
            }
            // spec: M-25
            Some(_) => Err(Error::at(Problem::FrameFinalLength, self.position)),
        }
    }

    fn expect_sequence(&self, found: [u8; 4]) -> Result<(), Error> {
        // spec: M-24
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
        let kind = match (self.content, self.pending.first_chunk::<4>()) {
            (Content::Single { .. }, _) => Kind::Single,
            (Content::Framed { .. }, Some(&FINAL_MARK)) => Kind::Final,
            (Content::Framed { .. }, _) => Kind::Regular,
        };
        if let Some(signature) = &mut self.signature {
            signature.update(&self.pending);
        }
        let is_last = kind != Kind::Regular;
        let target = match &mut self.signature {
            // spec: M-41
            Some(signature) if is_last => signature.held(),
            _ => plaintext,
        };
        let place = (kind, self.sequence);
        frame::open(&self.cipher, &self.message_id, place, &self.pending, target)?;
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
