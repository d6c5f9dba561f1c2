//! Every parser of the core, and opening with a cipher that does nothing, under libFuzzer.
//!
//! One program for all targets; the variable `TSUTSUMI_FUZZ_TARGET` says which one it is. What a
//! target asserts has to hold for any input at all.

#![no_main]

mod key_service;
mod message;
mod object;
mod slot;
mod table;

use std::env;
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;

type Target = (&'static str, fn(&[u8]));

const TARGETS: [Target; 14] = [
    ("header", message::header),
    ("context", message::context),
    ("message", message::open),
    ("branch", message::branch),
    ("wrapping", message::wrapping),
    ("reply", key_service::reply),
    ("key-reply", key_service::key_reply),
    ("keyset-binary", table::binary),
    ("keyset-json", table::json),
    ("record", table::record),
    ("object", object::open),
    ("range", object::range),
    ("slots", slot::list),
    ("planted", planted),
];

/// The control: a bug that every fuzzer has to find.
fn planted(data: &[u8]) {
    if let [b'b', b'u', b'g', b'!', rest @ ..] = data {
        assert!(rest.len() < 2, "the planted bug");
    }
}

fn target() -> fn(&[u8]) {
    static TARGET: OnceLock<fn(&[u8])> = OnceLock::new();
    *TARGET.get_or_init(|| {
        let wanted = env::var("TSUTSUMI_FUZZ_TARGET").unwrap_or_default();
        let found = TARGETS.iter().find(|(name, _)| *name == wanted);
        found.map_or_else(|| panic!("there is no target `{wanted}`"), |(_, run)| *run)
    })
}

fuzz_target!(|data: &[u8]| target()(data));
