//! Inspection: what a header says, byte by byte, with no key.

use super::header::{Content, Header};
use super::limits::Limits;
use super::slot::Slot;
use super::suite::Suite;
use crate::error::Error;

macro_rules! parts {
    ($($variant:ident = $number:literal $name:literal)*) => {
        /// What a field of the header is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        #[non_exhaustive]
        pub enum Part { $(#[doc = $name] $variant = $number,)* }

        impl Part {
            /// Every part, by number.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Its name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

parts! {
    Version = 0 "version"
    Suite = 1 "algorithm suite"
    MessageId = 2 "message id"
    ContextLength = 3 "context length"
    ContextCount = 4 "context pair count"
    ContextKeyLength = 5 "context key length"
    ContextKey = 6 "context key"
    ContextValueLength = 7 "context value length"
    ContextValue = 8 "context value"
    SlotCount = 9 "slot count"
    SlotProviderLength = 10 "slot provider length"
    SlotProvider = 11 "slot provider"
    SlotInfoLength = 12 "slot info length"
    SlotInfo = 13 "slot info"
    SlotCiphertextLength = 14 "slot wrapped key length"
    SlotCiphertext = 15 "slot wrapped key"
    ContentType = 16 "content type"
    FrameLength = 17 "frame length"
    Commitment = 18 "key commitment"
    Tag = 19 "header tag"
    Type = 20 "type"
    Reserved = 21 "reserved"
    NonceLength = 22 "nonce length"
    Nonce = 23 "header nonce"
}

/// One field of the header, and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Field {
    /// What it is.
    pub part: Part,
    /// Offset of its first byte.
    pub offset: usize,
    /// Its length in bytes.
    pub length: usize,
}

/// What a header says. Nothing of it is authenticated.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Inspection {
    /// The algorithm suite.
    pub suite: Suite,
    /// Bytes of plaintext in every frame but the last; 0 for a body in one piece.
    pub frame_len: u32,
    /// Bytes of the header, its tag included.
    pub header_len: usize,
    /// The fields, in order, without a gap; what they say is read out of the message by offset.
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
/// assert_eq!(inspection.suite.id(), 0x0478);
/// assert_eq!(inspection.fields[0].part.name(), "version");
/// # Ok::<(), tsutsumi::Error>(())
/// ```
pub fn inspect(message: &[u8], limits: &Limits) -> Result<Inspection, Error> {
    let header = Header::read_whole(message, limits)?;
    let frame_len = match header.content {
        Content::Framed { frame_len } => frame_len,
        Content::Single { .. } => 0,
    };
    let (suite, header_len) = (header.suite, header.encoded_len());
    Ok(Inspection {
        suite,
        frame_len,
        header_len,
        fields: fields(&header),
    })
}

/// The fields so far, and where the next one begins.
#[derive(Default)]
struct Fields {
    fields: Vec<Field>,
    offset: usize,
}

impl Fields {
    fn push(&mut self, parts: &[(Part, usize)]) {
        for &(part, length) in parts {
            self.fields.push(Field {
                part,
                offset: self.offset,
                length,
            });
            self.offset += length;
        }
    }
}

fn fields(header: &Header) -> Vec<Field> {
    let mut fields = Fields::default();
    fields.push(&[(Part::Version, 1)]);
    if header.nonce.is_some() {
        fields.push(&[(Part::Type, 1)]);
    }
    fields.push(&[
        (Part::Suite, 2),
        (Part::MessageId, header.message_id.len()),
        (Part::ContextLength, 2),
    ]);
    if !header.context.is_empty() {
        fields.push(&[(Part::ContextCount, 2)]);
    }
    for (key, value) in header.context.iter() {
        fields.push(&[
            (Part::ContextKeyLength, 2),
            (Part::ContextKey, key.len()),
            (Part::ContextValueLength, 2),
            (Part::ContextValue, value.len()),
        ]);
    }
    fields.push(&[(Part::SlotCount, 2)]);
    for Slot {
        provider,
        info,
        ciphertext,
    } in &header.slots
    {
        fields.push(&[
            (Part::SlotProviderLength, 2),
            (Part::SlotProvider, provider.len()),
            (Part::SlotInfoLength, 2),
            (Part::SlotInfo, info.len()),
            (Part::SlotCiphertextLength, 2),
            (Part::SlotCiphertext, ciphertext.len()),
        ]);
    }
    fields.push(&[(Part::ContentType, 1)]);
    match header.nonce {
        None => fields.push(&[(Part::FrameLength, 4), (Part::Commitment, 32)]),
        Some(_) => fields.push(&[
            (Part::Reserved, 4),
            (Part::NonceLength, 1),
            (Part::FrameLength, 4),
            (Part::Nonce, 12),
        ]),
    }
    fields.push(&[(Part::Tag, 16)]);
    fields.fields
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
            assert_eq!(field.offset, end, "{}", field.part.name());
            end += field.length;
        }
        assert_eq!(end, inspection.header_len);
        assert_eq!(end, sealer.header().len());
        let wrapped = inspection
            .fields
            .iter()
            .find(|f| f.part == Part::SlotCiphertext)
            .unwrap();
        assert_eq!(
            &sealer.header()[wrapped.offset..][..wrapped.length],
            b"wrapped"
        );
    }
}
