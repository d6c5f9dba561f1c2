//! The core in real browsers, run by `wasm-pack test`.

#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod keys;
mod messages;
mod protocol;
mod service;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
