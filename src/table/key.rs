//! One key of a table.

use crate::aead::{Gcm, OpeningGcm};
use crate::error::{Error, Problem};
use crate::record::{CommittingKey, RecordCipher};
use crate::secret::{Secret, SecretBytes};

/// Bytes in front of a record that name its key.
pub(super) const PREFIX_LEN: usize = 5;

/// What a key of a table may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[repr(u8)]
pub enum Status {
    /// Opens records, and seals them if it is the primary key.
    Enabled = 1,
    /// Does nothing until it is enabled again.
    Disabled = 2,
    /// Its material is gone; its id stays taken.
    Destroyed = 3,
}

/// What stands in front of the records of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[repr(u8)]
pub enum Prefix {
    /// `01` and the id.
    Tink = 1,
    /// `00` and the id, of an old kind.
    Legacy = 2,
    /// Nothing.
    Raw = 3,
    /// `00` and the id.
    Crunchy = 4,
}

/// Which cipher a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[repr(u8)]
pub enum Kind {
    /// Another one of Tink's, kept as it is and not used; also that of a destroyed key.
    Other = 0,
    /// XAES-256-GCM: seals and opens.
    Xaes256Gcm = 1,
    /// AES-256-GCM: only opens, since its random nonces are good for 2³² records and nobody here
    /// counts.
    Aes256Gcm = 2,
    /// AES-128-GCM: only opens.
    Aes128Gcm = 3,
}

/// What is told of a key: everything but its material.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TableKey {
    /// The id, unique in the table.
    pub id: u32,
    /// What it may do.
    pub status: Status,
    /// Whether it is the one that seals.
    pub is_primary: bool,
    /// What stands in front of its records.
    pub prefix: Prefix,
    /// Which cipher it is for.
    pub kind: Kind,
}

/// What a key is made of.
pub(super) enum Material {
    Destroyed,
    /// Of a type that is not known here: kept, so that saving the table loses nothing.
    Other {
        type_url: String,
        value: SecretBytes,
        material_type: u32,
    },
    Gcm {
        key: SecretBytes,
        cipher: RecordCipher,
    },
    Xaes {
        key: Secret<32>,
        salt_len: usize,
        cipher: RecordCipher,
        committing: CommittingKey,
    },
}

impl Material {
    /// None for a key that is not of 128 or 256 bits.
    pub(super) fn gcm(key: &[u8]) -> Option<Self> {
        let cipher = RecordCipher::Gcm(opening_gcm(key)?);
        let mut kept = SecretBytes::with_capacity(key.len());
        kept.extend_from_slice(key);
        Some(Self::Gcm { key: kept, cipher })
    }

    pub(super) fn xaes(key: Secret<32>, salt_len: usize) -> Self {
        Self::Xaes {
            cipher: RecordCipher::xaes(&key, salt_len),
            committing: CommittingKey::derive(&key),
            key,
            salt_len,
        }
    }
}

fn opening_gcm(key: &[u8]) -> Option<OpeningGcm> {
    // The module without formats has no tables, and carries no cipher for them.
    #[cfg(any(not(target_arch = "wasm32"), feature = "formats"))]
    if key.len() == 16 {
        return OpeningGcm::new(key).ok();
    }
    let key = Secret::from_slice(key).ok()?;
    Some(Gcm::new(&key).of_any_size())
}

/// A key and its place in the table.
pub(super) struct Entry {
    pub(super) id: u32,
    pub(super) status: Status,
    pub(super) prefix: Prefix,
    pub(super) material: Material,
}

impl Entry {
    pub(super) fn describe(&self, primary: u32) -> TableKey {
        TableKey {
            id: self.id,
            status: self.status,
            is_primary: self.id == primary,
            prefix: self.prefix,
            kind: match &self.material {
                Material::Destroyed | Material::Other { .. } => Kind::Other,
                Material::Gcm { key, .. } if key.len() == 16 => Kind::Aes128Gcm,
                Material::Gcm { .. } => Kind::Aes256Gcm,
                Material::Xaes { .. } => Kind::Xaes256Gcm,
            },
        }
    }

    /// What stands in front of the records of this key.
    pub(super) fn prefix_bytes(&self) -> Bytes {
        let start = match self.prefix {
            Prefix::Raw => return Bytes([0; PREFIX_LEN], 0),
            Prefix::Tink => 1,
            Prefix::Crunchy | Prefix::Legacy => 0,
        };
        let [a, b, c, d] = self.id.to_be_bytes();
        Bytes([start, a, b, c, d], PREFIX_LEN)
    }

    /// Whether a record names this key.
    pub(super) fn prefix_starts(&self, record: &[u8]) -> bool {
        self.prefix != Prefix::Raw && record.starts_with(self.prefix_bytes().as_slice())
    }

    /// The cipher of an enabled key.
    pub(super) fn cipher(&self) -> Result<&RecordCipher, Error> {
        match self.enabled()? {
            Material::Gcm { cipher, .. } | Material::Xaes { cipher, .. } => Ok(cipher),
            Material::Destroyed | Material::Other { .. } => Err(Problem::TableKeyType.into()),
        }
    }

    /// What makes and reads committing records, of an enabled key.
    pub(super) fn committing(&self) -> Result<&CommittingKey, Error> {
        match self.enabled()? {
            Material::Xaes { committing, .. } => Ok(committing),
            Material::Gcm { .. } => Err(Problem::TableKeyOpensOnly.into()),
            Material::Destroyed | Material::Other { .. } => Err(Problem::TableKeyType.into()),
        }
    }

    fn enabled(&self) -> Result<&Material, Error> {
        match self.status {
            Status::Enabled => Ok(&self.material),
            Status::Disabled => Err(Problem::RecordKeyDisabled.into()),
            Status::Destroyed => Err(Problem::RecordKeyDestroyed.into()),
        }
    }
}

/// A prefix, on the stack: every record needs one.
pub(super) struct Bytes([u8; PREFIX_LEN], usize);

impl Bytes {
    pub(super) fn as_slice(&self) -> &[u8] {
        &self.0[..self.1]
    }
}
