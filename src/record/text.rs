//! Records as text, for columns and cookies.

use base64ct::{Base64UrlUnpadded, Encoding};

use crate::error::{Error, Problem};

/// Writes a record as base64url without padding, which needs no escape in a URL or a cookie.
///
/// # Example
/// ```
/// assert_eq!(tsutsumi::record::to_text(&[1, 0xFB, 0xFF]), "Afv_");
/// ```
///
/// # Source
/// RFC 4648 section 5.
#[must_use]
pub fn to_text(record: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(record)
}

/// Reads what [`to_text`] wrote. Every record has one text only.
///
/// # Errors
/// `ERR_FORMAT_INVALID` for anything else, padding included.
///
/// # Example
/// ```
/// assert_eq!(tsutsumi::record::from_text(b"Afv_")?, [1, 0xFB, 0xFF]);
/// assert!(tsutsumi::record::from_text(b"Afv/").is_err());
/// # Ok::<(), tsutsumi::Error>(())
/// ```
pub fn from_text(text: &[u8]) -> Result<Vec<u8>, Error> {
    let text = core::str::from_utf8(text).map_err(|_| Problem::RecordText)?;
    // spec: R-8
    Base64UrlUnpadded::decode_vec(text).map_err(|_| Problem::RecordText.into())
}
