//! Key tables: the keys of records, kept as a Tink keyset inside a message.
//!
//! A table is opened once, which costs a call of a key service, and then seals and opens records by
//! itself. It has one primary key, which seals; every enabled key opens. A record names its key,
//! and no other is ever tried.
//!
//! The keyset is what Tink writes, in binary or as JSON, so that whoever opens the message with an
//! AWS Encryption SDK can hand it to Tink in C++, Java, Go or Python.

mod change;
mod json;
mod key;
mod keyset;
mod message;
mod proto;

use core::fmt;

use crate::error::{Error, Problem};
use crate::record::{self, Nonces};
use crate::secret::{SecretBytes, scrub_stack};
use key::Entry;

pub use key::{Kind, Prefix, Status, TableKey};
pub use message::{CONTEXT_PAIR, Form};

/// Keys that a table may have, destroyed ones included.
pub const KEYS_MAX: usize = 512;

/// Bytes of a keyset, binary or JSON.
pub const KEYSET_LEN_MAX: usize = 256 << 10;

/// A table of keys, which seals and opens records.
///
/// Holds its keys expanded, in types that wipe themselves; prints none. Sealing costs a nonce, two
/// AES blocks and a key schedule more than AES-256-GCM does.
///
/// # Example
/// ```
/// use tsutsumi::{Context, table::KeyTable};
///
/// let mut table = KeyTable::generate()?;
/// let context = Context::new([("row", "17")])?.encode();
/// let record = table.seal(&context, b"4242 4242 4242 4242")?;
/// assert_eq!(record.len(), 19 + tsutsumi::record::OVERHEAD);
///
/// table.rotate()?; // old records still open, new ones have a new key
/// assert_eq!(table.open(&context, &record)?.as_bytes(), b"4242 4242 4242 4242");
/// # Ok::<(), tsutsumi::Error>(())
/// ```
///
/// # Source
/// Tink, "Keysets" and "Wire format"; <https://c2sp.org/XAES-256-GCM>;
/// <https://c2sp.org/chunked-encryption>.
pub struct KeyTable {
    primary: u32,
    entries: Vec<Entry>,
}

impl KeyTable {
    /// The keys, without any material, in the order of the keyset.
    pub fn keys(&self) -> impl Iterator<Item = TableKey> {
        self.entries
            .iter()
            .map(|entry| entry.describe(self.primary))
    }

    /// Seals a value into a record, under the primary key.
    ///
    /// # Arguments
    /// * `aad` - authenticated with the value, needed to open it, not stored; usually
    ///   [`Context::encode`](crate::Context::encode), which the SDK passes.
    /// * `value` - up to [`VALUE_LEN_MAX`](crate::record::VALUE_LEN_MAX) bytes.
    ///
    /// # Errors
    /// `ERR_LIMIT` for longer values; `ERR_POLICY_SUITE` if the primary key is of AES-GCM, which
    /// only opens here; `ERR_INTERNAL` if the platform gives no randomness.
    pub fn seal(&self, aad: &[u8], value: &[u8]) -> Result<Vec<u8>, Error> {
        let mut record = Vec::new();
        self.seal_to(&mut Nonces::new(1), aad, value, &mut record)?;
        scrub_stack();
        Ok(record)
    }

    /// Opens a record with the key that it names.
    ///
    /// A record without a prefix is opened if one enabled key of the table, and no more, is without
    /// a prefix too.
    ///
    /// # Errors
    /// `ERR_OPEN_FAILED` if the record was altered, or sealed under another key of the same id or
    /// other `aad`; `ERR_POLICY_KEY` if the table has no enabled key of its id;
    /// `ERR_FORMAT_VERSION` or `ERR_FORMAT_TRUNCATED` if it is no record; `ERR_LIMIT` if it is
    /// longer than any.
    pub fn open(&self, aad: &[u8], record: &[u8]) -> Result<SecretBytes, Error> {
        let mut value = SecretBytes::with_capacity(record.len());
        self.open_to(aad, record, &mut value)?;
        scrub_stack();
        Ok(value)
    }

    /// Seals a value into a committing record, under the primary key.
    ///
    /// # Errors
    /// As [`seal`](Self::seal).
    ///
    /// # Example
    /// ```
    /// let table = tsutsumi::table::KeyTable::generate()?;
    /// let record = table.seal_committing(b"row 17", b"value")?;
    /// assert_eq!(record.len(), 5 + tsutsumi::record::COMMITTING_OVERHEAD);
    /// assert_eq!(table.open_committing(b"row 17", &record)?.as_bytes(), b"value");
    /// assert!(table.open(b"row 17", &record).is_err());
    /// # Ok::<(), tsutsumi::Error>(())
    /// ```
    pub fn seal_committing(&self, aad: &[u8], value: &[u8]) -> Result<Vec<u8>, Error> {
        let mut record = Vec::new();
        self.seal_committing_to(aad, value, &mut record)?;
        Ok(record)
    }

    /// Opens a committing record with the key that it names, after its commitment was compared.
    ///
    /// # Errors
    /// As [`open`](Self::open); `ERR_POLICY_SUITE` if the key that it names is of AES-GCM.
    pub fn open_committing(&self, aad: &[u8], record: &[u8]) -> Result<SecretBytes, Error> {
        let mut value = SecretBytes::with_capacity(record.len());
        self.open_committing_to(aad, record, &mut value)?;
        Ok(value)
    }

    /// Appends a record. Leaves the stack as it is.
    pub(crate) fn seal_to(
        &self,
        nonces: &mut Nonces,
        aad: &[u8],
        value: &[u8],
        record: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let entry = self.primary()?;
        let prefix = entry.prefix_bytes();
        entry
            .cipher()?
            .seal(nonces, prefix.as_slice(), aad, value, record)
    }

    /// Appends the value of a record, or nothing. Leaves the stack as it is.
    pub(crate) fn open_to(
        &self,
        aad: &[u8],
        record: &[u8],
        value: &mut SecretBytes,
    ) -> Result<(), Error> {
        // spec: R-2, R-6
        let named = self
            .entries
            .iter()
            .find(|entry| entry.prefix_starts(record));
        let (entry, prefix_len) = match named {
            Some(entry) => (entry, key::PREFIX_LEN),
            None => (self.without_prefix(record)?, 0),
        };
        entry.cipher()?.open(aad, &record[prefix_len..], value)
    }

    /// Appends a committing record.
    pub(crate) fn seal_committing_to(
        &self,
        aad: &[u8],
        value: &[u8],
        record: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let entry = self.primary()?;
        entry.committing()?.seal(entry.id, aad, value, record)
    }

    /// Appends the value of a committing record, or nothing.
    pub(crate) fn open_committing_to(
        &self,
        aad: &[u8],
        record: &[u8],
        value: &mut SecretBytes,
    ) -> Result<(), Error> {
        let entry = self
            .find(record::committing_id(record)?)
            .ok_or(Problem::RecordKeyMissing)?;
        entry.committing()?.open(aad, record, value)
    }

    fn find(&self, id: u32) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.id == id)
    }

    fn primary(&self) -> Result<&Entry, Error> {
        self.find(self.primary)
            .ok_or_else(|| Problem::TablePrimary.into())
    }

    /// The one key that a record without a prefix can be of.
    fn without_prefix(&self, record: &[u8]) -> Result<&Entry, Error> {
        let mut raw = self
            .entries
            .iter()
            .filter(|entry| entry.prefix == Prefix::Raw && entry.status == Status::Enabled);
        // spec: R-3
        match (raw.next(), raw.next()) {
            (Some(entry), None) => Ok(entry),
            (Some(_), Some(_)) => Err(Problem::RecordKeyAmbiguous.into()),
            (None, _) => Err(match record {
                [0 | 1, _, _, _, _, ..] => Problem::RecordKeyMissing.into(),
                [] | [0 | 1, ..] => Problem::RecordTruncated.into(),
                _ => Problem::RecordVersion.into(),
            }),
        }
    }
}

impl fmt::Debug for KeyTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys()).finish()
    }
}
