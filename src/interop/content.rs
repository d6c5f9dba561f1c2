//! Content under a data key.

use super::check_len;
use crate::aead::{Gcm, TAG_LEN};
use crate::error::{Error, Problem};
use crate::key::DataKey;
use crate::secret::{SecretBytes, random, scrub_stack};

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
    random(&mut nonce)?;
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
