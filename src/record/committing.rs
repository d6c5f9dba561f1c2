//! Committing records: Cobblestone-256 under a key derived from the table's.

use super::{VALUE_LEN_MAX, check_len};
use crate::error::{Error, Problem};
use crate::kdf::derive_32;
use crate::key::DataKey;
use crate::object::{HEADER_LEN, ObjectOpener, ObjectSealer, sealed_len};
use crate::pool::draw;
use crate::secret::{Secret, SecretBytes};

/// What the derived key is for.
const LABEL: &[u8] = b"tsutsumi committing record v1";

/// Bytes of the key's id, with which the salt begins.
const ID_LEN: usize = 4;

/// The Cobblestone-256 input key that belongs to a key of a table.
///
/// A key of its own, so that no key serves as an AES key and as an HMAC key.
pub(crate) struct CommittingKey(DataKey);

impl CommittingKey {
    pub(crate) fn derive(key: &Secret<32>) -> Self {
        Self(DataKey::from_secret(derive_32(
            key.as_bytes(),
            b"",
            &[LABEL],
        )))
    }

    /// Appends a committing record of the value.
    ///
    /// The id takes 4 of the 24 bytes of salt. Of 20 random bytes, 2⁶⁴ records under one key
    /// repeat one with a chance of 2⁻³³; only a repeat under the same key would matter.
    pub(crate) fn seal(
        &self,
        id: u32,
        aad: &[u8],
        value: &[u8],
        record: &mut Vec<u8>,
    ) -> Result<(), Error> {
        check_len(value)?;
        let mut salt = [0; 24];
        salt[..ID_LEN].copy_from_slice(&id.to_be_bytes());
        // spec: R-1
        draw(&mut salt[ID_LEN..])?;
        let mut sealer = ObjectSealer::with_salt(&self.0, aad, &salt);
        record.extend_from_slice(sealer.header());
        sealer.push(value, record)?;
        sealer.finish(record)
    }

    /// Appends the value of a committing record.
    pub(crate) fn open(
        &self,
        aad: &[u8],
        record: &[u8],
        value: &mut SecretBytes,
    ) -> Result<(), Error> {
        let (header, body) = split(record)?;
        if Some(record.len() as u64) > sealed_len(VALUE_LEN_MAX as u64) {
            return Err(Problem::RecordTooLong.into());
        }
        let start = value.len();
        let mut opener = ObjectOpener::new(&self.0, aad, header)?;
        let opened = opener.push(body, value).and_then(|()| opener.finish(value));
        // All or nothing: a value cut at 16 KiB would be authentic, but not the value.
        opened.inspect_err(|_| value.resize(start))
    }
}

/// The id of the key that a committing record names.
pub(crate) fn id_of(record: &[u8]) -> Result<u32, Error> {
    let (header, _) = split(record)?;
    let mut id = [0; ID_LEN];
    id.copy_from_slice(&header[..ID_LEN]);
    Ok(u32::from_be_bytes(id))
}

fn split(record: &[u8]) -> Result<(&[u8; HEADER_LEN], &[u8]), Error> {
    record
        .split_first_chunk()
        .ok_or_else(|| Problem::RecordTruncated.into())
}
