//! Why a service cannot be made or opened.

use std::fmt;

use crate::store::StoreError;

/// Why a service cannot be made or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServiceError {
    /// The platform gives no randomness.
    Core,
    /// The store or the snapshot holds no service.
    Missing,
    /// An option is not what it must be.
    Option,
    /// The store failed.
    Store(StoreError),
    /// The master key is another one, or what it sealed was altered.
    WrongMasterKey,
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Core => f.write_str("the platform gives no randomness"),
            Self::Missing => f.write_str("there is no service in this store"),
            Self::Option => f.write_str(
                "an option is not valid: `instance` is a UUID, `account` 32 hexadecimal digits, \
                 `region` letters, digits and hyphens",
            ),
            Self::Store(error) => error.fmt(f),
            Self::WrongMasterKey => {
                f.write_str("the master key does not open what is stored, or it was altered")
            }
        }
    }
}

impl std::error::Error for ServiceError {}

impl From<StoreError> for ServiceError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<tsutsumi::Error> for ServiceError {
    fn from(_: tsutsumi::Error) -> Self {
        Self::Core
    }
}
