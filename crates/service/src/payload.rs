//! Request bodies: read with a limit, parsed without copies of secrets, wiped after use.

use std::fmt;

use axum::body::Body;
use base64ct::{Base64, Encoding};
use bytes::Bytes;
use http_body_util::BodyExt;
use serde::de::{self, Deserialize, Deserializer, Visitor};
use tsutsumi::SecretBytes;
use zeroize::{Zeroize, Zeroizing};

use crate::problem::{Problem, code};

/// The longest body that is read: 126 AAD strings of 255 four-byte characters fit.
pub(crate) const BODY_LEN_MAX: usize = 256 * 1024;

/// A body in memory. Wiped on drop.
#[derive(Default)]
pub(crate) struct Payload(Vec<Bytes>);

impl Payload {
    /// Reads the body to its end.
    pub(crate) async fn read(mut body: Body) -> Result<Self, Problem> {
        let mut payload = Self::default();
        let mut len = 0;
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame
                .map_err(|_| Problem::from(code::BAD_BODY))?
                .into_data()
            else {
                continue;
            };
            len += data.len();
            payload.0.push(data);
            if len > BODY_LEN_MAX {
                return Err(code::BODY_TOO_LARGE.into());
            }
        }
        Ok(payload)
    }

    /// Puts the pieces in one buffer, which is wiped on drop.
    pub(crate) fn join(self) -> Zeroizing<Vec<u8>> {
        let len = self.0.iter().map(Bytes::len).sum();
        let mut whole = Zeroizing::new(Vec::with_capacity(len));
        for piece in &self.0 {
            whole.extend_from_slice(piece);
        }
        whole
    }
}

impl Drop for Payload {
    fn drop(&mut self) {
        for piece in self.0.drain(..) {
            // Shared pieces belong to an owner that wipes them itself (the embedded service), or to
            // the connection's read buffer, which is overwritten by the next request
            if let Ok(mut owned) = piece.try_into_mut() {
                owned.as_mut().zeroize();
            }
        }
    }
}

/// Whether the body says nothing: empty, blank, or the literal `null`, which some clients send.
pub(crate) fn is_blank(body: &[u8]) -> bool {
    matches!(body.trim_ascii(), b"" | b"null")
}

/// Parses a JSON body; a blank one is the default.
pub(crate) fn parse_or_default<'a, T>(body: &'a [u8]) -> Result<T, Problem>
where
    T: Deserialize<'a> + Default,
{
    if is_blank(body) {
        Ok(T::default())
    } else {
        parse(body)
    }
}

/// Parses a JSON body.
pub(crate) fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Problem> {
    if body.trim_ascii_start().first() == Some(&b'[') {
        // The parser would take an array for an object's fields in order
        let text = format!("{}: json: an array is no object", code::BAD_BODY.message);
        return Err(Problem::with(code::BAD_BODY, text));
    }
    serde_json::from_slice(body).map_err(|error| {
        let text = error.to_string();
        let detail = match text
            .strip_prefix("unknown field `")
            .and_then(|t| t.split_once('`'))
        {
            Some((field, _)) => format!("json: unknown field \"{field}\""),
            None if error.is_data() => format!(
                "json: a value has the wrong type or is missing \
                (line {}, column {})",
                error.line(),
                error.column()
            ),
            None => format!(
                "json: invalid syntax at line {}, column {}",
                error.line(),
                error.column()
            ),
        };
        Problem::with(
            code::BAD_BODY,
            format!("{}: {detail}", code::BAD_BODY.message),
        )
    })
}

/// A string of a body that may be secret: borrowed from the body, or owned and wiped.
pub(crate) enum Text<'a> {
    Borrowed(&'a str),
    Owned(Zeroizing<String>),
}

impl Text<'_> {
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Borrowed(text) => text,
            Self::Owned(text) => text,
        }
    }

    /// Decodes standard base64 into a wiping buffer; `Err` holds the offset of the first bad byte.
    pub(crate) fn decode(&self) -> Result<SecretBytes, usize> {
        decode_base64(self.as_str())
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Text")
    }
}

/// Decodes standard, padded base64; `Err` holds the offset of the first bad byte.
pub(crate) fn decode_base64(text: &str) -> Result<SecretBytes, usize> {
    Base64::decode_vec(text)
        .map(SecretBytes::from)
        .map_err(|_| {
            let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
            text.bytes()
                .position(|byte| !is_digit(byte))
                .unwrap_or(text.len())
        })
}

/// Encodes standard, padded base64 into a wiping string.
pub(crate) fn encode_base64(bytes: &[u8]) -> Zeroizing<String> {
    Zeroizing::new(Base64::encode_string(bytes))
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;

        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text::Borrowed(text))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text::Owned(Zeroizing::new(text.to_owned())))
            }
        }

        deserializer.deserialize_str(TextVisitor)
    }
}
