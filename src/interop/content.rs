//! Content under a data key.

use super::check_len;
use crate::aead::{Gcm, TAG_LEN};
use crate::error::{Error, Problem};
use crate::key::DataKey;
use crate::pool::draw;
use crate::secret::{SecretBytes, scrub_stack};

/// Bytes of a nonce.
pub const NONCE_LEN: usize = crate::aead::NONCE_LEN;

/// Seals content with AES-256-GCM: nonce 12 ‖ ciphertext ‖ tag 16.
///
/// The nonce is random, so one key should seal fewer than 2³² contents; most seal one.
///
/// # Arguments
/// * `aad` - authenticated with the content, and not stored.
/// * `content` - up to [`CONTENT_LEN_MAX`](super::CONTENT_LEN_MAX) bytes.
///
/// # Errors
/// `ERR_LIMIT` for more; `ERR_INTERNAL` if the platform gives no randomness.
///
/// # Example
/// ```
/// use tsutsumi::{DataKey, SecretBytes, interop};
///
/// let key = DataKey::generate()?;
/// let sealed = interop::seal(&key, b"header", b"content")?;
/// let (nonce, rest) = sealed.split_first_chunk().expect("12 bytes");
/// let mut content = SecretBytes::new();
/// interop::open(&key, nonce, b"header", rest, &mut content)?;
/// assert_eq!(content.as_bytes(), b"content");
/// # Ok::<(), tsutsumi::Error>(())
/// ```
///
/// # Source
/// NIST SP 800-38D; RFC 7518 section 5.3.
pub fn seal(key: &DataKey, aad: &[u8], content: &[u8]) -> Result<Vec<u8>, Error> {
    check_len(content)?;
    let mut nonce = [0; NONCE_LEN];
    draw(&mut nonce)?;
    // Room for all of it now: if the vector moved later, plaintext would stay behind.
    let mut sealed = Vec::with_capacity(NONCE_LEN + content.len() + TAG_LEN);
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(content);
    let tag = Gcm::new(key.secret()).seal(&nonce, aad, &mut sealed[NONCE_LEN..])?;
    sealed.extend_from_slice(&tag);
    scrub_stack();
    Ok(sealed)
}

/// Opens content, ciphertext ‖ tag 16, and appends it; or nothing.
///
/// # Errors
/// `ERR_OPEN_FAILED` if it was altered, or key, nonce or `aad` is another one; `ERR_LIMIT` over
/// [`CONTENT_LEN_MAX`](super::CONTENT_LEN_MAX) bytes.
pub fn open(
    key: &DataKey,
    nonce: &[u8; NONCE_LEN],
    aad: &[u8],
    sealed: &[u8],
    content: &mut SecretBytes,
) -> Result<(), Error> {
    let (ciphertext, tag) = sealed
        .split_last_chunk::<TAG_LEN>()
        .ok_or(Problem::OpenFailed)?;
    check_len(ciphertext)?;
    let opened = Gcm::new(key.secret()).open_to(nonce, aad, ciphertext, tag, content);
    scrub_stack();
    opened
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;
    use base64ct::{Base64UrlUnpadded, Encoding};

    // RFC 7516 appendix A.1: the content of the example, under its content encryption key.
    #[test]
    fn the_example_of_the_standard_is_opened() {
        let key = [
            177, 161, 244, 128, 84, 143, 225, 115, 63, 180, 3, 255, 107, 154, 212, 246, 138, 7,
            110, 91, 112, 46, 34, 105, 47, 130, 203, 46, 122, 234, 64, 252,
        ];
        let nonce = [227, 197, 117, 252, 2, 219, 233, 68, 180, 225, 77, 219];
        let header = b"eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ";
        let decode = |text| Base64UrlUnpadded::decode_vec(text).unwrap();
        let mut sealed = decode(
            "5eym8TW_c8SuK0ltJ3rpYIzOeDQz7TALvtu6UG9oMo4vpzs9tX_EFShS8iB7j6jiSdiwkIr3ajwQzaBtQD_A",
        );
        sealed.extend(decode("XFBoMYUZodetZdvTiFvSkQ"));
        let key = DataKey::from_secret(Secret::from_slice(&key).unwrap());
        let mut content = SecretBytes::new();
        open(&key, &nonce, header, &sealed, &mut content).unwrap();
        assert_eq!(
            content.as_bytes(),
            b"The true sign of intelligence is not knowledge but imagination."
        );
        for byte in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[byte] ^= 1;
            assert!(open(&key, &nonce, header, &altered, &mut content).is_err());
        }
        assert_eq!(content.len(), 63);
    }
}
