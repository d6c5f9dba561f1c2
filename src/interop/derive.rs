//! The committing derivation of the S3 Encryption Client.

use ctutils::CtEq;

use crate::error::{Error, Problem};
use crate::kdf::Extracted;
use crate::key::DataKey;

/// Bytes of the commitment, and of the message id that is the salt.
pub const COMMITMENT_LEN: usize = 28;

/// The suite that this is for, which is part of what is derived.
const SUITE: [u8; 2] = [0x00, 0x73];

/// The key of the content, once the commitment is known to be the one that the data key gives.
///
/// # Arguments
/// * `message_id` - 28 bytes, from the object's metadata.
/// * `commitment` - likewise.
///
/// # Errors
/// `ERR_OPEN_FAILED` if the commitment is of another key or message id.
///
/// # Source
/// S3 Encryption Client specification, "Key Derivation" and "Key Commitment".
pub fn derive(
    key: &DataKey,
    message_id: &[u8; COMMITMENT_LEN],
    commitment: &[u8; COMMITMENT_LEN],
) -> Result<DataKey, Error> {
    let extracted = Extracted::new(key.secret().as_bytes(), message_id);
    // HKDF's output of 28 bytes is the first 28 of its output of 32.
    let expected = extracted.expand(&[&SUITE, b"COMMITKEY"]);
    if !expected.as_bytes()[..COMMITMENT_LEN]
        .ct_eq(&commitment[..])
        .to_bool()
    {
        return Err(Problem::OpenFailed.into());
    }
    Ok(DataKey::from_secret(
        extracted.expand(&[&SUITE, b"DERIVEKEY"]),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kdf::derive_32;
    use crate::secret::Secret;

    #[test]
    fn only_the_commitment_of_the_key_and_the_message_gives_the_key() {
        let key = DataKey::from_secret(Secret::from_slice(&[1; 32]).unwrap());
        let id = [2; COMMITMENT_LEN];
        let expected = derive_32(&[1; 32], &id, &[b"\0\x73COMMITKEY"]);
        let mut commitment = [0; COMMITMENT_LEN];
        commitment.copy_from_slice(&expected.as_bytes()[..COMMITMENT_LEN]);
        let derived = derive(&key, &id, &commitment).unwrap();
        let content = derive_32(&[1; 32], &id, &[b"\0\x73DERIVEKEY"]);
        assert_eq!(derived.secret(), &content);
        assert!(derive(&key, &[3; COMMITMENT_LEN], &commitment).is_err());
        for byte in 0..COMMITMENT_LEN {
            let mut altered = commitment;
            altered[byte] ^= 1;
            assert!(derive(&key, &id, &altered).is_err());
        }
    }
}
