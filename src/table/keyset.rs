//! Keysets in binary.

use super::key::{Entry, Material, Prefix, Status};
use super::proto::{Field, once, read, write_bytes, write_number};
use super::{KEYS_MAX, KEYSET_LEN_MAX, KeyTable};
use crate::aead::{NONCE_LEN, Xaes256Gcm};
use crate::error::{Error, Problem};
use crate::secret::{Secret, SecretBytes, scrub_stack};

const XAES_URL: &str = "type.googleapis.com/google.crypto.tink.XAesGcmKey";
const GCM_URL: &str = "type.googleapis.com/google.crypto.tink.AesGcmKey";

/// Keys that both sides hold, as Tink numbers the kinds of material.
pub(super) const SYMMETRIC: u32 = 1;
const MATERIAL_TYPE_MAX: u32 = 4;

impl KeyTable {
    /// Reads a keyset in binary, which the caller has to wipe.
    ///
    /// Keys of types that are not known here are kept, and written again.
    ///
    /// # Errors
    /// `ERR_FORMAT_INVALID` for bytes that are no keyset, fields that are not known, two keys of
    /// one id, or a primary key that is missing or not enabled; `ERR_FORMAT_SUITE` if the primary
    /// key is of a type that is not known here; `ERR_LIMIT` over [`KEYS_MAX`] keys or
    /// [`KEYSET_LEN_MAX`] bytes.
    ///
    /// # Example
    /// ```
    /// use tsutsumi::table::KeyTable;
    ///
    /// let table = KeyTable::generate()?;
    /// let again = KeyTable::from_binary(table.to_binary().as_bytes())?;
    /// assert!(table.keys().eq(again.keys()));
    /// # Ok::<(), tsutsumi::Error>(())
    /// ```
    ///
    /// # Source
    /// Tink, `tink.proto`.
    pub fn from_binary(keyset: &[u8]) -> Result<Self, Error> {
        check_len(keyset)?;
        let (mut primary, mut entries) = (None, Vec::new());
        read(keyset, |field, value| match field {
            1 => once(&mut primary, value.number()?),
            2 if entries.len() == KEYS_MAX => Err(Problem::TableTooLong.into()),
            2 => {
                entries.push(read_key(value.bytes()?)?);
                Ok(())
            }
            // spec: T-2
            _ => Err(Problem::TableMalformed.into()),
        })?;
        scrub_stack();
        Self::checked(primary.unwrap_or(0), entries)
    }

    /// Writes the keyset in binary: every key in the clear.
    #[must_use]
    pub fn to_binary(&self) -> SecretBytes {
        let mut keyset = SecretBytes::new();
        write_number(&mut keyset, 1, self.primary);
        for entry in &self.entries {
            let mut key = SecretBytes::new();
            if let Some(data) = entry.data() {
                let mut encoded = SecretBytes::new();
                write_bytes(&mut encoded, 1, data.type_url.as_bytes());
                write_bytes(&mut encoded, 2, data.value.as_bytes());
                write_number(&mut encoded, 3, data.material_type);
                write_bytes(&mut key, 1, encoded.as_bytes());
            }
            write_number(&mut key, 2, entry.status as u32);
            write_number(&mut key, 3, entry.id);
            write_number(&mut key, 4, entry.prefix as u32);
            write_bytes(&mut keyset, 2, key.as_bytes());
        }
        keyset
    }

    /// Checks what only shows when all keys are there.
    pub(super) fn checked(primary: u32, entries: Vec<Entry>) -> Result<Self, Error> {
        let mut ids: Vec<u32> = entries.iter().map(|entry| entry.id).collect();
        ids.sort_unstable();
        // spec: T-3
        if ids.windows(2).any(|two| two[0] == two[1]) {
            return Err(Problem::TableKeyTwice.into());
        }
        let table = Self { primary, entries };
        let entry = table.primary()?;
        // spec: T-4
        if entry.status != Status::Enabled {
            return Err(Problem::TablePrimary.into());
        }
        entry.cipher()?;
        Ok(table)
    }
}

/// Refuses keysets over the limit before anything is made of them.
pub(super) fn check_len(keyset: &[u8]) -> Result<(), Error> {
    // spec: T-6
    if keyset.len() > KEYSET_LEN_MAX {
        return Err(Problem::TableTooLong.into());
    }
    Ok(())
}

/// The data of a key as a keyset holds it, whether binary or JSON.
#[derive(Default)]
pub(super) struct KeyData {
    pub(super) type_url: String,
    pub(super) value: SecretBytes,
    pub(super) material_type: u32,
}

impl KeyData {
    fn read(bytes: &[u8]) -> Result<Self, Error> {
        let (mut type_url, mut value, mut material_type) = (None, None, None);
        read(bytes, |field, found| match field {
            1 => once(&mut type_url, found.bytes()?),
            2 => once(&mut value, found.bytes()?),
            3 => once(&mut material_type, found.number()?),
            _ => Err(Problem::TableMalformed.into()),
        })?;
        let type_url = core::str::from_utf8(type_url.unwrap_or_default());
        let mut copied = SecretBytes::new();
        copied.extend_from_slice(value.unwrap_or_default());
        Ok(Self {
            type_url: type_url.map_err(|_| Problem::TableMalformed)?.to_owned(),
            value: copied,
            material_type: material_type.unwrap_or(0),
        })
    }

    /// Takes the key out, where its type is known.
    fn into_material(self) -> Result<Material, Error> {
        let material = match &*self.type_url {
            XAES_URL => read_xaes(self.value.as_bytes())?,
            GCM_URL => read_gcm(self.value.as_bytes())?,
            "" => return Err(Problem::TableMalformed.into()),
            _ => None,
        };
        match material {
            Some(_) if self.material_type != SYMMETRIC => Err(Problem::TableMalformed.into()),
            None if self.material_type > MATERIAL_TYPE_MAX => Err(Problem::TableMalformed.into()),
            Some(material) => Ok(material),
            // spec: T-5
            None => Ok(Material::Other {
                type_url: self.type_url,
                value: self.value,
                material_type: self.material_type,
            }),
        }
    }
}

impl Entry {
    /// Puts together what a keyset says of a key.
    pub(super) fn new(
        id: u32,
        status: u32,
        prefix: u32,
        data: Option<KeyData>,
    ) -> Result<Self, Error> {
        let malformed = Error::from(Problem::TableMalformed);
        let status = match status {
            1 => Status::Enabled,
            2 => Status::Disabled,
            3 => Status::Destroyed,
            _ => return Err(malformed),
        };
        let prefix = match prefix {
            1 => Prefix::Tink,
            2 => Prefix::Legacy,
            3 => Prefix::Raw,
            4 => Prefix::Crunchy,
            _ => return Err(malformed),
        };
        let material = match (status, data) {
            (Status::Destroyed, None) => Material::Destroyed,
            (Status::Enabled | Status::Disabled, Some(data)) => data.into_material()?,
            // A destroyed key that still has material is not for this reader to wipe.
            _ => return Err(malformed),
        };
        let is_xaes = matches!(material, Material::Xaes { .. });
        if is_xaes && matches!(prefix, Prefix::Legacy | Prefix::Crunchy) {
            return Err(malformed);
        }
        Ok(Self {
            id,
            status,
            prefix,
            material,
        })
    }

    /// The data of a key, written anew; none of one that was destroyed.
    pub(super) fn data(&self) -> Option<KeyData> {
        let mut value = SecretBytes::new();
        let (type_url, material_type) = match &self.material {
            Material::Destroyed => return None,
            Material::Other {
                type_url,
                value: kept,
                material_type,
            } => {
                value.extend_from_slice(kept.as_bytes());
                (&**type_url, *material_type)
            }
            Material::Gcm { key, .. } => {
                write_bytes(&mut value, 3, key.as_bytes());
                (GCM_URL, SYMMETRIC)
            }
            Material::Xaes { key, salt_len, .. } => {
                let mut params = SecretBytes::new();
                // INVARIANT: at most 12.
                write_number(&mut params, 1, u32::try_from(*salt_len).unwrap_or_default());
                write_bytes(&mut value, 2, params.as_bytes());
                write_bytes(&mut value, 3, key.as_bytes());
                (XAES_URL, SYMMETRIC)
            }
        };
        Some(KeyData {
            type_url: type_url.to_owned(),
            value,
            material_type,
        })
    }
}

fn read_key(bytes: &[u8]) -> Result<Entry, Error> {
    let (mut data, mut status, mut id, mut prefix) = (None, None, None, None);
    read(bytes, |field, value| match field {
        1 => once(&mut data, KeyData::read(value.bytes()?)?),
        2 => once(&mut status, value.number()?),
        3 => once(&mut id, value.number()?),
        4 => once(&mut prefix, value.number()?),
        _ => Err(Problem::TableMalformed.into()),
    })?;
    let number = |field: Option<u32>| field.unwrap_or(0);
    Entry::new(number(id), number(status), number(prefix), data)
}

/// Reads an `XAesGcmKey`; none if its version is not known here.
fn read_xaes(bytes: &[u8]) -> Result<Option<Material>, Error> {
    let (mut version, mut salt_len, mut key) = (None, None, None);
    read(bytes, |field, value| match (field, value) {
        (1, value) => once(&mut version, value.number()?),
        (2, Field::Bytes(params)) => read(params, |field, value| match field {
            1 => once(&mut salt_len, value.number()?),
            _ => Err(Problem::TableMalformed.into()),
        }),
        (3, value) => once(&mut key, value.bytes()?),
        _ => Err(Problem::TableMalformed.into()),
    })?;
    if version.unwrap_or(0) != 0 {
        return Ok(None);
    }
    let salt_len = salt_len.unwrap_or(0) as usize;
    if !(Xaes256Gcm::SALT_LEN - 4..=NONCE_LEN).contains(&salt_len) {
        return Err(Problem::TableMalformed.into());
    }
    let key = Secret::from_slice(key.unwrap_or_default()).map_err(|_| Problem::TableMalformed)?;
    Ok(Some(Material::xaes(key, salt_len)))
}

/// Reads an `AesGcmKey`; none if it is not of 128 or 256 bits, or its version is not known here.
fn read_gcm(bytes: &[u8]) -> Result<Option<Material>, Error> {
    let (mut version, mut key) = (None, None);
    read(bytes, |field, value| match field {
        1 => once(&mut version, value.number()?),
        3 => once(&mut key, value.bytes()?),
        _ => Err(Problem::TableMalformed.into()),
    })?;
    match version.unwrap_or(0) {
        0 => Ok(Material::gcm(key.unwrap_or_default())),
        _ => Ok(None),
    }
}
