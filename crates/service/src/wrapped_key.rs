//! The `ciphertext` of wrap: a data key wrapped by a root key version, in Key Protect's outer form.
//!
//! Standard base64 of compact JSON `{"ciphertext","iv","version","handle"}`. The handle is the id
//! of the root key version. The wrapping key is derived from the version's material, so that
//! material of 16, 24 and 32 bytes serves alike; XAES-256-GCM draws a nonce of 24 bytes, so that
//! the number of wraps under one version needs no limit. The form, the handle and the list of AAD
//! strings are authenticated.

use base64ct::{Base64, Encoding};
use serde::{Deserialize, Serialize};
use tsutsumi::aead::Xaes256Gcm;
use tsutsumi::{Error, SecretBytes, kdf};

use crate::payload::decode_base64;
use crate::vault::bind;

/// Says that a wrapped key is ours; none of IBM's starts with a letter.
const FORM: &str = "tsutsumi-1";
const NONCE_LEN: usize = 24;
const TAG_LEN: usize = 16;

/// A wrapped key taken apart.
pub(crate) struct WrappedKey {
    pub(crate) handle: String,
    sealed: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Outer<'a> {
    #[serde(borrow)]
    ciphertext: &'a str,
    iv: &'a str,
    version: &'a str,
    handle: &'a str,
}

/// Wraps `plaintext` under a root key version.
///
/// * `cipher` - of the version's material.
pub(crate) fn wrap(
    cipher: &Xaes256Gcm,
    version: &str,
    aad: &[String],
    plaintext: &[u8],
) -> Result<String, Error> {
    let sealed = cipher.seal(&bound(version, aad), plaintext)?;
    let (nonce, ciphertext) = sealed.split_at(NONCE_LEN);
    let (ciphertext, iv) = (
        Base64::encode_string(ciphertext),
        Base64::encode_string(nonce),
    );
    let outer = Outer {
        ciphertext: &ciphertext,
        iv: &iv,
        version: FORM,
        handle: version,
    };
    let json = serde_json::to_string(&outer).unwrap_or_default();
    Ok(Base64::encode_string(json.as_bytes()))
}

impl WrappedKey {
    /// Takes the decoded `ciphertext` apart; `None` if it is not of our form.
    pub(crate) fn parse(json: &[u8]) -> Option<Self> {
        let outer: Outer<'_> = serde_json::from_slice(json).ok()?;
        if outer.version != FORM {
            return None;
        }
        let nonce = decode_base64(outer.iv).ok()?;
        let ciphertext = decode_base64(outer.ciphertext).ok()?;
        if nonce.len() != NONCE_LEN || ciphertext.len() < TAG_LEN {
            return None;
        }
        let sealed = [nonce.as_bytes(), ciphertext.as_bytes()].concat();
        Some(Self {
            handle: outer.handle.to_owned(),
            sealed,
        })
    }

    /// Unwraps with the cipher of a root key version.
    pub(crate) fn unwrap(&self, cipher: &Xaes256Gcm, aad: &[String]) -> Result<SecretBytes, Error> {
        cipher.open(&bound(&self.handle, aad), &self.sealed)
    }
}

/// What wraps under a root key version of this material.
pub(crate) fn cipher(material: &SecretBytes) -> Xaes256Gcm {
    Xaes256Gcm::new(&kdf::derive_32(
        material.as_bytes(),
        b"",
        &[b"tsutsumi service wrap v1"],
    ))
}

fn bound(handle: &str, aad: &[String]) -> Vec<u8> {
    let mut parts = vec![FORM, handle];
    parts.extend(aad.iter().map(String::as_str));
    bind(&parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aad(list: &[&str]) -> Vec<String> {
        list.iter().map(|text| (*text).to_owned()).collect()
    }

    fn parse(wrapped: &str) -> WrappedKey {
        WrappedKey::parse(decode_base64(wrapped).unwrap().as_bytes()).unwrap()
    }

    #[test]
    fn keys_of_every_allowed_length_wrap() {
        for len in [16, 24, 32] {
            let material = cipher(&SecretBytes::from(vec![7; len]));
            let wrapped = wrap(&material, "v", &[], b"data key").unwrap();
            assert!(wrapped.starts_with("eyJjaXBoZXJ0ZXh0Ijoi"), "{wrapped}");
            let plaintext = parse(&wrapped).unwrap(&material, &[]).unwrap();
            assert_eq!(plaintext.as_bytes(), b"data key");
        }
    }

    #[test]
    fn the_aad_must_be_the_same_list() {
        let material = cipher(&SecretBytes::from(vec![7; 32]));
        let wrapped = parse(&wrap(&material, "v", &aad(&["ab", "c"]), b"data key").unwrap());
        assert!(wrapped.unwrap(&material, &aad(&["ab", "c"])).is_ok());
        for other in [
            &["a", "bc"][..],
            &["abc"],
            &["c", "ab"],
            &["ab"],
            &["ab", "c", ""],
            &[],
        ] {
            assert!(wrapped.unwrap(&material, &aad(other)).is_err(), "{other:?}");
        }
    }

    #[test]
    fn a_handle_cannot_be_exchanged() {
        let material = cipher(&SecretBytes::from(vec![7; 32]));
        let mut wrapped = parse(&wrap(&material, "v", &[], b"data key").unwrap());
        wrapped.handle = "w".to_owned();
        assert!(wrapped.unwrap(&material, &[]).is_err());
    }
}
