//! The conformance checks against plugins that misbehave on purpose, each in one way: every one is
//! caught, under the name of the check that is meant for it.

#![allow(clippy::unwrap_used)] // a test fails by panicking

mod caught;
mod harness;
mod misbehaviour;
mod plugin;
