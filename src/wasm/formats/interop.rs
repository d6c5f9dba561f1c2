//! Foreign formats: what of them touches a key.

use wasm_bindgen::prelude::*;

use crate::error::Problem;
use crate::interop;
use crate::wasm::handles::Object;
use crate::wasm::{call, output_len};

/// Seals: the input is what is authenticated, and the content; it is wiped.
#[wasm_bindgen(js_name = interopSeal)]
pub fn seal(key: u32, aad_len: usize, len: usize) -> Result<u32, JsValue> {
    call(&mut |state| {
        let key = state.handles.data_key(key)?;
        let sealed = state.input.bytes(len).and_then(|input| {
            let (aad, content) = input.split_at_checked(aad_len).ok_or(Problem::Boundary)?;
            interop::seal(key, aad, content)
        });
        state.input.wipe();
        state.output = sealed?.into();
        output_len(state)
    })
}

/// Opens: the input is nonce, what is authenticated, and ciphertext with tag.
#[wasm_bindgen(js_name = interopOpen)]
pub fn open(key: u32, aad_len: usize, len: usize) -> Result<u32, JsValue> {
    call(&mut |state| {
        let (nonce, aad, sealed) = parts(state.input.bytes(len)?, aad_len)?;
        let key = state.handles.data_key(key)?;
        interop::open(key, nonce, aad, sealed, &mut state.output)?;
        output_len(state)
    })
}

/// Wraps a key under another: the input is what is authenticated, and the prefix inside.
#[wasm_bindgen(js_name = interopWrap)]
pub fn wrap(wrapping: u32, key: u32, aad_len: usize, len: usize) -> Result<u32, JsValue> {
    call(&mut |state| {
        let input = state.input.bytes(len)?;
        let (aad, prefix) = input.split_at_checked(aad_len).ok_or(Problem::Boundary)?;
        let wrapping = state.handles.data_key(wrapping)?;
        let wrapped = interop::wrap(wrapping, state.handles.data_key(key)?, aad, prefix)?;
        state.output = wrapped.into();
        output_len(state)
    })
}

/// Unwraps: the input is nonce, what is authenticated, the prefix inside, and what was wrapped.
#[wasm_bindgen(js_name = interopUnwrap)]
pub fn unwrap(
    wrapping: u32,
    aad_len: usize,
    prefix_len: usize,
    len: usize,
) -> Result<u32, JsValue> {
    call(&mut |state| {
        let (nonce, aad, rest) = parts(state.input.bytes(len)?, aad_len)?;
        let (prefix, wrapped) = rest.split_at_checked(prefix_len).ok_or(Problem::Boundary)?;
        let wrapping = state.handles.data_key(wrapping)?;
        let key = interop::unwrap(wrapping, nonce, aad, wrapped, prefix)?;
        state.handles.insert(Object::DataKey(key))
    })
}

/// Derives the key of an S3 object: the input is message id and commitment.
#[wasm_bindgen(js_name = interopDerive)]
pub fn derive(key: u32, len: usize) -> Result<u32, JsValue> {
    call(&mut |state| {
        let input = state.input.bytes(len)?;
        let (id, rest) = input.split_first_chunk().ok_or(Problem::OpenFailed)?;
        let commitment = rest.try_into().map_err(|_| Problem::OpenFailed)?;
        let key = interop::derive(state.handles.data_key(key)?, id, commitment)?;
        state.handles.insert(Object::DataKey(key))
    })
}

type Parts<'a> = (&'a [u8; interop::NONCE_LEN], &'a [u8], &'a [u8]);

fn parts(input: &[u8], aad_len: usize) -> Result<Parts<'_>, crate::error::Error> {
    let (nonce, rest) = input.split_first_chunk().ok_or(Problem::Boundary)?;
    let (aad, rest) = rest.split_at_checked(aad_len).ok_or(Problem::Boundary)?;
    Ok((nonce, aad, rest))
}
