//! Kept slots as JSON.

use base64ct::{Base64, Encoding};

use super::stored::StoredSlot;
use crate::error::{Error, Problem};
use crate::json::{Parser, once, write_string};
use crate::secret::SecretBytes;

const VERSION: u32 = 1;

/// What stands before bytes that are no text.
const BINARY: &str = "base64:";

impl StoredSlot {
    /// The slot as JSON, in the order of the specification.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut json = SecretBytes::new();
        let mut field = |name: &str, text: &str| {
            json.extend_from_slice(name.as_bytes());
            write_string(&mut json, text);
        };
        field("{\"v\":1,\"provider\":", &self.provider);
        field(",\"rootKey\":", &to_text(&self.root_key));
        if let Some(version) = &self.root_key_version {
            field(",\"rootKeyVersion\":", version);
        }
        field(",\"wrapped\":", &to_text(&self.wrapped));
        field(",\"aad\":[", &self.aad);
        field("],\"created\":", &self.created);
        field(",\"fingerprint\":", &self.fingerprint);
        json.extend_from_slice(b"}");
        String::from_utf8_lossy(json.as_bytes()).into_owned()
    }

    /// Reads a list of slots, all of one data key.
    ///
    /// # Errors
    /// `ERR_FORMAT_INVALID` if it is no JSON, a field is missing, unknown, there twice or makes no
    /// sense, the list is empty, or two slots are of different data keys; `ERR_FORMAT_VERSION` if a
    /// slot is of another version; `ERR_LIMIT` over [`COUNT_MAX`](Self::COUNT_MAX) slots or
    /// [`LEN_MAX`](Self::LEN_MAX) bytes.
    pub fn read_all(text: &str) -> Result<Vec<Self>, Error> {
        // spec: S-4
        if text.len() > Self::LEN_MAX {
            return Err(Problem::StoredSlotsTooMany.into());
        }
        let mut parser = Parser::new(text.as_bytes(), Problem::StoredSlotMalformed);
        let mut slots: Vec<Self> = Vec::new();
        parser.array(|parser| {
            if slots.len() == Self::COUNT_MAX {
                return Err(Problem::StoredSlotsTooMany.into());
            }
            slots.push(Fields::read(parser)?);
            Ok(())
        })?;
        parser.end()?;
        // spec: S-1, S-3
        let (first, others) = slots.split_first().ok_or(Problem::StoredSlotMalformed)?;
        if others
            .iter()
            .any(|slot| slot.fingerprint != first.fingerprint)
        {
            return Err(Problem::StoredSlotsDiffer.into());
        }
        Ok(slots)
    }
}

#[derive(Default)]
struct Fields {
    version: Option<u32>,
    provider: Option<String>,
    root_key: Option<String>,
    root_key_version: Option<String>,
    wrapped: Option<String>,
    aad: Option<String>,
    created: Option<String>,
    fingerprint: Option<String>,
}

impl Fields {
    fn read(parser: &mut Parser<'_>) -> Result<StoredSlot, Error> {
        let malformed = Problem::StoredSlotMalformed;
        let mut fields = Self::default();
        parser.object(|key, parser| {
            let field = match key {
                b"v" => return once(&mut fields.version, parser.whole()?, malformed),
                b"aad" => {
                    return parser.array(|parser| once(&mut fields.aad, text(parser)?, malformed));
                }
                b"provider" => &mut fields.provider,
                b"rootKey" => &mut fields.root_key,
                b"rootKeyVersion" => &mut fields.root_key_version,
                b"wrapped" => &mut fields.wrapped,
                b"created" => &mut fields.created,
                b"fingerprint" => &mut fields.fingerprint,
                _ => return Err(parser.bad()),
            };
            once(field, text(parser)?, malformed)
        })?;
        // spec: S-2
        if fields.version != Some(VERSION) {
            return Err(Problem::StoredSlotVersion.into());
        }
        fields.finish().ok_or(malformed)?.checked()
    }

    fn finish(self) -> Option<StoredSlot> {
        Some(StoredSlot {
            provider: self.provider?,
            root_key: from_text(&self.root_key?)?,
            root_key_version: self.root_key_version,
            wrapped: from_text(&self.wrapped?)?,
            aad: self.aad?,
            created: self.created?,
            fingerprint: self.fingerprint?,
        })
    }
}

fn text(parser: &mut Parser<'_>) -> Result<String, Error> {
    let bytes = parser.string()?;
    core::str::from_utf8(bytes.as_bytes())
        .map(Into::into)
        .map_err(|_| parser.bad())
}

/// Bytes that are a word of ASCII as they are, all others in base64 behind a mark.
fn to_text(bytes: &[u8]) -> String {
    match core::str::from_utf8(bytes) {
        Ok(text) if is_word(text) => text.into(),
        _ => format!("{BINARY}{}", Base64::encode_string(bytes)),
    }
}

/// The bytes that a text stands for; there is one text only for each.
fn from_text(text: &str) -> Option<Vec<u8>> {
    let Some(base64) = text.strip_prefix(BINARY) else {
        return is_word(text).then(|| text.into());
    };
    let bytes = Base64::decode_vec(base64).ok()?;
    // spec: S-7
    (to_text(&bytes) == text).then_some(bytes)
}

fn is_word(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(BINARY)
        && text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Context;
    use crate::key::DataKey;
    use crate::message::Slot;
    use crate::secret::Secret;

    fn key(fill: u8) -> DataKey {
        DataKey::from_secret(Secret::from_slice(&[fill; 32]).unwrap())
    }

    fn stored(fill: u8, wrapped: &[u8]) -> StoredSlot {
        let slot = Slot::new("ibm-key-protect", "crn:v1", wrapped).unwrap();
        let context = Context::new([("a", "b")]).unwrap();
        StoredSlot::new(
            &slot,
            Some("v1"),
            &key(fill),
            &context,
            "2026-01-31T12:00:00Z",
        )
        .unwrap()
    }

    fn problem(text: &str) -> Problem {
        StoredSlot::read_all(text).unwrap_err().problem()
    }

    #[test]
    fn what_is_written_is_read() {
        for wrapped in [
            &b"eyJ9"[..],
            b"\x00\xFF",
            b"base64:x",
            b"a b",
            &[b'x'; 65_535],
        ] {
            let slot = stored(1, wrapped);
            let json = format!(" [ {} , {} ] ", slot.to_json(), slot.to_json());
            assert_eq!(StoredSlot::read_all(&json).unwrap(), [slot.clone(), slot]);
        }
        assert!(stored(1, b"eyJ9").to_json().contains(r#""wrapped":"eyJ9""#));
        assert!(
            stored(1, &[0])
                .to_json()
                .contains(r#""wrapped":"base64:AA==""#)
        );
    }

    #[test]
    // spec: S-6
    fn the_fingerprint_is_what_the_manual_says() {
        let slot = stored(1, b"x");
        slot.verify(&key(1)).unwrap();
        assert_eq!(
            slot.verify(&key(2)).unwrap_err().problem(),
            Problem::OpenFailed
        );
        // Made with Python's `hmac`: HKDF-Expand is HMAC of the label and the number of the block.
        assert_eq!(
            slot.fingerprint,
            "QrNiTRL6AAoGB49pC-4AJrVl0IynpdYjtNE_pqDrUy4"
        );
        assert_ne!(slot.fingerprint, super::super::fingerprint(&key(2)));
    }

    #[test]
    fn a_slot_of_another_context_is_refused() {
        let slot = stored(1, b"x");
        let other = slot.slot(Some(&Context::default())).unwrap_err().problem();
        assert_eq!(other, Problem::StoredSlotContext);
        assert!(slot.slot(None).is_ok());
    }

    #[test]
    // spec: S-1
    fn lists_that_make_no_sense_are_refused() {
        let good = stored(1, b"eyJ9").to_json();
        assert_eq!(problem("[]"), Problem::StoredSlotMalformed);
        assert_eq!(problem(&good), Problem::StoredSlotMalformed);
        assert_eq!(
            problem(&format!("[{good},{}]", stored(2, b"x").to_json())),
            Problem::StoredSlotsDiffer
        );
        let many = vec![&*good; 17].join(",");
        assert_eq!(problem(&format!("[{many}]")), Problem::StoredSlotsTooMany);
        assert_eq!(
            problem(&" ".repeat((1 << 20) + 1)),
            Problem::StoredSlotsTooMany
        );
        for (from, to, expected) in [
            ("\"v\":1", "\"v\":2", Problem::StoredSlotVersion),
            ("\"v\":1,", "", Problem::StoredSlotVersion),
            ("\"v\":1", "\"v\":1,\"v\":1", Problem::StoredSlotMalformed),
            ("\"v\":1", "\"v\":1,\"x\":1", Problem::StoredSlotMalformed),
            ("eyJ9", "", Problem::StoredSlotMalformed),
            ("eyJ9", "a b", Problem::StoredSlotMalformed),
            ("eyJ9", "base64:ZXlKOQ==", Problem::StoredSlotMalformed),
            ("eyJ9", "base64:AA", Problem::StoredSlotMalformed),
            ("ibm-key-protect", "", Problem::StoredSlotMalformed),
            ("2026-01", "2026/01", Problem::StoredSlotMalformed),
            ("\"aad\":[", "\"aad\":[\"x\",", Problem::StoredSlotMalformed),
            (
                "\"fingerprint\":\"",
                "\"fingerprint\":\"=",
                Problem::StoredSlotMalformed,
            ),
        ] {
            assert!(good.contains(from), "{from}");
            let text = format!("[{}]", good.replacen(from, to, 1));
            assert_eq!(problem(&text), expected, "{text}");
        }
        let list = format!("[{good}]");
        for len in 0..list.len() {
            assert!(StoredSlot::read_all(&list[..len]).is_err(), "{len}");
        }
    }
}
