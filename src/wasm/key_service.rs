//! Bodies for key services of any kind.

use wasm_bindgen::prelude::*;

use super::{call, output_len, text};
use crate::error::{Error, Problem};
use crate::key_service::{TextEncoding, key_request, read_legacy_key_reply};

/// Writes a request: the input is what goes before the key and what goes after it.
#[wasm_bindgen(js_name = keyRequest)]
pub fn request(
    data_key: u32,
    prefix_len: usize,
    suffix_len: usize,
    encoding: u8,
) -> Result<u32, JsValue> {
    call(&mut |state| {
        let around = state.input.bytes(prefix_len + suffix_len)?;
        let (prefix, suffix) = around.split_at(prefix_len);
        let key = state.handles.data_key(data_key)?;
        state.output = key_request(key, prefix, suffix, read_encoding(encoding)?)?;
        output_len(state)
    })
}

/// Reads the data key out of a reply, and wipes it: the input is the reply and the path in it.
#[wasm_bindgen(js_name = keyReply)]
pub fn reply(len: usize, path_len: usize, encoding: u8) -> Result<u32, JsValue> {
    call(&mut |state| {
        let key = state.input.bytes(len + path_len).and_then(|input| {
            let (body, path) = input.split_at(len);
            read_legacy_key_reply(body, text(path)?, read_encoding(encoding)?)
        });
        state.input.wipe();
        state.handles.insert_key(key?)
    })
}

fn read_encoding(number: u8) -> Result<TextEncoding, Error> {
    match number {
        0 => Ok(TextEncoding::Base64),
        1 => Ok(TextEncoding::Base64Url),
        _ => Err(Problem::Boundary.into()),
    }
}
