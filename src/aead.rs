//! Authenticated encryption: AES-256-GCM for the formats, XAES-256-GCM for random nonces without
//! end.

mod gcm;
#[cfg(any(not(target_arch = "wasm32"), feature = "formats"))]
mod gcm_of_size;
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod portable;
#[cfg(any(test, all(target_arch = "wasm32", target_feature = "simd128")))]
mod simd;
mod xaes;

#[cfg(not(any(not(target_arch = "wasm32"), feature = "formats")))]
pub(crate) use gcm::Gcm as OpeningGcm;
pub(crate) use gcm::{Gcm, NONCE_LEN, TAG_LEN, open_behind};
#[cfg(any(not(target_arch = "wasm32"), feature = "formats"))]
pub(crate) use gcm_of_size::GcmOfSize as OpeningGcm;
pub use xaes::Xaes256Gcm;

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
use portable as kernel;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use simd as kernel;
