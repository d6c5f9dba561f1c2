//! Contexts.

use wasm_bindgen::prelude::*;

use super::handles::Object;
use super::{call, output_len};
use crate::context::{Context, push_len, read_prefixed};
use crate::error::{Error, Problem};
use crate::secret::SecretBytes;

/// Makes a context of the length-prefixed pairs in the input, in any order; of any keys if it is
/// one that a message may come with, and otherwise of those that are the caller's to choose.
#[wasm_bindgen(js_name = contextNew)]
pub fn context_new(len: usize, any_keys: bool) -> Result<u32, JsValue> {
    call(&mut |state| {
        let pairs = read_pairs(state.input.bytes(len)?)?;
        let context = match any_keys {
            true => Context::of_any_keys(pairs),
            false => Context::new(pairs),
        };
        state.handles.insert(Object::Context(context?))
    })
}

/// Reads length-prefixed pairs, in any order.
pub(super) fn read_pairs(mut bytes: &[u8]) -> Result<Vec<(&str, &str)>, Error> {
    let mut pairs = Vec::new();
    while !bytes.is_empty() {
        pairs.push((read_text(&mut bytes)?, read_text(&mut bytes)?));
    }
    Ok(pairs)
}

/// Writes what stands for a context in a key service that binds text: base64url of its SHA-384.
#[wasm_bindgen(js_name = contextDigest)]
pub fn context_digest(context: u32) -> Result<u32, JsValue> {
    call(&mut |state| {
        let digest = state.handles.context(context)?.digest();
        state.output.extend_from_slice(digest.as_bytes());
        output_len(state)
    })
}

/// Writes the pairs as [`context_new`] reads them.
pub(super) fn write_pairs(context: &Context, output: &mut SecretBytes) {
    let mut bytes = Vec::new();
    for (key, value) in context.iter() {
        for text in [key, value] {
            push_len(&mut bytes, text.len());
            bytes.extend_from_slice(text.as_bytes());
        }
    }
    output.extend_from_slice(&bytes);
}

fn read_text<'a>(rest: &mut &'a [u8]) -> Result<&'a str, Error> {
    let text = read_prefixed(rest).and_then(|bytes| core::str::from_utf8(bytes).ok());
    text.ok_or_else(|| Problem::Boundary.into())
}
