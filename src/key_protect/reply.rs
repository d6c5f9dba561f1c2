//! Reply bodies.

use crate::error::{Error, Problem};
use crate::json::{Parser, once};
use crate::key::DataKey;
use crate::key_service::{TextEncoding, decode_key, reply_parser};
use crate::secret::SecretBytes;

/// What wrapping returned.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Wrapped {
    /// The wrapped key, opaque, to be kept as it is.
    pub ciphertext: String,
    /// Id of the root key's version that wrapped it; very old services do not say.
    pub key_version: Option<String>,
}

/// What unwrapping returned.
#[derive(Debug)]
#[non_exhaustive]
pub struct Unwrapped {
    /// The data key.
    pub key: DataKey,
    /// Id of the root key's version that had wrapped it.
    pub key_version: Option<String>,
    /// Where that version is not the newest: the key wrapped anew under the newest one.
    pub rewrapped: Option<Wrapped>,
}

/// Reads the body of a wrap or a rewrap reply.
///
/// The version is the one that the ciphertext returned is under.
///
/// # Errors
/// `ERR_KMS_PROTOCOL` if the body is empty, no JSON, too long, or lacks the ciphertext.
///
/// # Example
/// ```
/// let reply = br#"{"ciphertext":"eyJ9","keyVersion":{"id":"v1"}}"#;
/// let wrapped = tsutsumi::key_protect::read_wrap_reply(reply)?;
/// assert_eq!(wrapped.ciphertext, "eyJ9");
/// assert_eq!(wrapped.key_version.as_deref(), Some("v1"));
/// # Ok::<(), tsutsumi::Error>(())
/// ```
///
/// # Source
/// Key Protect API, "Wrap a key", "Rewrap a key".
pub fn read_wrap_reply(body: &[u8]) -> Result<Wrapped, Error> {
    let reply = Reply::read(body)?;
    let ciphertext = reply.ciphertext.ok_or(Problem::ReplyField)?;
    Ok(Wrapped {
        ciphertext: text(&ciphertext)?,
        key_version: reply.rewrapped_key_version.or(reply.key_version),
    })
}

/// Reads the body of an unwrap reply. The body holds the data key, and the caller has to wipe it.
///
/// # Errors
/// `ERR_KMS_PROTOCOL` if the body is empty, no JSON, too long, lacks the plaintext, or if that is
/// not the base64 of 32 bytes.
///
/// # Source
/// Key Protect API, "Unwrap a key".
pub fn read_unwrap_reply(body: &[u8]) -> Result<Unwrapped, Error> {
    let reply = Reply::read(body)?;
    let plaintext = reply.plaintext.ok_or(Problem::ReplyField)?;
    let rewrapped = match reply.ciphertext {
        Some(ciphertext) => Some(Wrapped {
            ciphertext: text(&ciphertext)?,
            key_version: reply.rewrapped_key_version,
        }),
        None => None,
    };
    Ok(Unwrapped {
        key: decode_key(&plaintext, TextEncoding::Base64)?,
        key_version: reply.key_version,
        rewrapped,
    })
}

/// The fields that the replies share, each at most once; `null` is as good as absent.
#[derive(Default)]
struct Reply {
    plaintext: Option<SecretBytes>,
    ciphertext: Option<SecretBytes>,
    key_version: Option<String>,
    rewrapped_key_version: Option<String>,
}

impl Reply {
    fn read(body: &[u8]) -> Result<Self, Error> {
        let mut reply = Self::default();
        let mut parser = reply_parser(body)?;
        parser.object(|key, parser| match key {
            _ if parser.null()? => Ok(()),
            b"plaintext" => once(&mut reply.plaintext, parser.string()?, Problem::ReplyField),
            b"ciphertext" => once(&mut reply.ciphertext, parser.string()?, Problem::ReplyField),
            b"keyVersion" => read_id(parser, &mut reply.key_version),
            b"rewrappedKeyVersion" => read_id(parser, &mut reply.rewrapped_key_version),
            _ => parser.skip(),
        })?;
        parser.end()?;
        Ok(reply)
    }
}

fn read_id(parser: &mut Parser<'_>, id: &mut Option<String>) -> Result<(), Error> {
    parser.object(|key, parser| match key {
        _ if parser.null()? => Ok(()),
        b"id" => once(id, text(&parser.string()?)?, Problem::ReplyField),
        _ => parser.skip(),
    })
}

fn text(bytes: &SecretBytes) -> Result<String, Error> {
    let text = core::str::from_utf8(bytes.as_bytes()).map_err(|_| Problem::ReplyField)?;
    if text.is_empty() {
        Err(Problem::ReplyField.into())
    } else {
        Ok(text.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key_service::REPLY_LEN_MAX;

    const KEY: &str = "//////////////////////////////////////////8=";

    fn problem<T: core::fmt::Debug>(result: Result<T, Error>) -> Problem {
        result.unwrap_err().problem()
    }

    #[test]
    fn an_unwrap_reply_gives_the_key_and_its_versions() {
        let body = format!(
            r#"{{"plaintext":"{KEY}","keyVersion":{{"id":"v1","x":[1]}},"ciphertext":"new",
                "rewrappedKeyVersion":{{"id":"v2"}},"other":null}}"#
        );
        let reply = read_unwrap_reply(body.as_bytes()).unwrap();
        assert_eq!(reply.key.secret().as_bytes(), &[0xFF; 32]);
        assert_eq!(reply.key_version.as_deref(), Some("v1"));
        let rewrapped = reply.rewrapped.unwrap();
        assert_eq!(
            (&*rewrapped.ciphertext, rewrapped.key_version.as_deref()),
            ("new", Some("v2"))
        );
    }

    #[test]
    fn null_is_as_good_as_absent() {
        for versions in [
            r#""keyVersion":null,"ciphertext":null,"rewrappedKeyVersion":null"#,
            r#""keyVersion":{"id":null}"#,
        ] {
            let body = format!(r#"{{"plaintext":"{KEY}",{versions}}}"#);
            let reply = read_unwrap_reply(body.as_bytes()).unwrap();
            assert_eq!(reply.key_version, None);
            assert!(reply.rewrapped.is_none());
        }
        let wrapped = read_wrap_reply(br#"{"ciphertext":"x","keyVersion":null}"#).unwrap();
        assert_eq!(wrapped.key_version, None);
        assert!(read_wrap_reply(br#"{"ciphertext":"x","keyVersion":nul}"#).is_err());
    }

    #[test]
    fn a_rewrap_reply_tells_the_newer_version() {
        let body =
            br#"{"ciphertext":"new","keyVersion":{"id":"v1"},"rewrappedKeyVersion":{"id":"v2"}}"#;
        let wrapped = read_wrap_reply(body).unwrap();
        let version = wrapped.key_version.as_deref();
        assert_eq!((&*wrapped.ciphertext, version), ("new", Some("v2")));
    }

    #[test]
    fn an_escaped_slash_is_a_slash() {
        let body = format!(r#"{{"plaintext":"{}"}}"#, KEY.replace('/', r"\/"));
        let reply = read_unwrap_reply(body.as_bytes()).unwrap();
        assert_eq!(reply.key.secret().as_bytes(), &[0xFF; 32]);
    }

    #[test]
    // spec: K-3, K-4, K-5
    fn replies_that_make_no_sense_are_refused() {
        for (body, expected) in [
            ("", Problem::ReplyEmpty),
            ("<html></html>", Problem::ReplyNotJson),
            ("{}", Problem::ReplyField),
            ("null", Problem::ReplyNotJson),
            (r#"{"plaintext":null}"#, Problem::ReplyField),
            (r#"{"plaintext":""}"#, Problem::ReplyKeyLength),
            (r#"{"plaintext":"AAAA"}"#, Problem::ReplyKeyLength),
            (
                r#"{"plaintext":"not base64 at all"}"#,
                Problem::ReplyKeyLength,
            ),
            (r#"{"plaintext":"AAAA"} {}"#, Problem::ReplyNotJson),
            (
                r#"{"plaintext":"AAAA","plaintext":"AAAA"}"#,
                Problem::ReplyField,
            ),
        ] {
            assert_eq!(
                problem(read_unwrap_reply(body.as_bytes())),
                expected,
                "{body}"
            );
        }
        let longer = format!(r#"{{"plaintext":"{}"}}"#, "A".repeat(44));
        assert_eq!(
            problem(read_unwrap_reply(longer.as_bytes())),
            Problem::ReplyKeyLength
        );
        let huge = vec![b' '; REPLY_LEN_MAX + 1];
        assert_eq!(problem(read_unwrap_reply(&huge)), Problem::ReplyTooLong);
        assert_eq!(
            problem(read_wrap_reply(br#"{"ciphertext":""}"#)),
            Problem::ReplyField
        );
    }

    #[test]
    fn every_truncation_is_refused() {
        let body = format!(r#"{{"plaintext":"{KEY}","keyVersion":{{"id":"v1"}}}}"#);
        for len in 0..body.len() {
            assert!(read_unwrap_reply(&body.as_bytes()[..len]).is_err(), "{len}");
        }
        assert!(read_unwrap_reply(body.as_bytes()).is_ok());
    }
}
