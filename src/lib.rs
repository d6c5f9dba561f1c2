//! Envelope encryption under root keys that somebody else controls.
//!
//! This crate is the core of Tsutsumi: it makes data keys, seals and opens with them, and speaks
//! the protocol of a root-key service as bytes. It does no I/O: it hands out bytes to send and
//! takes bytes received. Compiled to WebAssembly it is what the npm package `tsutsumi` runs on;
//! native programs use it as it is.
//!
//! * [`DataKey`] is the key of one message; [`WrappingKey`] wraps it in the process, and
//!   [`key_protect`] has a key service wrap it; [`key_service`] is for other services.
//! * [`BranchKey`] stands between a root key and data keys: traffic then costs no calls.
//! * [`message`] seals and opens messages in the AWS Encryption SDK format.
//! * [`object`] seals large blobs and opens ranges of them; a [`slot`] keeps the key of one.
//! * [`table`] holds the keys of [`record`]s, tiny values sealed by the million.
//! * [`aead::Xaes256Gcm`] seals values under one long-lived key.
//! * [`manual`] tells what the formats are, what is promised, and why things are as they are.
//!
//! Secrets are only in types that wipe themselves and print nothing. Nothing panics on input.

#![forbid(unsafe_code)]

pub mod aead;
mod context;
mod error;
#[cfg(any(not(target_arch = "wasm32"), feature = "formats"))]
pub mod interop;
mod json;
pub mod kdf;
mod key;
pub mod key_protect;
pub mod key_service;
pub mod manual;
pub mod message;
pub mod object;
mod pool;
pub mod record;
mod secret;
pub mod slot;
pub mod table;
#[cfg(all(target_arch = "wasm32", feature = "bindings"))]
mod wasm;

// The public interface is:
pub use context::Context;
pub use error::{Class, Code, Error, Problem};
#[cfg(any(not(target_arch = "wasm32"), feature = "formats"))]
pub use key::BranchKey;
pub use key::{DataKey, LegacyKey, RsaOaep, RsaUnwrappingKey, WrappingKey};
#[cfg(any(not(target_arch = "wasm32"), feature = "formats"))]
pub use key::{PassphraseCost, stretch};
pub use secret::{Secret, SecretBytes, random, scrub_stack};
