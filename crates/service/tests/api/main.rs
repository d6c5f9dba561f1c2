//! The service through its router, as a client sees it.

#![allow(clippy::unwrap_used)] // a test fails by panicking

mod access;
mod activity;
mod activity_data;
mod activity_identity;
mod aliases;
mod at_rest;
mod bad_input;
mod contract;
mod deletion;
mod harness;
mod identities;
mod identity_api;
mod import;
mod instance_policies;
mod kept_api_key;
mod keys;
mod lifecycle;
mod limits;
mod listing;
mod operations;
mod policies;
#[path = "../support/postgres.rs"]
mod postgres;
mod refusals;
mod registrations;
mod rings;
mod secrecy;
mod stores;
mod stores_finding;
mod stores_recent;
mod tokens;
mod wrapping;
