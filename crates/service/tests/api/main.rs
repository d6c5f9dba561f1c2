//! The service through its router, as a client sees it.

#![allow(clippy::unwrap_used)] // a test fails by panicking

mod aliases;
mod at_rest;
mod harness;
mod keys;
mod lifecycle;
mod refusals;
mod secrecy;
mod stores;
mod tokens;
mod wrapping;
