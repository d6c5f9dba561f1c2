//! A data key under another.

use super::{NONCE_LEN, open};
use crate::aead::{Gcm, TAG_LEN};
use crate::error::{Error, Problem};
use crate::key::DataKey;
use crate::pool::draw;
use crate::secret::{Secret, SecretBytes, scrub_stack};

/// Wraps a data key under another with AES-256-GCM: nonce 12 ‖ ciphertext ‖ tag 16.
///
/// # Arguments
/// * `prefix` - what stands in front of the key inside: nothing for JOSE, the two bytes that make a
///   key a Protocol Buffer for Tink.
///
/// # Errors
/// `ERR_INTERNAL` if the platform gives no randomness.
///
/// # Example
/// ```
/// use tsutsumi::{DataKey, interop};
///
/// let (shared, key) = (DataKey::generate()?, DataKey::generate()?);
/// let wrapped = interop::wrap(&shared, &key, b"", b"")?;
/// let (nonce, rest) = wrapped.split_first_chunk().expect("12 bytes");
/// assert_eq!(interop::unwrap(&shared, nonce, b"", rest, b"")?.secret(), key.secret());
/// # Ok::<(), tsutsumi::Error>(())
/// ```
///
/// # Source
/// RFC 7518 section 4.7; Tink, `kms_envelope.proto` and `aes_gcm.proto`.
pub fn wrap(
    wrapping: &DataKey,
    key: &DataKey,
    aad: &[u8],
    prefix: &[u8],
) -> Result<Vec<u8>, Error> {
    let mut nonce = [0; NONCE_LEN];
    draw(&mut nonce)?;
    let mut wrapped = SecretBytes::with_capacity(NONCE_LEN + prefix.len() + DataKey::LEN + TAG_LEN);
    for part in [&nonce[..], prefix, key.secret().as_bytes()] {
        wrapped.extend_from_slice(part);
    }
    let cipher = Gcm::new(wrapping.secret());
    let tag = cipher.seal(&nonce, aad, &mut wrapped.as_mut_bytes()[NONCE_LEN..])?;
    wrapped.extend_from_slice(&tag);
    scrub_stack();
    Ok(wrapped.as_bytes().to_vec())
}

/// Unwraps what [`wrap`] returned, without its nonce.
///
/// # Errors
/// `ERR_OPEN_FAILED` if it was altered, is of another key, or holds no prefix and 32 bytes.
pub fn unwrap(
    wrapping: &DataKey,
    nonce: &[u8; NONCE_LEN],
    aad: &[u8],
    wrapped: &[u8],
    prefix: &[u8],
) -> Result<DataKey, Error> {
    let failed = Error::from(Problem::OpenFailed);
    if wrapped.len() != prefix.len() + DataKey::LEN + TAG_LEN {
        return Err(failed);
    }
    let mut opened = SecretBytes::with_capacity(wrapped.len());
    open(wrapping, nonce, aad, wrapped, &mut opened)?;
    let key = opened.as_bytes().strip_prefix(prefix).ok_or(failed)?;
    Secret::from_slice(key).map(DataKey::from_secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flipped_bit_and_another_prefix_is_refused() {
        let (wrapping, key) = (DataKey::generate().unwrap(), DataKey::generate().unwrap());
        let wrapped = wrap(&wrapping, &key, b"aad", b"\x1a\x20").unwrap();
        let open = |wrapped: &[u8], aad: &[u8], prefix: &[u8]| {
            let (nonce, rest) = wrapped.split_first_chunk().unwrap();
            unwrap(&wrapping, nonce, aad, rest, prefix)
        };
        let opened = open(&wrapped, b"aad", b"\x1a\x20").unwrap();
        assert_eq!(opened.secret(), key.secret());
        assert!(open(&wrapped, b"", b"\x1a\x20").is_err());
        assert!(open(&wrapped, b"aad", b"\x1a\x21").is_err());
        assert!(open(&wrapped, b"aad", b"").is_err());
        for bit in 0..wrapped.len() * 8 {
            let mut altered = wrapped.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            let error = open(&altered, b"aad", b"\x1a\x20").unwrap_err();
            assert_eq!(error.problem(), Problem::OpenFailed);
        }
    }
}
