//! Inspection: what a header says, byte by byte, with no key.

use super::header::{Content, Header};
use super::limits::Limits;
use super::slot::Slot;
use crate::error::Error;

/// One field of the header, where it stands and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(target_arch = "wasm32", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Field {
    /// Name in the specification's words.
    pub name: &'static str,
    /// Offset of its first byte.
    pub offset: usize,
    /// Its length in bytes.
    pub length: usize,
}

/// What a header says. Nothing of it is authenticated.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(target_arch = "wasm32", derive(serde::Serialize))]
#[cfg_attr(target_arch = "wasm32", serde(rename_all = "camelCase"))]
#[non_exhaustive]
pub struct Inspection {
    /// Number of the algorithm suite.
    pub suite: u16,
    /// Its name in words.
    pub suite_name: &'static str,
    /// Whether a signature ends the message.
    pub signed: bool,
    /// Bytes of plaintext in every frame but the last; 0 for a body in one piece.
    pub frame_length: u32,
    /// Bytes of the header, its tag included.
    pub header_length: usize,
    /// The fields, in order, without a gap; bytes are read out of the message by offset.
    pub fields: Vec<Field>,
}

/// Reads the header of a message and says where each field stands.
///
/// # Errors
/// As [`Header::read_whole`].
///
/// # Example
/// ```
/// use tsutsumi::message::{Limits, Sealer, Slot, inspect};
/// use tsutsumi::{Context, DataKey};
///
/// let slot = Slot::new("example", "key 1", "wrapped")?;
/// let sealer = Sealer::new(&DataKey::generate()?, &Context::default(), &[slot])?;
/// let inspection = inspect(sealer.header(), &Limits::default())?;
/// assert_eq!(inspection.suite, 0x0478);
/// assert_eq!(inspection.fields[0].name, "version");
/// # Ok::<(), tsutsumi::Error>(())
/// ```
pub fn inspect(message: &[u8], limits: &Limits) -> Result<Inspection, Error> {
    let header = Header::read_whole(message, limits)?;
    let frame_length = match header.content {
        Content::Framed { frame_len } => frame_len,
        Content::Single { .. } => 0,
    };
    Ok(Inspection {
        suite: header.suite.id(),
        suite_name: header.suite.name(),
        signed: header.suite.is_signed(),
        frame_length,
        header_length: header.encoded_len(),
        fields: fields(&header),
    })
}

fn fields(header: &Header) -> Vec<Field> {
    let mut fields = Vec::new();
    let mut offset = 0;
    let mut field = |name, length| {
        fields.push(Field {
            name,
            offset,
            length,
        });
        offset += length;
    };
    field("version", 1);
    field("algorithm suite id", 2);
    field("message id", 32);
    field("context length", 2);
    let pairs = header.context.iter().count();
    if pairs > 0 {
        field("context pair count", 2);
    }
    for (key, value) in header.context.iter() {
        field("context key length", 2);
        field("context key", key.len());
        field("context value length", 2);
        field("context value", value.len());
    }
    field("slot count", 2);
    for Slot {
        provider,
        info,
        ciphertext,
    } in &header.slots
    {
        field("slot provider length", 2);
        field("slot provider", provider.len());
        field("slot info length", 2);
        field("slot info", info.len());
        field("slot wrapped key length", 2);
        field("slot wrapped key", ciphertext.len());
    }
    field("content type", 1);
    field("frame length", 4);
    field("key commitment", 32);
    field("header tag", 16);
    fields
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Context;
    use crate::key::DataKey;
    use crate::message::Sealer;

    #[test]
    fn fields_cover_the_header_without_a_gap() {
        let slots = [
            Slot::new("a", "info", "wrapped").unwrap(),
            Slot::new("provider", "", "w").unwrap(),
        ];
        let context = Context::new([("key", "value"), ("k", "")]).unwrap();
        let sealer = Sealer::new(&DataKey::generate().unwrap(), &context, &slots).unwrap();
        let inspection = inspect(sealer.header(), &Limits::default()).unwrap();
        let mut end = 0;
        for field in &inspection.fields {
            assert_eq!(field.offset, end, "{}", field.name);
            end += field.length;
        }
        assert_eq!(end, inspection.header_length);
        assert_eq!(end, sealer.header().len());
        let wrapped = inspection
            .fields
            .iter()
            .find(|f| f.name == "slot wrapped key")
            .unwrap();
        assert_eq!(
            &sealer.header()[wrapped.offset..][..wrapped.length],
            b"wrapped"
        );
    }
}
