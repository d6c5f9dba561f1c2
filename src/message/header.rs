//! The header of a message: read from bytes, or written for a message about to be sealed.

use super::derive::{COMMITMENT_LEN, Committed, MESSAGE_ID_LEN};
use super::limits::Limits;
use super::reader::{Reader, Stop};
use super::slot::Slot;
use super::suite::{Suite, is_uncommitted};
use crate::aead::TAG_LEN;
use crate::context::{Context, PUBLIC_KEY, push_len};
use crate::error::{Error, Problem};
use crate::key::DataKey;

/// The nonce of the header's tag, which version 2 does not write down. Frames count from one.
const HEADER_NONCE: [u8; 12] = [0; 12];

const VERSION: u8 = 2;
const CONTENT_SINGLE: u8 = 1;
const CONTENT_FRAMED: u8 = 2;

/// How the body is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    Framed {
        frame_len: u32,
    },
    /// In one piece, which only other writers make; the limit stands for the length, not yet known.
    Single {
        len_max: u32,
    },
}

/// The header of a message.
///
/// Nothing in it is authentic before an [`Opener`](super::Opener) has been made of it: until then
/// it only says which key to ask for.
///
/// # Source
/// AWS Encryption SDK specification, "Message Header".
#[derive(Clone, Debug)]
pub struct Header {
    pub(crate) bytes: Vec<u8>,
    pub(crate) suite: Suite,
    pub(crate) message_id: [u8; MESSAGE_ID_LEN],
    pub(crate) context: Context,
    pub(crate) slots: Vec<Slot>,
    pub(crate) content: Content,
    pub(crate) commitment: [u8; COMMITMENT_LEN],
}

impl Header {
    /// Reads the header off the front of a message that may still be arriving.
    ///
    /// Returns `None` where everything so far is in order but more bytes are needed. Allocates no
    /// more than the bytes given, whatever lengths they claim.
    ///
    /// # Errors
    /// `ERR_FORMAT_*` at the byte where it stops making sense; `ERR_POLICY_SUITE` for suites that
    /// do not commit to their key; `ERR_LIMIT` where it exceeds `limits`.
    ///
    /// # Example
    /// ```
    /// use tsutsumi::message::{Header, Limits};
    ///
    /// assert!(Header::read(&[2], &Limits::default())?.is_none());
    /// assert!(Header::read(b"hello", &Limits::default()).is_err());
    /// # Ok::<(), tsutsumi::Error>(())
    /// ```
    pub fn read(bytes: &[u8], limits: &Limits) -> Result<Option<Self>, Error> {
        match Self::parse(bytes, limits) {
            Ok(header) if header.bytes.len() as u64 <= u64::from(limits.header_len) => {
                Ok(Some(header))
            }
            Err(Stop::More) if bytes.len() as u64 <= u64::from(limits.header_len) => Ok(None),
            Ok(_) | Err(Stop::More) => Err(Problem::HeaderTooLong.into()),
            Err(Stop::Bad(error)) => Err(error),
        }
    }

    /// Reads the header of a message that is all there.
    ///
    /// # Errors
    /// As [`read`](Self::read), and `ERR_FORMAT_TRUNCATED` if the bytes end inside the header.
    pub fn read_whole(bytes: &[u8], limits: &Limits) -> Result<Self, Error> {
        let header = Self::read(bytes, limits)?;
        header.ok_or_else(|| Error::at(Problem::HeaderTruncated, bytes.len()))
    }

    /// Bytes that the header takes, its tag included.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        self.bytes.len()
    }

    /// The context that the message carries.
    #[must_use]
    pub const fn context(&self) -> &Context {
        &self.context
    }

    /// The wrapped copies of the data key.
    #[must_use]
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// The algorithm suite.
    #[must_use]
    pub const fn suite(&self) -> Suite {
        self.suite
    }

    /// Checks that the message carries just the context expected.
    ///
    /// # Errors
    /// `ERR_POLICY_CONTEXT` if it does not.
    pub fn match_context(&self, expected: &Context) -> Result<(), Error> {
        if self.context == *expected {
            Ok(())
        } else {
            Err(Problem::ContextMismatch.into())
        }
    }

    /// Writes the header of a new message.
    pub(crate) fn write(
        key: &DataKey,
        message_id: [u8; MESSAGE_ID_LEN],
        context: &Context,
        slots: &[Slot],
        frame_len: u32,
    ) -> Result<(Self, Committed), Error> {
        let suite = Suite::Committing;
        let (committed, commitment) = Committed::derive(key, suite, &message_id);
        let context_bytes = context.encode();
        let mut bytes = vec![VERSION];
        bytes.extend_from_slice(&suite.id().to_be_bytes());
        bytes.extend_from_slice(&message_id);
        push_len(&mut bytes, context_bytes.len());
        bytes.extend_from_slice(&context_bytes);
        push_len(&mut bytes, slots.len());
        for slot in slots {
            slot.write(&mut bytes);
        }
        bytes.push(CONTENT_FRAMED);
        bytes.extend_from_slice(&frame_len.to_be_bytes());
        bytes.extend_from_slice(&commitment);
        let tag = committed.cipher().seal(&HEADER_NONCE, &bytes, &mut [])?;
        bytes.extend_from_slice(&tag);
        let header = Self {
            bytes,
            suite,
            message_id,
            context: context.clone(),
            slots: slots.to_vec(),
            content: Content::Framed { frame_len },
            commitment,
        };
        Ok((header, committed))
    }

    /// Checks commitment and tag, and so makes everything in the header authentic.
    ///
    /// # Arguments
    /// * `unstored` - pairs that were authenticated with the message but not stored in it.
    pub(crate) fn authenticate(
        &self,
        key: &DataKey,
        unstored: &Context,
    ) -> Result<Committed, Error> {
        let committed = Committed::check(key, self.suite, &self.message_id, &self.commitment)?;
        let failed = Error::from(Problem::OpenFailed);
        let (body, tag) = self.bytes.split_last_chunk::<TAG_LEN>().ok_or(failed)?;
        let aad = [body, &unstored.encode()].concat();
        committed.cipher().open(&HEADER_NONCE, &aad, &mut [], tag)?;
        Ok(committed)
    }

    fn parse(bytes: &[u8], limits: &Limits) -> Result<Self, Stop> {
        let mut reader = Reader::new(bytes);
        read_version(&mut reader, bytes)?;
        let suite = read_suite(&mut reader)?;
        let message_id = reader.array()?;
        let context_bytes = reader.prefixed()?;
        let context =
            Context::decode(context_bytes).map_err(|error| reader.bad(error.problem()))?;
        if context.value(PUBLIC_KEY).is_some() != suite.is_signed() {
            return Err(reader.bad(Problem::SignatureContext));
        }
        let slots = read_slots(&mut reader, limits)?;
        let content = read_content(&mut reader, limits)?;
        let commitment = reader.array()?;
        reader.take(TAG_LEN)?;
        let bytes = bytes[..reader.position()].to_vec();
        Ok(Self {
            bytes,
            suite,
            message_id,
            context,
            slots,
            content,
            commitment,
        })
    }
}

fn read_version(reader: &mut Reader<'_>, bytes: &[u8]) -> Result<(), Stop> {
    match reader.u8()? {
        VERSION => Ok(()),
        1 => {
            // Version 1 is known well enough to say what is wrong with it.
            let kind = reader.u8()?;
            let suite = reader.u16()?;
            let known = kind == 0x80 && is_uncommitted(suite);
            let problem = if known {
                Problem::SuiteUncommitted
            } else {
                Problem::NotAMessage
            };
            Err(Stop::Bad(problem.into()))
        }
        b'A' if matches!(bytes.get(1), None | Some(b'g' | b'Y')) => {
            reader.take(1)?;
            Err(Stop::Bad(Problem::Base64Text.into()))
        }
        _ => Err(Stop::Bad(Problem::NotAMessage.into())),
    }
}

fn read_suite(reader: &mut Reader<'_>) -> Result<Suite, Stop> {
    let id = reader.u16()?;
    Suite::from_id(id).ok_or_else(|| reader.bad(Problem::SuiteUnknown))
}

fn read_slots(reader: &mut Reader<'_>, limits: &Limits) -> Result<Vec<Slot>, Stop> {
    let count = reader.u16()?;
    if count == 0 {
        return Err(reader.bad(Problem::SlotsNone));
    }
    if count > limits.slots {
        return Err(reader.bad(Problem::SlotsTooMany));
    }
    (0..count).map(|_| Slot::read(reader)).collect()
}

fn read_content(reader: &mut Reader<'_>, limits: &Limits) -> Result<Content, Stop> {
    let (content_type, frame_len) = (reader.u8()?, reader.u32()?);
    match (content_type, frame_len) {
        (CONTENT_SINGLE, 0) => Ok(Content::Single {
            len_max: limits.frame_len,
        }),
        (CONTENT_FRAMED, 1..) if frame_len <= limits.frame_len => Ok(Content::Framed { frame_len }),
        (CONTENT_FRAMED, 1..) => Err(reader.bad(Problem::FrameTooLong)),
        _ => Err(reader.bad(Problem::ContentType)),
    }
}
