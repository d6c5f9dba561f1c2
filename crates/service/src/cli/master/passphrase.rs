//! A master key derived from a passphrase.

use std::path::Path;

use argon2::{Algorithm, Argon2, Params, Version};
use base64ct::{Base64, Encoding};
use tsutsumi::Secret;
use zeroize::Zeroizing;

use super::Failed;
use super::file::{read_text, write_private};

/// The salt, in the data directory.
const SALT: &str = "master.salt";
/// Argon2id with 64 MiB and three passes, as RFC 9106 section 4 recommends where memory is short.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
const CHARS_MIN: usize = 12;

/// Derives the key; draws the salt if the directory has none.
pub(super) fn derive(passphrase: &str, data: &Path) -> Result<Secret<32>, Failed> {
    let passphrase = passphrase.trim_end_matches(['\r', '\n']);
    if passphrase.chars().count() < CHARS_MIN {
        return Err(format!("the passphrase must have at least {CHARS_MIN} characters").into());
    }
    let path = data.join(SALT);
    if !path.exists() {
        let mut salt = [0; 16];
        tsutsumi::random(&mut salt)?;
        write_private(&path, &Base64::encode_string(&salt))?;
    }
    let salt = Base64::decode_vec(read_text(&path)?.trim())
        .map_err(|_| format!("`{}` is damaged", path.display()))?;
    let params = Params::new(MEMORY_KIB, PASSES, 1, Some(32)).map_err(|error| error.to_string())?;
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), &salt, &mut *key)
        .map_err(|error| error.to_string())?;
    Ok(Secret::from_slice(&*key)?)
}
