//! Passphrases, stretched to keys.

use argon2::{Algorithm, Argon2, Params, Version};

use crate::error::{Error, Problem};
use crate::secret::Secret;

/// What trying one passphrase costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)]
pub struct PassphraseCost {
    /// KiB of memory, from 8 to 262,144.
    pub memory_kib: u32,
    /// Passes over it, from 1 to 10.
    pub passes: u32,
}

/// A salt is drawn anew for each key, and is no secret.
const SALT_LEN: usize = 16;
const MEMORY_KIB_MAX: u32 = 256 << 10;
const PASSES_MAX: u32 = 10;

/// Stretches a passphrase to a key, by Argon2id in one lane.
///
/// Takes the memory and the time that `cost` says; the memory is wiped.
///
/// # Errors
/// `ERR_LIMIT` for a cost or a salt outside of its bounds.
///
/// # Example
/// ```
/// use tsutsumi::{PassphraseCost, stretch};
///
/// let cost = PassphraseCost { memory_kib: 64, passes: 1 };
/// let key = stretch(b"correct horse battery staple", &[7; 16], cost)?;
/// assert_eq!(key.as_bytes().len(), 32);
/// # Ok::<(), tsutsumi::Error>(())
/// ```
///
/// # Source
/// RFC 9106.
pub fn stretch(passphrase: &[u8], salt: &[u8], cost: PassphraseCost) -> Result<Secret<32>, Error> {
    let PassphraseCost { memory_kib, passes } = cost;
    if salt.len() != SALT_LEN || memory_kib > MEMORY_KIB_MAX || passes > PASSES_MAX {
        return Err(Problem::InputTooLong.into());
    }
    let outside = |_| Error::from(Problem::InputTooLong);
    let params = Params::new(memory_kib, passes, 1, Some(32)).map_err(outside)?;
    let mut key = Secret::zero();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase, salt, key.as_mut_bytes())
        .map_err(outside)?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    // Made with argon2-cffi for Python, 64 KiB, one pass, one lane.
    #[test]
    fn another_implementation_comes_to_the_same_key() {
        let cost = PassphraseCost {
            memory_kib: 64,
            passes: 1,
        };
        let key = stretch("correct horse \u{e9}".as_bytes(), b"0123456789abcdef", cost).unwrap();
        assert_eq!(
            hex(key.as_bytes()),
            "0335d4636243f0c7301acf9e8e08a8af6d9993b907cf6a2c9f3a407ebdcdfb8f"
        );
        let other = stretch(b"correct horse", b"0123456789abcdef", cost).unwrap();
        assert_ne!(other.as_bytes(), key.as_bytes());
    }

    #[test]
    fn costs_and_salts_have_bounds() {
        let salt: &[u8] = &[7; 16];
        for (memory_kib, passes, salt) in [
            (MEMORY_KIB_MAX + 1, 1, salt),
            (u32::MAX, 1, salt),
            (64, PASSES_MAX + 1, salt),
            (64, 0, salt),
            (7, 1, salt),
            (0, 1, salt),
            (64, 1, &salt[1..]),
            (64, 1, &[]),
        ] {
            let cost = PassphraseCost { memory_kib, passes };
            let problem = stretch(b"x", salt, cost).unwrap_err().problem();
            assert_eq!(problem, Problem::InputTooLong);
        }
    }
}
