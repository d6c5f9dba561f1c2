//! The header of a message: read from bytes, or written for a message about to be sealed.

use super::derive::{COMMITMENT_LEN, Committed, MESSAGE_ID_LEN};
use super::limits::Limits;
use super::reader::{Reader, Stop};
use super::slot::Slot;
use super::suite::{Commitment, Suite};
use super::uncommitted;
use crate::aead::{NONCE_LEN, OpeningGcm, TAG_LEN};
use crate::context::{Context, PUBLIC_KEY, push_len};
use crate::error::{Error, Problem};
use crate::key::DataKey;
#[cfg(any(not(target_arch = "wasm32"), feature = "formats"))]
use crate::key::LegacyKey;
use crate::secret::Secret;

/// The nonce of the header's tag, which version 2 does not write down. Frames count from one.
const HEADER_NONCE: [u8; NONCE_LEN] = [0; NONCE_LEN];

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

/// What an authentic header leads to: a cipher, and its key where the suite commits to that.
pub(crate) type Authentic = (OpeningGcm, Option<Secret<32>>);

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
    pub(crate) message_id: Vec<u8>,
    pub(crate) context: Context,
    pub(crate) slots: Vec<Slot>,
    pub(crate) content: Content,
    /// Of version 2; nothing where the suite does not commit.
    pub(crate) commitment: [u8; COMMITMENT_LEN],
    /// The nonce of the tag where the header writes it down, which is in version 1.
    pub(crate) nonce: Option<[u8; NONCE_LEN]>,
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
        Self::read_allowing(bytes, limits, Commitment::Required)
    }

    /// As [`read`](Self::read), for suites of version 1 too where `commitment` says so.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_allowing(
        bytes: &[u8],
        limits: &Limits,
        commitment: Commitment,
    ) -> Result<Option<Self>, Error> {
        match Self::parse(bytes, limits, commitment) {
            Ok(header) if header.bytes.len() as u64 <= u64::from(limits.header_len) => {
                Ok(Some(header))
            }
            Err(Stop::More) if bytes.len() as u64 <= u64::from(limits.header_len) => Ok(None),
            // spec: M-11
            Ok(_) | Err(Stop::More) => Err(Problem::HeaderTooLong.into()),
            Err(Stop::Bad(error)) => Err(error),
        }
    }

    /// Reads the header of a message that is all there.
    ///
    /// # Errors
    /// As [`read`](Self::read), and `ERR_FORMAT_TRUNCATED` if the bytes end inside the header.
    pub fn read_whole(bytes: &[u8], limits: &Limits) -> Result<Self, Error> {
        Self::read_whole_allowing(bytes, limits, Commitment::Required)
    }

    /// As [`read_whole`](Self::read_whole), for suites of version 1 too where `commitment` says so.
    ///
    /// # Errors
    /// As [`read_whole`](Self::read_whole).
    pub fn read_whole_allowing(
        bytes: &[u8],
        limits: &Limits,
        commitment: Commitment,
    ) -> Result<Self, Error> {
        let header = Self::read_allowing(bytes, limits, commitment)?;
        // spec: M-12
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

    /// Checks that the message carries just the context expected; the entry that the format itself
    /// adds to signed messages is left out of account.
    ///
    /// # Errors
    /// `ERR_POLICY_CONTEXT` if it does not.
    pub fn match_context(&self, expected: &Context) -> Result<(), Error> {
        // spec: M-15
        if self.context.without_public_key().eq(expected.iter()) {
            Ok(())
        } else {
            Err(Problem::ContextMismatch.into())
        }
    }

    /// Writes the header of a new message.
    ///
    /// # Arguments
    /// * `unstored` - pairs that are authenticated with the message but not stored in it.
    pub(crate) fn write(
        key: &DataKey,
        message_id: [u8; MESSAGE_ID_LEN],
        (context, unstored): (&Context, &Context),
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
        let body_len = bytes.len();
        bytes.extend_from_slice(&unstored.encode());
        let tag = committed.cipher().seal(&HEADER_NONCE, &bytes, &mut [])?;
        bytes.truncate(body_len);
        bytes.extend_from_slice(&tag);
        let header = Self {
            bytes,
            suite,
            message_id: message_id.to_vec(),
            context: context.clone(),
            slots: slots.to_vec(),
            content: Content::Framed { frame_len },
            commitment,
            nonce: None,
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
    ) -> Result<Authentic, Error> {
        // A header of version 1 holds no commitment that could be compared.
        Commitment::Required.check(self.suite)?;
        // spec: M-13
        let committed = Committed::check(key, self.suite, &self.message_id, &self.commitment)?;
        let (cipher, key) = committed.into_parts();
        let cipher = cipher.of_any_size();
        self.check_tag(&cipher, unstored)?;
        Ok((cipher, Some(key)))
    }

    /// The same for a suite that need not commit.
    #[cfg(any(not(target_arch = "wasm32"), feature = "formats"))]
    pub(crate) fn authenticate_allowing(
        &self,
        key: LegacyKey,
        unstored: &Context,
        commitment: Commitment,
    ) -> Result<Authentic, Error> {
        if self.suite.commits() {
            return self.authenticate(&key.into_data_key()?, unstored);
        }
        commitment.check(self.suite)?;
        let cipher = uncommitted::cipher(&key, self.suite, &self.message_id)?;
        self.check_tag(&cipher, unstored)?;
        Ok((cipher, None))
    }

    fn check_tag(&self, cipher: &OpeningGcm, unstored: &Context) -> Result<(), Error> {
        let failed = Error::from(Problem::OpenFailed);
        let (rest, tag) = self.bytes.split_last_chunk::<TAG_LEN>().ok_or(failed)?;
        let (body, nonce) = match self.nonce {
            Some(nonce) => (&rest[..rest.len().saturating_sub(NONCE_LEN)], nonce),
            None => (rest, HEADER_NONCE),
        };
        let aad = [body, &unstored.encode()].concat();
        // spec: M-14
        cipher.open(&nonce, &aad, &mut [], tag)
    }

    fn parse(bytes: &[u8], limits: &Limits, commitment: Commitment) -> Result<Self, Stop> {
        let mut reader = Reader::new(bytes);
        // spec: M-1, M-2
        match reader.u8()? {
            VERSION => (),
            1 => return uncommitted::parse(&mut reader, limits, commitment),
            b'A' if matches!(bytes.get(1), None | Some(b'g' | b'Y')) => {
                reader.take(1)?;
                return Err(Stop::Bad(Problem::Base64Text.into()));
            }
            _ => return Err(Stop::Bad(Problem::NotAMessage.into())),
        }
        let suite = read_suite(&mut reader, VERSION)?;
        let message_id = reader.take(MESSAGE_ID_LEN)?.to_vec();
        let context = read_context(&mut reader, suite)?;
        let slots = read_slots(&mut reader, limits)?;
        let content_type = reader.u8()?;
        let content = read_content(&mut reader, content_type, limits)?;
        let commitment = reader.array()?;
        reader.take(TAG_LEN)?;
        Ok(Self {
            bytes: reader.taken().to_vec(),
            suite,
            message_id,
            context,
            slots,
            content,
            commitment,
            nonce: None,
        })
    }
}

/// A suite of messages of this version.
// spec: M-4
pub(super) fn read_suite(reader: &mut Reader<'_>, version: u8) -> Result<Suite, Stop> {
    let suite = Suite::from_id(reader.u16()?).filter(|suite| suite.version() == version);
    suite.ok_or_else(|| reader.bad(Problem::SuiteUnknown))
}

/// The context, which holds a public key if the suite is signed, and only then.
pub(super) fn read_context(reader: &mut Reader<'_>, suite: Suite) -> Result<Context, Stop> {
    let context = Context::decode(reader.prefixed()?);
    let context = context.map_err(|error| reader.bad(error.problem()))?;
    // spec: M-40
    if context.value(PUBLIC_KEY).is_some() != suite.is_signed() {
        return Err(reader.bad(Problem::SignatureContext));
    }
    Ok(context)
}

pub(super) fn read_slots(reader: &mut Reader<'_>, limits: &Limits) -> Result<Vec<Slot>, Stop> {
    let count = reader.u16()?;
    // spec: M-6
    if count == 0 {
        return Err(reader.bad(Problem::SlotsNone));
    }
    // spec: M-7
    if count > limits.slots {
        return Err(reader.bad(Problem::SlotsTooMany));
    }
    (0..count).map(|_| Slot::read(reader)).collect()
}

/// How the body is cut: the frame length, which has to fit the content type read before.
pub(super) fn read_content(
    reader: &mut Reader<'_>,
    content_type: u8,
    limits: &Limits,
) -> Result<Content, Stop> {
    match (content_type, reader.u32()?) {
        (CONTENT_SINGLE, 0) => Ok(Content::Single {
            len_max: limits.frame_len,
        }),
        (CONTENT_FRAMED, frame_len @ 1..) if frame_len <= limits.frame_len => {
            Ok(Content::Framed { frame_len })
        }
        // spec: M-10
        (CONTENT_FRAMED, 1..) => Err(reader.bad(Problem::FrameTooLong)),
        // spec: M-9
        _ => Err(reader.bad(Problem::ContentType)),
    }
}
