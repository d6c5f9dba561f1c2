//! The plugin over the real key service, in process, with faults put before it.

#![allow(clippy::unwrap_used)] // a test fails by panicking

mod bench;
mod deploy;
mod faults;
mod memory;
mod opening;
mod program;
mod registering;
mod rotation;
mod web;
