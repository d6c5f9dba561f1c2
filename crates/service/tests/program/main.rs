//! The program as its user starts it.

#![allow(clippy::unwrap_used)] // a test fails by panicking

mod client;
mod commands;
mod connections;
mod crash;
mod master_key;
mod program;
mod secrecy;
mod settings;
