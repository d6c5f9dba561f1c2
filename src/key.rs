//! Keys: the data key of a message, wrapping keys that stay in the process, branch keys, and keys
//! made of passphrases.

#[cfg(any(not(target_arch = "wasm32"), feature = "formats"))]
mod branch;
mod data_key;
mod legacy_key;
#[cfg(any(not(target_arch = "wasm32"), feature = "formats"))]
mod passphrase;
mod rsa_unwrapping_key;
mod wrapping_key;

#[cfg(any(not(target_arch = "wasm32"), feature = "formats"))]
pub use branch::BranchKey;
pub use data_key::DataKey;
pub use legacy_key::LegacyKey;
#[cfg(any(not(target_arch = "wasm32"), feature = "formats"))]
pub use passphrase::{PassphraseCost, stretch};
pub use rsa_unwrapping_key::{RsaOaep, RsaUnwrappingKey};
pub use wrapping_key::WrappingKey;
