//! Plays kube-apiserver's rules against any plugin for key services, over its socket.
//!
//! * [`Apiserver`] is kube-apiserver, as far as a plugin can tell, with a clock that is moved by
//!   hand; [`record`] is what it stores.
//! * [`check::all`] runs the checks of a [`Session`]; [`Report`] says what became of them.
//! * [`bench`](mod@bench) measures calls.
//!
//! It is a client of the plugin and knows nothing of it; whatever is to be done to the plugin or to
//! its key service goes through [`Hooks`].

#![forbid(unsafe_code)]

mod apiserver;
pub mod bench;
pub mod check;
mod client;
mod clock;
mod etcd;
mod limits;
pub mod record;
mod report;
mod session;

// The public interface is:
pub use apiserver::{Apiserver, COASTING, POLL_ILL, POLL_WELL, Read};
pub use client::{Client, Method, TIMEOUT};
pub use etcd::{Records, Store};
pub use report::{Report, Verdict};
pub use session::{Hook, Hooks, Patience, Session};
