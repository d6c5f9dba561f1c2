//! Keysets as JSON, the way Tink writes them.

use base64ct::{Base64, Encoding};
use zeroize::Zeroize;

use super::key::Entry;
use super::keyset::{KeyData, SYMMETRIC, check_len};
use super::proto::once;
use super::{KEYS_MAX, KeyTable};
use crate::error::{Error, Problem};
use crate::json::{Parser, write_string};
use crate::secret::{SecretBytes, scrub_stack};

/// Names of enumerated values, at their numbers.
const STATUSES: [&str; 4] = ["UNKNOWN_STATUS", "ENABLED", "DISABLED", "DESTROYED"];
const PREFIXES: [&str; 5] = ["UNKNOWN_PREFIX", "TINK", "LEGACY", "RAW", "CRUNCHY"];
const MATERIALS: [&str; 5] = [
    "UNKNOWN_KEYMATERIAL",
    "SYMMETRIC",
    "ASYMMETRIC_PRIVATE",
    "ASYMMETRIC_PUBLIC",
    "REMOTE",
];

impl KeyTable {
    /// Reads a keyset as JSON, which the caller has to wipe.
    ///
    /// Names, numbers and base64 have to be as Tink writes them; fields that are not known, and
    /// fields that stand twice, are refused.
    ///
    /// # Errors
    /// As [`from_binary`](Self::from_binary).
    ///
    /// # Source
    /// Tink, `tink.proto`; Protocol Buffers, "JSON Mapping".
    pub fn from_json(keyset: &[u8]) -> Result<Self, Error> {
        check_len(keyset)?;
        let mut parser = Parser::new(keyset, Problem::TableMalformed);
        let (mut primary, mut keys) = (None, None);
        parser.object(|name, parser| match name {
            b"primaryKeyId" => once(&mut primary, parser.whole()?),
            b"key" => once(&mut keys, read_keys(parser)?),
            _ => Err(parser.bad()),
        })?;
        parser.end()?;
        scrub_stack();
        Self::checked(primary.unwrap_or(0), keys.unwrap_or_default())
    }

    /// Writes the keyset as JSON: every key in the clear.
    ///
    /// # Example
    /// ```
    /// use tsutsumi::table::KeyTable;
    ///
    /// let table = KeyTable::generate()?;
    /// let again = KeyTable::from_json(table.to_json().as_bytes())?;
    /// assert_eq!(again.to_binary().as_bytes(), table.to_binary().as_bytes());
    /// # Ok::<(), tsutsumi::Error>(())
    /// ```
    #[must_use]
    pub fn to_json(&self) -> SecretBytes {
        let mut json = SecretBytes::new();
        let primary = format!("{{\"primaryKeyId\":{},\"key\":[", self.primary);
        json.extend_from_slice(primary.as_bytes());
        for (position, entry) in self.entries.iter().enumerate() {
            json.extend_from_slice(if position > 0 { b",{" } else { b"{" });
            if let Some(data) = entry.data() {
                write_data(&mut json, &data);
            }
            let rest = format!(
                "\"status\":\"{}\",\"keyId\":{},\"outputPrefixType\":\"{}\"}}",
                STATUSES[entry.status as usize], entry.id, PREFIXES[entry.prefix as usize]
            );
            json.extend_from_slice(rest.as_bytes());
        }
        json.extend_from_slice(b"]}");
        json
    }
}

fn write_data(json: &mut SecretBytes, data: &KeyData) {
    json.extend_from_slice(b"\"keyData\":{\"typeUrl\":");
    write_string(json, &data.type_url);
    json.extend_from_slice(b",\"value\":\"");
    let mut value = Base64::encode_string(data.value.as_bytes());
    json.extend_from_slice(value.as_bytes());
    value.zeroize();
    // INVARIANT: kinds of material that have no name are refused when a keyset is read.
    let material = MATERIALS.get(data.material_type as usize);
    let material = material.unwrap_or(&MATERIALS[SYMMETRIC as usize]);
    json.extend_from_slice(format!("\",\"keyMaterialType\":\"{material}\"}},").as_bytes());
}

fn read_keys(parser: &mut Parser<'_>) -> Result<Vec<Entry>, Error> {
    let mut entries = Vec::new();
    parser.array(|parser| {
        if entries.len() == KEYS_MAX {
            return Err(Problem::TableTooLong.into());
        }
        entries.push(read_key(parser)?);
        Ok(())
    })?;
    Ok(entries)
}

fn read_key(parser: &mut Parser<'_>) -> Result<Entry, Error> {
    let (mut data, mut status, mut id, mut prefix) = (None, None, None, None);
    parser.object(|name, parser| match name {
        b"keyData" => once(&mut data, read_data(parser)?),
        b"status" => once(&mut status, read_name(parser, &STATUSES)?),
        b"keyId" => once(&mut id, parser.whole()?),
        b"outputPrefixType" => once(&mut prefix, read_name(parser, &PREFIXES)?),
        _ => Err(parser.bad()),
    })?;
    let number = |field: Option<u32>| field.unwrap_or(0);
    Entry::new(number(id), number(status), number(prefix), data)
}

fn read_data(parser: &mut Parser<'_>) -> Result<KeyData, Error> {
    let (mut type_url, mut value, mut material_type) = (None, None, None);
    parser.object(|name, parser| match name {
        b"typeUrl" => once(&mut type_url, parser.string()?),
        b"value" => once(&mut value, read_base64(parser)?),
        b"keyMaterialType" => once(&mut material_type, read_name(parser, &MATERIALS)?),
        _ => Err(parser.bad()),
    })?;
    let type_url = type_url.unwrap_or_default();
    let type_url = core::str::from_utf8(type_url.as_bytes()).map_err(|_| parser.bad())?;
    Ok(KeyData {
        type_url: type_url.to_owned(),
        value: value.unwrap_or_default(),
        material_type: material_type.unwrap_or(0),
    })
}

fn read_base64(parser: &mut Parser<'_>) -> Result<SecretBytes, Error> {
    let text = parser.string()?;
    let mut value = SecretBytes::new();
    value.resize(text.len() / 4 * 3);
    let len = match Base64::decode(text.as_bytes(), value.as_mut_bytes()) {
        Ok(decoded) => decoded.len(),
        Err(_) => return Err(parser.bad()),
    };
    value.resize(len);
    Ok(value)
}

/// The number of a name.
fn read_name(parser: &mut Parser<'_>, names: &[&str]) -> Result<u32, Error> {
    let text = parser.string()?;
    let position = names
        .iter()
        .position(|name| name.as_bytes() == text.as_bytes());
    let number = position.and_then(|position| u32::try_from(position).ok());
    number.ok_or_else(|| parser.bad())
}
