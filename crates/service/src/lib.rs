//! A root-key service that speaks the IBM Key Protect API.
//!
//! Root keys never leave it: clients have data keys wrapped and unwrapped under them. One router
//! serves two hosts: the program `tsutsumi-service`, and, compiled to WebAssembly, the service that
//! the npm package embeds for tests and offline work.
//!
//! * [`Service`] is the whole: make one over a [`Store`] and a master key, and serve its router.
//! * [`Store`] is where rows live. [`MemoryStore`] keeps them in memory.
//! * [`Clock`] can be moved, so that timers of an hour or 90 days can be tested.
//!
//! What is stored of a key is wrapped by an instance key, which is wrapped by the master key. API
//! keys are stored as hashes.
//!
//! # Example
//! ```
//! use std::sync::Arc;
//! use tsutsumi::Secret;
//! use tsutsumi_service::{Clock, MemoryStore, Options, Service};
//!
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! let master = Secret::<32>::generate().unwrap();
//! let store = Arc::new(MemoryStore::default());
//! let service = Service::create(store, &master, Arc::new(Clock::default()), Options::default())
//!     .await
//!     .unwrap();
//! let api_key = service.issue_api_key("first").await.unwrap();
//! assert_eq!(api_key.len(), 44);
//! let router: axum::Router = service.router();
//! # });
//! ```

#![forbid(unsafe_code)]

mod access;
mod activity;
mod api;
mod call;
mod ciphers;
mod clock;
mod crn;
#[cfg(all(target_arch = "wasm32", feature = "embedded"))]
mod embedded;
mod health;
mod iam;
mod identity;
mod import;
mod metrics;
mod openapi;
mod operation;
mod payload;
mod peer;
mod problem;
mod query;
mod rate_limit;
mod record;
mod reply;
mod service;
mod single;
mod store;
mod sweep;
mod usage;
mod vault;
mod wrapped_key;

// The public interface is:
pub use activity::{Tampering, Verified};
pub use clock::Clock;
#[cfg(all(target_arch = "wasm32", feature = "embedded"))]
pub use embedded::EmbeddedService;
#[cfg(all(target_arch = "wasm32", feature = "embedded"))]
pub use import::platform::ImportTokens;
pub use peer::Peer;
pub use service::{Options, Service, ServiceError};
pub use store::facets::Facets;
pub use store::find::{Comparison, Find, Property, Test};
pub use store::memory::MemoryStore;
#[cfg(feature = "native")]
pub use store::postgres::PostgresStore;
#[cfg(feature = "native")]
pub use store::recent::RecentStore;
#[cfg(feature = "native")]
pub use store::sqlite::SqliteStore;
pub use store::{Answer, Change, Row, Store, StoreError, Write};
pub use sweep::Swept;
