//! What the tests of the core share.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test program uses its own part"
)]
#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a test fails by panicking"
)]

pub mod pieces;
pub mod reference;

use std::{env, fs, path::Path};

use base64ct::{Base64, Encoding};
use serde_json::Value;
use shake::Shake128;
use shake::digest::{ExtendableOutput, Update, XofReader};
use tsutsumi::Context;

/// A published vector file; where the folder is not there, says that the test does without.
pub fn published(path: &str) -> Option<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors");
    if !folder.exists() {
        println!("skipped: the published vectors are not in ../shared/vectors");
        return None;
    }
    Some(fs::read(folder.join(path)).unwrap())
}

/// The bytes of base64 text in JSON.
pub fn base64(value: &Value) -> Vec<u8> {
    Base64::decode_vec(value.as_str().unwrap()).unwrap()
}

/// The bytes of hexadecimal text.
pub fn hex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2);
    digits
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

/// The pairs of a JSON object whose keys are wanted.
pub fn context(object: &Value, wanted: impl Fn(&str) -> bool) -> Context {
    let pairs = object
        .as_object()
        .unwrap()
        .iter()
        .filter(|(key, _)| wanted(key));
    Context::new(pairs.map(|(key, value)| (key, value.as_str().unwrap()))).unwrap()
}

/// The plaintext of a given length in the files under `vectors`.
pub fn shake(len: u64) -> Vec<u8> {
    let mut plaintext = vec![0; usize::try_from(len).unwrap()];
    let mut shake = Shake128::default();
    shake.update(format!("n={len}").as_bytes());
    shake.finalize_xof().read(&mut plaintext);
    plaintext
}
