//! A plugin that protects the secrets of a Kubernetes cluster by a root key of IBM Key Protect, or
//! of any service that speaks its API.
//!
//! kube-apiserver has the plugin encrypt a seed when it starts and when the root key is rotated,
//! derives a key for each secret from it, and stores the encrypted seed with every secret. So calls
//! are few, and what counts is that the plugin answers when it is asked.
//!
//! * [`Plugin`] answers the three calls; [`Memory`] is what `Status` answers from; [`watch`] keeps
//!   it up to date.
//! * [`KeyService`] has seeds wrapped and unwrapped, everything within [`CALL_TIMEOUT`].
//! * [`serve::run`] is the program.
//!
//! Seeds and local KEKs are only in memory that is wiped, as far as the libraries for HTTP and gRPC
//! let it be: their buffers are theirs.

#![forbid(unsafe_code)]

mod key_service;
mod local_kek;
mod memory;
mod metrics;
pub mod observe;
mod plugin;
pub mod register;
mod root_key;
mod scope;
pub mod serve;
mod settings;
mod socket;
pub mod watch;

// The public interface is:
pub use key_service::{Access, CALL_TIMEOUT, Call, Failure, KeyService, Kind};
pub use local_kek::ANNOTATION;
pub use memory::Memory;
pub use metrics::Metrics;
pub use plugin::Plugin;
pub use root_key::RootKey;
pub use scope::Scope;
pub use settings::{LogFormat, Settings};
pub use socket::Socket;
