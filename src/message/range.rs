//! Ranges of unsigned messages in frames: only the frames that cover them are fetched.

use core::fmt;
use core::ops::{Range, RangeInclusive};

use super::frame::{self, FINAL_MARK, FINAL_OVERHEAD, Kind, REGULAR_OVERHEAD};
use super::header::{Content, Header};
use super::suite::Commitment;
use crate::aead::{NONCE_LEN, OpeningGcm};
use crate::context::Context;
use crate::error::{Error, Problem};
use crate::key::LegacyKey;
use crate::secret::{SecretBytes, scrub_stack};

/// Where the frames of a message stand, worked out from how many bytes it has.
///
/// The number is only a claim until the final frame has been opened in its place, with which
/// [`MessageRangeOpener::new`] begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameLayout {
    header_len: u64,
    frame_len: u32,
    // Regular frames; the final one follows them.
    regular: u32,
    final_len: u32,
}

impl FrameLayout {
    /// Takes a message of `message_len` bytes to pieces.
    ///
    /// # Errors
    /// `ERR_POLICY_SUITE` if the message is signed or in one piece: a part of it can be neither
    /// verified nor found. `ERR_FORMAT_TRUNCATED` if no message of this header has this length;
    /// `ERR_FORMAT_INVALID` over 2³² − 1 frames.
    pub fn of(header: &Header, message_len: u64) -> Result<Self, Error> {
        // spec: M-60
        let Content::Framed { frame_len } = header.content else {
            return Err(Problem::RangeSuite.into());
        };
        if header.suite.is_signed() {
            return Err(Problem::RangeSuite.into());
        }
        let truncated = Error::from(Problem::BodyTruncated);
        let header_len = header.bytes.len() as u64;
        // spec: M-63
        let body = message_len
            .checked_sub(header_len + FINAL_OVERHEAD as u64)
            .ok_or(truncated)?;
        let stride = u64::from(frame_len) + REGULAR_OVERHEAD as u64;
        let final_len = u32::try_from(body % stride).map_err(|_| truncated)?;
        if final_len > frame_len {
            return Err(truncated);
        }
        let regular = u32::try_from(body / stride).map_err(|_| Problem::FramesTooMany)?;
        // The final frame needs a number too.
        if regular == u32::MAX {
            return Err(Problem::FramesTooMany.into());
        }
        Ok(Self {
            header_len,
            frame_len,
            regular,
            final_len,
        })
    }

    /// Bytes of the plaintext.
    #[must_use]
    pub const fn plaintext_len(&self) -> u64 {
        // Under 2⁶⁴: both factors are under 2³².
        self.regular as u64 * self.frame_len as u64 + self.final_len as u64
    }

    /// Where the final frame stands in the message.
    #[must_use]
    pub const fn final_frame(&self) -> Range<u64> {
        let start = self.start_of(self.regular);
        start..start + self.final_len as u64 + FINAL_OVERHEAD as u64
    }

    // Under 2⁶⁴: it is at most the length that the layout was made of.
    const fn start_of(&self, frame: u32) -> u64 {
        self.header_len + frame as u64 * (self.frame_len as u64 + REGULAR_OVERHEAD as u64)
    }

    /// Says what to fetch for a range of the plaintext.
    ///
    /// An empty range fetches the frame it stands in all the same.
    ///
    /// # Errors
    /// `ERR_ARGUMENT` if the range is turned round or reaches over the end.
    pub fn plan(&self, range: Range<u64>) -> Result<MessageRangePlan, Error> {
        if range.start > range.end || range.end > self.plaintext_len() {
            return Err(Problem::RangeInvalid.into());
        }
        let frame_len = u64::from(self.frame_len);
        let index = |byte: u64| {
            u32::try_from(byte / frame_len).map_or(self.regular, |frame| frame.min(self.regular))
        };
        let first = index(range.start);
        let last = index(range.end.saturating_sub(1).max(range.start));
        let end = if last == self.regular {
            self.final_frame().end
        } else {
            self.start_of(last + 1)
        };
        Ok(MessageRangePlan {
            layout: *self,
            frames: first..=last,
            fetch: self.start_of(first)..end,
            skip: range.start - u64::from(first) * frame_len,
            len: range.end - range.start,
        })
    }
}

/// What to fetch for a range, and what to do with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageRangePlan {
    layout: FrameLayout,
    frames: RangeInclusive<u32>,
    fetch: Range<u64>,
    skip: u64,
    len: u64,
}

impl MessageRangePlan {
    /// The bytes of the message to fetch.
    #[must_use]
    pub const fn fetch(&self) -> &Range<u64> {
        &self.fetch
    }
}

/// Opens ranges of one message.
///
/// Making one proves the header and, by the final frame, where the message ends. Every byte that it
/// gives is authentic and stands where it says.
///
/// # Example
/// ```
/// use tsutsumi::message::{
///     Commitment, FrameLayout, Header, Limits, MessageRangeOpener, Sealer, Slot,
/// };
/// use tsutsumi::{Context, DataKey, SecretBytes};
///
/// let (key, context) = (DataKey::generate()?, Context::default());
/// let mut sealer = Sealer::new(&key, &context, &[Slot::new("example", "key 1", "wrapped")?])?;
/// let mut message = sealer.header().to_vec();
/// sealer.push(&[7; 200_000], &mut message)?;
/// sealer.finish(&mut message)?;
/// let fetch = |range: &std::ops::Range<u64>| &message[range.start as usize..range.end as usize];
///
/// let header = Header::read_whole(&message, &Limits::default())?;
/// let layout = FrameLayout::of(&header, message.len() as u64)?;
/// let final_frame = fetch(&layout.final_frame());
/// let required = Commitment::Required;
/// let key = (&key).into();
/// let opener = MessageRangeOpener::new(&header, key, &context, required, layout, final_frame)?;
/// let plan = layout.plan(100_000..100_010)?;
/// let mut plaintext = SecretBytes::new();
/// opener.open(&plan, fetch(plan.fetch()), &mut plaintext)?;
/// assert_eq!(plaintext.as_bytes(), [7; 10]);
/// assert_eq!(fetch(plan.fetch()).len(), 65_536 + 32);
/// # Ok::<(), tsutsumi::Error>(())
/// ```
///
/// # Source
/// AWS Encryption SDK specification, "Framed Data": position, finality and length are authenticated
/// with every frame. Ranges are not mentioned there.
pub struct MessageRangeOpener {
    cipher: OpeningGcm,
    message_id: Vec<u8>,
    layout: FrameLayout,
}

impl MessageRangeOpener {
    /// Checks the header against a data key, and the final frame, which says where the message
    /// ends.
    ///
    /// # Errors
    /// `ERR_OPEN_FAILED` if key or context is another one, or header or final frame were altered;
    /// `ERR_POLICY_SUITE` for a suite that `commitment` does not allow; `ERR_FORMAT_INVALID` if
    /// another frame stands where the final one should.
    pub fn new(
        header: &Header,
        key: LegacyKey,
        unstored: &Context,
        commitment: Commitment,
        layout: FrameLayout,
        final_frame: &[u8],
    ) -> Result<Self, Error> {
        if header.suite.is_signed() {
            return Err(Problem::RangeSuite.into());
        }
        let (cipher, _) = header.authenticate_allowing(key, unstored, commitment)?;
        let opener = Self {
            cipher,
            message_id: header.message_id.clone(),
            layout,
        };
        // spec: M-61
        opener.open_frame(layout.regular, final_frame, &mut SecretBytes::new())?;
        scrub_stack();
        Ok(opener)
    }

    /// Where the frames of the message stand, as is known by now.
    #[must_use]
    pub const fn layout(&self) -> &FrameLayout {
        &self.layout
    }

    /// Opens what was fetched for a plan, and appends the range.
    ///
    /// # Errors
    /// `ERR_FORMAT_TRUNCATED` if more or fewer bytes were fetched than planned;
    /// `ERR_FORMAT_INVALID` if a frame is another one than planned; `ERR_OPEN_FAILED` if one was
    /// altered; `ERR_ARGUMENT` for a plan of another message. Nothing is appended then.
    pub fn open(
        &self,
        plan: &MessageRangePlan,
        fetched: &[u8],
        plaintext: &mut SecretBytes,
    ) -> Result<(), Error> {
        if plan.layout != self.layout {
            return Err(Problem::RangeInvalid.into());
        }
        let truncated = Error::from(Problem::BodyTruncated);
        if fetched.len() as u64 != plan.fetch.end - plan.fetch.start {
            return Err(truncated);
        }
        let mut opened = SecretBytes::with_capacity(fetched.len());
        let mut rest = fetched;
        for index in plan.frames.clone() {
            let overhead = match index == self.layout.regular {
                true => self.layout.final_len as usize + FINAL_OVERHEAD,
                false => self.layout.frame_len as usize + REGULAR_OVERHEAD,
            };
            let (unit, tail) = rest.split_at_checked(overhead).ok_or(truncated)?;
            self.open_frame(index, unit, &mut opened)?;
            rest = tail;
        }
        scrub_stack();
        let bounds = (usize::try_from(plan.skip), usize::try_from(plan.len));
        let (Ok(skip), Ok(len)) = bounds else {
            return Err(Problem::RangeInvalid.into());
        };
        let range = opened
            .as_bytes()
            .get(skip..)
            .and_then(|rest| rest.get(..len));
        plaintext.extend_from_slice(range.ok_or(truncated)?);
        Ok(())
    }

    /// Opens the frame of an index, which has to be the one that stands there.
    fn open_frame(
        &self,
        index: u32,
        unit: &[u8],
        plaintext: &mut SecretBytes,
    ) -> Result<(), Error> {
        let sequence = index.checked_add(1).ok_or(Problem::FramesTooMany)?;
        let number = sequence.to_be_bytes();
        let (kind, stands) = if index == self.layout.regular {
            let place = 8 + NONCE_LEN;
            let stands = unit.starts_with(&[FINAL_MARK, number].concat())
                && unit.get(place..place + 4) == Some(&self.layout.final_len.to_be_bytes())
                && unit.len() == self.layout.final_len as usize + FINAL_OVERHEAD;
            (Kind::Final, stands)
        } else {
            (Kind::Regular, unit.starts_with(&number))
        };
        // spec: M-62
        if !stands {
            return Err(Problem::FrameOrder.into());
        }
        let place = (kind, sequence);
        frame::open(&self.cipher, &self.message_id, place, unit, plaintext)
    }
}

impl fmt::Debug for MessageRangeOpener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageRangeOpener")
            .field("layout", &self.layout)
            .finish_non_exhaustive()
    }
}
