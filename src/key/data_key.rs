//! The data key: the key of one message.

use crate::error::Error;
use crate::secret::Secret;

/// A data key: 32 random bytes that seal one message, and that only wrapped leave the process.
///
/// It cannot be printed, cloned, or read out; it is wiped when dropped.
///
/// # Example
/// ```
/// let key = tsutsumi::DataKey::generate()?;
/// assert_eq!(format!("{key:?}"), "DataKey(Secret(32))");
/// # Ok::<(), tsutsumi::Error>(())
/// ```
#[derive(Debug)]
pub struct DataKey(Secret<32>);

impl DataKey {
    /// Bytes of a data key.
    pub const LEN: usize = 32;

    /// Draws a data key from the platform's randomness.
    ///
    /// # Errors
    /// `ERR_INTERNAL` if the platform gives none.
    pub fn generate() -> Result<Self, Error> {
        Secret::generate().map(Self)
    }

    /// Takes a key that was unwrapped by a provider of your own.
    ///
    /// Most callers have no use for this: [`WrappingKey`](super::WrappingKey) and
    /// [`key_protect`](crate::key_protect) unwrap into a `DataKey` by themselves.
    #[must_use]
    pub const fn from_secret(secret: Secret<32>) -> Self {
        Self(secret)
    }

    /// The key itself, for a provider of your own that wraps it.
    #[must_use]
    pub const fn secret(&self) -> &Secret<32> {
        &self.0
    }
}
