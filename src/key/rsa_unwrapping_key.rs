//! The raw RSA keyring of the AWS Encryption SDK, for reading; the RSA is somebody else's.

use core::fmt;

use crate::error::{Error, Problem};
use crate::key::LegacyKey;
use crate::message::Slot;
use crate::secret::SecretBytes;

/// RSA-OAEP with one private key: of a library that the caller has vetted, or of hardware.
///
/// This crate does none: the timing of an RSA implementation tells its key unless that is taken
/// care of, and what is written in Rust does not promise it.
pub trait RsaOaep {
    /// Decrypts a block with an empty label; `None` if it does not decrypt, for whatever reason.
    ///
    /// It has to take the same time for every reason.
    fn decrypt(&self, block: &[u8]) -> Option<SecretBytes>;
}

/// Unwraps what the raw RSA keyring of an AWS Encryption SDK wrapped. Wraps nothing.
///
/// RSA binds no context: only the tag of the message's header does.
///
/// # Example
/// ```
/// use tsutsumi::message::Slot;
/// use tsutsumi::{RsaOaep, RsaUnwrappingKey, SecretBytes};
///
/// struct Hsm;
///
/// impl RsaOaep for Hsm {
///     fn decrypt(&self, block: &[u8]) -> Option<SecretBytes> {
/// #       let _ = block;
///         // Ask the device.
/// #       None
///     }
/// }
///
/// let key = RsaUnwrappingKey::new("example", "rsa 1", Hsm)?;
/// assert!(key.unwrap(&Slot::new("example", "rsa 1", [0; 256])?).is_err());
/// # Ok::<(), tsutsumi::Error>(())
/// ```
///
/// # Source
/// AWS Encryption SDK specification, "Raw RSA Keyring".
pub struct RsaUnwrappingKey<R> {
    namespace: String,
    name: String,
    rsa: R,
}

impl<R: RsaOaep> RsaUnwrappingKey<R> {
    /// Takes the two names by which a slot says whose it is, and what decrypts.
    ///
    /// # Errors
    /// `ERR_ARGUMENT` as [`WrappingKey::new`](crate::WrappingKey::new).
    pub fn new(
        namespace: impl Into<String>,
        name: impl Into<String>,
        rsa: R,
    ) -> Result<Self, Error> {
        let (namespace, name) = (namespace.into(), name.into());
        super::wrapping_key::check_names(&namespace, &name)?;
        Ok(Self {
            namespace,
            name,
            rsa,
        })
    }

    /// Whether a slot says that it was wrapped for this key.
    #[must_use]
    pub fn owns(&self, slot: &Slot) -> bool {
        slot.provider == self.namespace && slot.info == self.name.as_bytes()
    }

    /// Unwraps the data key out of a slot.
    ///
    /// # Errors
    /// `ERR_POLICY_KEY` if the slot names another key; `ERR_OPEN_FAILED` if it does not decrypt, or
    /// to something that is no data key.
    pub fn unwrap(&self, slot: &Slot) -> Result<LegacyKey, Error> {
        if !self.owns(slot) {
            return Err(Problem::SlotForeign.into());
        }
        let key = self
            .rsa
            .decrypt(&slot.ciphertext)
            .ok_or(Problem::OpenFailed)?;
        LegacyKey::from_slice(key.as_bytes())
    }
}

impl<R> fmt::Debug for RsaUnwrappingKey<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RsaUnwrappingKey({:?}, {:?})", self.namespace, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Stands for a device: knows one block. Real RSA is tested where WebCrypto does it.
    struct OneBlock(Vec<u8>);

    impl RsaOaep for OneBlock {
        fn decrypt(&self, block: &[u8]) -> Option<SecretBytes> {
            (block == [1, 2, 3]).then(|| SecretBytes::from(self.0.clone()))
        }
    }

    #[test]
    fn a_slot_of_this_key_is_decrypted_and_no_other() {
        let key = RsaUnwrappingKey::new("space", "name", OneBlock(vec![7; 24])).unwrap();
        let slot = |provider, info, block| Slot::new(provider, info, block).unwrap();
        let unwrapped = key.unwrap(&slot("space", "name", vec![1, 2, 3])).unwrap();
        assert_eq!(unwrapped.as_bytes(), [7; 24]);
        let problem = |slot| key.unwrap(&slot).unwrap_err().problem();
        for foreign in [
            slot("other", "name", vec![1, 2, 3]),
            slot("space", "name2", vec![1, 2, 3]),
        ] {
            assert_eq!(problem(foreign), Problem::SlotForeign);
        }
        assert_eq!(problem(slot("space", "name", vec![1])), Problem::OpenFailed);
        assert_eq!(format!("{key:?}"), r#"RsaUnwrappingKey("space", "name")"#);
    }

    #[test]
    fn what_is_no_data_key_is_refused() {
        for len in [0, 15, 17, 33, 64] {
            let key = RsaUnwrappingKey::new("space", "name", OneBlock(vec![7; len])).unwrap();
            let slot = Slot::new("space", "name", [1, 2, 3]).unwrap();
            let problem = key.unwrap(&slot).unwrap_err().problem();
            assert_eq!(problem, Problem::OpenFailed);
        }
        assert!(RsaUnwrappingKey::new("aws-kms", "name", OneBlock(vec![])).is_err());
    }
}
