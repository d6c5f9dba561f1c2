//! Keys: the data key of a message, and wrapping keys that stay in the process.

mod data_key;
mod legacy_key;
mod wrapping_key;

pub use data_key::DataKey;
pub use legacy_key::LegacyKey;
pub use wrapping_key::WrappingKey;
