//! The program as its user starts it.

#![allow(clippy::unwrap_used)] // a test fails by panicking

mod client;
mod commands;
mod connections;
mod crash;
mod master_key;
#[path = "../support/postgres.rs"]
mod postgres;
mod program;
mod replicas;
mod revocation;
mod secrecy;
mod settings;
