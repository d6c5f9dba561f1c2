//! The data key of a message of version 1.

use core::fmt;

use super::DataKey;
use crate::error::{Error, Problem};
use crate::secret::{Secret, SecretBytes};

/// A data key of 16, 24 or 32 bytes: what unwrapping gives for a message of version 1.
///
/// It opens messages and does nothing else. Cannot be printed or cloned; wiped when dropped.
///
/// # Example
/// ```
/// let key = tsutsumi::LegacyKey::from_slice(&[7; 16])?;
/// assert_eq!(format!("{key:?}"), "LegacyKey(16)");
/// # Ok::<(), tsutsumi::Error>(())
/// ```
pub struct LegacyKey(SecretBytes);

impl LegacyKey {
    /// Copies a key out of a slice, which the caller still has to wipe.
    ///
    /// # Errors
    /// `ERR_OPEN_FAILED` if it has another length than a data key can have.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, Error> {
        if !matches!(bytes.len(), 16 | 24 | 32) {
            return Err(Problem::OpenFailed.into());
        }
        let mut key = SecretBytes::with_capacity(bytes.len());
        key.extend_from_slice(bytes);
        Ok(Self(key))
    }

    /// The key itself.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    pub(crate) fn as_mut_bytes(&mut self) -> &mut [u8] {
        self.0.as_mut_bytes()
    }

    /// As the data key of a message of version 2.
    ///
    /// # Errors
    /// `ERR_OPEN_FAILED` if it has not 32 bytes.
    pub fn into_data_key(self) -> Result<DataKey, Error> {
        let secret = Secret::from_slice(self.as_bytes()).map_err(|_| Problem::OpenFailed)?;
        Ok(DataKey::from_secret(secret))
    }
}

impl From<&DataKey> for LegacyKey {
    fn from(key: &DataKey) -> Self {
        let mut bytes = SecretBytes::with_capacity(DataKey::LEN);
        bytes.extend_from_slice(key.secret().as_bytes());
        Self(bytes)
    }
}

impl fmt::Debug for LegacyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LegacyKey({})", self.0.len())
    }
}
