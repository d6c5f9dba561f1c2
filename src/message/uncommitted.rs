//! Version 1 of messages, whose suites do not commit to their key: only read, and only on demand.

use super::header::{Header, read_content, read_context, read_slots, read_suite};
use super::limits::Limits;
use super::reader::{Reader, Stop};
use super::suite::{Commitment, Curve, Suite};
use crate::aead::{NONCE_LEN, OpeningGcm, TAG_LEN};
use crate::error::{Error, Problem};
use crate::kdf;
use crate::key::LegacyKey;
use crate::secret::SecretBytes;

/// "Customer authenticated encrypted data", the only type of message there is.
const TYPE: u8 = 0x80;

const MESSAGE_ID_LEN: usize = 16;

/// Reads what follows the version in a header of version 1.
pub(super) fn parse(
    reader: &mut Reader<'_>,
    limits: &Limits,
    commitment: Commitment,
) -> Result<Header, Stop> {
    // spec: M-52
    if reader.u8()? != TYPE {
        return Err(Stop::Bad(Problem::NotAMessage.into()));
    }
    let suite = read_suite(reader, 1)?;
    // spec: M-3
    commitment.check(suite).map_err(Stop::Bad)?;
    let message_id = reader.take(MESSAGE_ID_LEN)?.to_vec();
    let context = read_context(reader, suite)?;
    let slots = read_slots(reader, limits)?;
    let content_type = reader.u8()?;
    let (reserved, nonce_len) = (reader.u32()?, reader.u8()?);
    if reserved != 0 || usize::from(nonce_len) != NONCE_LEN {
        return Err(reader.bad(Problem::ContentType));
    }
    let content = read_content(reader, content_type, limits)?;
    let nonce = reader.array()?;
    reader.take(TAG_LEN)?;
    Ok(Header {
        bytes: reader.taken().to_vec(),
        suite,
        message_id,
        context,
        slots,
        content,
        commitment: [0; 32],
        nonce: Some(nonce),
    })
}

/// The cipher of a message that does not commit to its key.
///
/// # Errors
/// `ERR_OPEN_FAILED` if the data key has another length than the suite's.
pub(super) fn cipher(
    key: &LegacyKey,
    suite: Suite,
    message_id: &[u8],
) -> Result<OpeningGcm, Error> {
    let key = key.as_bytes();
    // spec: M-53
    if key.len() != suite.key_len() {
        return Err(Problem::OpenFailed.into());
    }
    if !suite.derives() {
        return OpeningGcm::new(key);
    }
    let info = [&suite.id().to_be_bytes(), message_id];
    let mut derived = SecretBytes::from(vec![0; key.len()]);
    let hash = match suite.curve() {
        Some(Curve::P384) => kdf::Hash::Sha384,
        _ => kdf::Hash::Sha256,
    };
    kdf::derive(hash, key, b"", &info, derived.as_mut_bytes())?;
    OpeningGcm::new(derived.as_bytes())
}
