//! Request bodies.

use crate::error::{Error, Problem};
use crate::json::write_string;
use crate::key::DataKey;
use crate::key_service::{TextEncoding, write_encoded};
use crate::secret::SecretBytes;

/// Strings of additional authenticated data that one request may carry, and bytes of each.
const AAD_COUNT_MAX: usize = 126;
const AAD_LEN_MAX: usize = 255;

/// Lengths of AES keys.
const MATERIAL_LENS: [usize; 3] = [16, 24, 32];

/// The body of a wrap request: the data key in base64, and what is authenticated with it.
///
/// # Arguments
/// * `key` - the data key to wrap.
/// * `aad` - strings that unwrapping will need again, in this order; at most 126 of 255 bytes each.
///
/// # Errors
/// `ERR_LIMIT` if `aad` is over its limits.
///
/// # Example
/// ```
/// use tsutsumi::{DataKey, key_protect::wrap_request};
///
/// let body = wrap_request(&DataKey::generate()?, &["tenant"])?;
/// assert!(body.as_bytes().starts_with(br#"{"plaintext":""#));
/// # Ok::<(), tsutsumi::Error>(())
/// ```
///
/// # Source
/// Key Protect API, "Wrap a key".
pub fn wrap_request(key: &DataKey, aad: &[&str]) -> Result<SecretBytes, Error> {
    let mut body = SecretBytes::with_capacity(512);
    body.extend_from_slice(b"{\"plaintext\":\"");
    write_encoded(&mut body, key.secret().as_bytes(), TextEncoding::Base64)?;
    body.extend_from_slice(b"\"");
    write_aad(&mut body, aad)?;
    body.extend_from_slice(b"}");
    Ok(body)
}

/// The body of an unwrap or rewrap request.
///
/// # Arguments
/// * `ciphertext` - what wrapping returned, as it was.
/// * `aad` - the strings that were given to wrap, in the same order.
///
/// # Errors
/// `ERR_LIMIT` if `aad` is over its limits; `ERR_OPEN_FAILED` if `ciphertext` is no text, and so
/// cannot have come from the service.
///
/// # Source
/// Key Protect API, "Unwrap a key", "Rewrap a key".
pub fn unwrap_request(ciphertext: &[u8], aad: &[&str]) -> Result<SecretBytes, Error> {
    let ciphertext = core::str::from_utf8(ciphertext).map_err(|_| Problem::OpenFailed)?;
    let mut body = SecretBytes::with_capacity(ciphertext.len() + 128);
    body.extend_from_slice(b"{\"ciphertext\":");
    write_string(&mut body, ciphertext);
    write_aad(&mut body, aad)?;
    body.extend_from_slice(b"}");
    Ok(body)
}

/// The body of a request that imports a root key.
///
/// # Arguments
/// * `material` - the key: 16, 24 or 32 bytes; the caller still has to wipe it.
/// * `name` - what people call the key; the service wants 2 to 90 characters.
/// * `aliases` - names by which the key can be addressed; the service takes up to 5.
///
/// # Errors
/// `ERR_ARGUMENT` if the material has another length.
///
/// # Source
/// Key Protect API, "Create a key".
pub fn import_request(material: &[u8], name: &str, aliases: &[&str]) -> Result<SecretBytes, Error> {
    if !MATERIAL_LENS.contains(&material.len()) {
        return Err(Problem::MaterialLength.into());
    }
    let mut body = SecretBytes::with_capacity(512);
    body.extend_from_slice(
        b"{\"metadata\":{\"collectionType\":\"application/vnd.ibm.kms.key+json\",\
          \"collectionTotal\":1},\"resources\":[{\"type\":\"application/vnd.ibm.kms.key+json\",\
          \"extractable\":false,\"name\":",
    );
    write_string(&mut body, name);
    if !aliases.is_empty() {
        body.extend_from_slice(b",\"aliases\":");
        write_strings(&mut body, aliases);
    }
    body.extend_from_slice(b",\"payload\":\"");
    write_encoded(&mut body, material, TextEncoding::Base64)?;
    body.extend_from_slice(b"\"}]}");
    Ok(body)
}

fn write_aad(body: &mut SecretBytes, aad: &[&str]) -> Result<(), Error> {
    if aad.len() > AAD_COUNT_MAX || aad.iter().any(|text| text.len() > AAD_LEN_MAX) {
        return Err(Problem::AadTooLong.into());
    }
    if !aad.is_empty() {
        body.extend_from_slice(b",\"aad\":");
        write_strings(body, aad);
    }
    Ok(())
}

fn write_strings(body: &mut SecretBytes, texts: &[&str]) {
    for (position, text) in texts.iter().enumerate() {
        body.extend_from_slice(if position == 0 { b"[" } else { b"," });
        write_string(body, text);
    }
    body.extend_from_slice(b"]");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;
    use serde_json::{Value, json};

    fn value(body: &SecretBytes) -> Value {
        serde_json::from_slice(body.as_bytes()).unwrap()
    }

    #[test]
    fn a_wrap_request_is_what_the_service_expects() {
        let key = DataKey::from_secret(Secret::from_slice(&[0xFF; 32]).unwrap());
        let body = wrap_request(&key, &["a\"b", "c"]).unwrap();
        let plaintext = "//////////////////////////////////////////8=";
        assert_eq!(
            value(&body),
            json!({ "plaintext": plaintext, "aad": ["a\"b", "c"] })
        );
        let body = wrap_request(&key, &[]).unwrap();
        assert_eq!(value(&body), json!({ "plaintext": plaintext }));
    }

    #[test]
    // spec: K-1
    fn an_unwrap_request_carries_the_ciphertext_as_it_was() {
        let body = unwrap_request(b"eyJ9\"x", &["a"]).unwrap();
        assert_eq!(
            value(&body),
            json!({ "ciphertext": "eyJ9\"x", "aad": ["a"] })
        );
        let problem = unwrap_request(b"\xFF", &[]).unwrap_err().problem();
        assert_eq!(problem, Problem::OpenFailed);
    }

    #[test]
    fn an_import_request_names_the_key() {
        let body = import_request(&[0; 16], "orders", &["o", "p"]).unwrap();
        let resource = &value(&body)["resources"][0];
        assert_eq!(resource["payload"], "AAAAAAAAAAAAAAAAAAAAAA==");
        assert_eq!(resource["aliases"], json!(["o", "p"]));
        assert_eq!(resource["extractable"], false);
        let problem = import_request(&[0; 17], "orders", &[])
            .unwrap_err()
            .problem();
        assert_eq!(problem, Problem::MaterialLength);
    }

    #[test]
    fn limits_of_the_additional_data_hold() {
        let key = DataKey::generate().unwrap();
        let long = "x".repeat(256);
        for aad in [&[&*long][..], &["x"; 127]] {
            assert_eq!(
                wrap_request(&key, aad).unwrap_err().problem(),
                Problem::AadTooLong
            );
        }
        assert!(wrap_request(&key, &[&long[..255]; 126]).is_ok());
    }
}
