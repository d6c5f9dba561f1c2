//! Keys: the data key of a message, wrapping keys that stay in the process, and branch keys.

mod branch;
mod data_key;
mod legacy_key;
mod rsa_unwrapping_key;
mod wrapping_key;

pub use branch::BranchKey;
pub use data_key::DataKey;
pub use legacy_key::LegacyKey;
pub use rsa_unwrapping_key::{RsaOaep, RsaUnwrappingKey};
pub use wrapping_key::WrappingKey;
