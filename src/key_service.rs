//! Data keys as text in the bodies of whichever key service there is.
//!
//! Most services take a key as base64 in a JSON request and return it as base64 in a JSON reply;
//! they differ in the words around it. What is around is not secret, and is the caller's to write;
//! what is in between goes from a [`DataKey`] into bytes that are wiped, and back.

use base64ct::{Base64, Base64UrlUnpadded, Encoding};

use crate::error::{Error, Problem};
use crate::json::{Parser, once};
use crate::key::{DataKey, LegacyKey};
use crate::secret::{Secret, SecretBytes};

/// Bytes that a reply may have. A reply with a data key has some 400.
pub const REPLY_LEN_MAX: usize = 64 << 10;

/// How a service writes bytes as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TextEncoding {
    /// Base64 with padding (RFC 4648 section 4).
    Base64,
    /// Base64 for URLs, without padding (RFC 4648 section 5).
    Base64Url,
}

/// The body of a request with a data key in it: prefix ‖ the key as text ‖ suffix.
///
/// # Errors
/// None that input can cause.
///
/// # Example
/// ```
/// use tsutsumi::DataKey;
/// use tsutsumi::key_service::{TextEncoding, key_request};
///
/// let key = DataKey::generate()?;
/// let body = key_request(&key, b"{\"plaintext\":\"", b"\"}", TextEncoding::Base64)?;
/// assert_eq!(body.len(), 14 + 44 + 2);
/// # Ok::<(), tsutsumi::Error>(())
/// ```
pub fn key_request(
    key: &DataKey,
    prefix: &[u8],
    suffix: &[u8],
    encoding: TextEncoding,
) -> Result<SecretBytes, Error> {
    let mut body = SecretBytes::with_capacity(prefix.len() + 44 + suffix.len());
    body.extend_from_slice(prefix);
    write_encoded(&mut body, key.secret().as_bytes(), encoding)?;
    body.extend_from_slice(suffix);
    Ok(body)
}

/// Reads a data key out of a reply, which the caller has to wipe.
///
/// # Arguments
/// * `body` - JSON; fields that are not on the path are read over.
/// * `path` - names of fields, from outside to inside, with dots between: `data.plaintext`.
/// * `encoding` - of the text that stands there.
///
/// # Errors
/// `ERR_KMS_PROTOCOL` if the body is empty, too long or no JSON, if the field is missing or there
/// twice, or if it is not the text of 32 bytes.
///
/// # Example
/// ```
/// use tsutsumi::key_service::{TextEncoding, read_key_reply};
///
/// let text = "A".repeat(43);
/// let reply = format!(r#"{{"data":{{"key":"{text}","other":[1]}}}}"#);
/// let key = read_key_reply(reply.as_bytes(), "data.key", TextEncoding::Base64Url)?;
/// assert_eq!(key.secret().as_bytes(), &[0; 32]);
/// # Ok::<(), tsutsumi::Error>(())
/// ```
pub fn read_key_reply(body: &[u8], path: &str, encoding: TextEncoding) -> Result<DataKey, Error> {
    whole(read_legacy_key_reply(body, path, encoding)?)
}

/// As [`read_key_reply`], for a message of version 1, whose data key may be shorter.
///
/// # Errors
/// As [`read_key_reply`]; the text may be that of 16 or 24 bytes too.
pub fn read_legacy_key_reply(
    body: &[u8],
    path: &str,
    encoding: TextEncoding,
) -> Result<LegacyKey, Error> {
    let mut parser = reply_parser(body)?;
    let mut text = None;
    find(&mut parser, path, &mut text)?;
    parser.end()?;
    decode(&text.ok_or(Problem::ReplyField)?, encoding)
}

/// A parser for a reply of a length that makes sense.
pub(crate) fn reply_parser(body: &[u8]) -> Result<Parser<'_>, Error> {
    if body.is_empty() {
        return Err(Problem::ReplyEmpty.into());
    }
    // spec: K-4
    if body.len() > REPLY_LEN_MAX {
        return Err(Problem::ReplyTooLong.into());
    }
    Ok(Parser::new(body, Problem::ReplyNotJson))
}

/// Appends bytes as text.
pub(crate) fn write_encoded(
    body: &mut SecretBytes,
    bytes: &[u8],
    encoding: TextEncoding,
) -> Result<(), Error> {
    match encoding {
        TextEncoding::Base64 => write_as::<Base64>(body, bytes),
        TextEncoding::Base64Url => write_as::<Base64UrlUnpadded>(body, bytes),
    }
}

fn write_as<E: Encoding>(body: &mut SecretBytes, bytes: &[u8]) -> Result<(), Error> {
    let start = body.len();
    body.resize(start + E::encoded_len(bytes));
    let encoded = E::encode(bytes, &mut body.as_mut_bytes()[start..]);
    encoded.map(drop).map_err(|_| Problem::Boundary.into())
}

/// Decodes the text of a data key.
// spec: K-3
pub(crate) fn decode_key(text: &SecretBytes, encoding: TextEncoding) -> Result<DataKey, Error> {
    whole(decode(text, encoding)?)
}

fn whole(key: LegacyKey) -> Result<DataKey, Error> {
    key.into_data_key()
        .map_err(|_| Problem::ReplyKeyLength.into())
}

fn decode(text: &SecretBytes, encoding: TextEncoding) -> Result<LegacyKey, Error> {
    let mut key = Secret::<{ DataKey::LEN }>::zero();
    let decoded = match encoding {
        TextEncoding::Base64 => Base64::decode(text.as_bytes(), key.as_mut_bytes()),
        TextEncoding::Base64Url => Base64UrlUnpadded::decode(text.as_bytes(), key.as_mut_bytes()),
    };
    decoded
        .ok()
        .and_then(|key| LegacyKey::from_slice(key).ok())
        .ok_or_else(|| Problem::ReplyKeyLength.into())
}

fn find(parser: &mut Parser<'_>, path: &str, found: &mut Option<SecretBytes>) -> Result<(), Error> {
    let (name, inner) = match path.split_once('.') {
        Some((name, inner)) => (name, Some(inner)),
        None => (path, None),
    };
    parser.object(|key, parser| {
        if key != name.as_bytes() {
            return parser.skip();
        }
        match inner {
            Some(inner) => find(parser, inner, found),
            None => once(found, parser.string()?, Problem::ReplyField),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const STANDARD: &str = "//////////////////////////////////////////8=";
    const URL: &str = "__________________________________________8";

    fn read(body: &str, path: &str, encoding: TextEncoding) -> Result<DataKey, Problem> {
        read_key_reply(body.as_bytes(), path, encoding).map_err(Error::problem)
    }

    #[test]
    fn a_request_has_the_key_between_what_is_around_it() {
        let key = DataKey::from_secret(Secret::from_slice(&[0xFF; 32]).unwrap());
        for (encoding, text) in [
            (TextEncoding::Base64, STANDARD),
            (TextEncoding::Base64Url, URL),
        ] {
            let body = key_request(&key, b"{\"a\":\"", b"\"}", encoding).unwrap();
            assert_eq!(body.as_bytes(), format!(r#"{{"a":"{text}"}}"#).as_bytes());
        }
        assert_eq!(
            key_request(&key, b"", b"", TextEncoding::Base64)
                .unwrap()
                .as_bytes(),
            STANDARD.as_bytes()
        );
    }

    #[test]
    fn a_reply_gives_the_key_wherever_it_stands() {
        for (body, path, encoding) in [
            (
                format!(r#"{{"Plaintext":"{STANDARD}","x":{{"Plaintext":"y"}}}}"#),
                "Plaintext",
                TextEncoding::Base64,
            ),
            (
                format!(r#"{{"data":{{"plaintext":"{STANDARD}"}},"plaintext":1}}"#),
                "data.plaintext",
                TextEncoding::Base64,
            ),
            (
                format!(r#"{{"a":{{"b":{{"value":"{URL}"}}}}}}"#),
                "a.b.value",
                TextEncoding::Base64Url,
            ),
        ] {
            let key = read(&body, path, encoding).unwrap();
            assert_eq!(key.secret().as_bytes(), &[0xFF; 32]);
        }
    }

    #[test]
    fn shorter_keys_are_read_where_they_are_asked_for() {
        for (len, text) in [(16, "AAAAAAAAAAAAAAAAAAAAAA=="), (24, &*"A".repeat(32))] {
            let body = format!(r#"{{"a":"{text}"}}"#);
            let key = read_legacy_key_reply(body.as_bytes(), "a", TextEncoding::Base64).unwrap();
            assert_eq!(key.as_bytes().len(), len);
            let problem = read(&body, "a", TextEncoding::Base64).unwrap_err();
            assert_eq!(problem, Problem::ReplyKeyLength);
        }
    }

    #[test]
    fn replies_without_a_key_are_refused() {
        let base64 = TextEncoding::Base64;
        let twice = format!(r#"{{"a":"{STANDARD}","a":"{STANDARD}"}}"#);
        let halves = format!(r#"{{"a":{{"b":"{STANDARD}"}},"a":{{"b":"{STANDARD}"}}}}"#);
        let huge = " ".repeat(REPLY_LEN_MAX + 1);
        for (body, path, problem) in [
            ("", "a", Problem::ReplyEmpty),
            (&*huge, "a", Problem::ReplyTooLong),
            ("{}", "a", Problem::ReplyField),
            ("[]", "a", Problem::ReplyNotJson),
            (r#"{"a":null}"#, "a", Problem::ReplyNotJson),
            (r#"{"a":"AAAA"}"#, "a.b", Problem::ReplyNotJson),
            (r#"{"a":"AAAA"}"#, "a", Problem::ReplyKeyLength),
            (r#"{"a":"AAAA"} x"#, "a", Problem::ReplyNotJson),
            (&twice, "a", Problem::ReplyField),
            (&halves, "a.b", Problem::ReplyField),
        ] {
            assert_eq!(read(body, path, base64).unwrap_err(), problem, "{body}");
        }
        // The alphabets are not mixed.
        let url = format!(r#"{{"a":"{URL}"}}"#);
        assert_eq!(
            read(&url, "a", base64).unwrap_err(),
            Problem::ReplyKeyLength
        );
        let standard = format!(r#"{{"a":"{STANDARD}"}}"#);
        let problem = read(&standard, "a", TextEncoding::Base64Url).unwrap_err();
        assert_eq!(problem, Problem::ReplyKeyLength);
        assert!(read(&standard, "a", base64).is_ok());
    }
}
