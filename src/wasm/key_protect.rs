//! The Key Protect protocol.

use wasm_bindgen::prelude::*;

use super::handles::Object;
use super::{State, call, output_len, text};
use crate::context::read_prefixed;
use crate::error::Problem;
use crate::key_protect::{
    import_request, read_unwrap_reply, read_wrap_reply, unwrap_request, wrap_request,
};

/// Writes the body of a wrap request.
#[wasm_bindgen(js_name = keyProtectWrapRequest)]
pub fn wrap(data_key: u32, context: u32) -> Result<u32, JsValue> {
    call(&mut |state| {
        let aad = state.handles.context(context)?.digest();
        state.output = wrap_request(state.handles.data_key(data_key)?, &[&aad])?;
        output_len(state)
    })
}

/// Reads the body of a wrap reply; the output is ciphertext and key version.
#[wasm_bindgen(js_name = keyProtectReadWrapReply)]
pub fn wrap_reply(len: usize) -> Result<u32, JsValue> {
    call(&mut |state| {
        let wrapped = read_wrap_reply(state.input.bytes(len)?)?;
        write_fields(state, [Some(wrapped.ciphertext), wrapped.key_version]);
        output_len(state)
    })
}

/// Writes the body of an unwrap request for the ciphertext in the input.
#[wasm_bindgen(js_name = keyProtectUnwrapRequest)]
pub fn unwrap(len: usize, context: u32) -> Result<u32, JsValue> {
    call(&mut |state| {
        let aad = state.handles.context(context)?.digest();
        state.output = unwrap_request(state.input.bytes(len)?, &[&aad])?;
        output_len(state)
    })
}

/// Reads the body of an unwrap reply, and wipes it; the output is key version, new ciphertext and
/// its key version.
#[wasm_bindgen(js_name = keyProtectReadUnwrapReply)]
pub fn unwrap_reply(len: usize) -> Result<u32, JsValue> {
    call(&mut |state| {
        let unwrapped = state.input.bytes(len).and_then(read_unwrap_reply);
        state.input.wipe();
        let unwrapped = unwrapped?;
        let (ciphertext, version) = match unwrapped.rewrapped {
            Some(wrapped) => (Some(wrapped.ciphertext), wrapped.key_version),
            None => (None, None),
        };
        write_fields(state, [unwrapped.key_version, ciphertext, version]);
        state.handles.insert(Object::DataKey(unwrapped.key))
    })
}

/// Writes the body of a request that imports a root key: the input is material, name and aliases.
#[wasm_bindgen(js_name = keyProtectImportRequest)]
pub fn import(material_len: usize, name_len: usize, aliases_len: usize) -> Result<u32, JsValue> {
    call(&mut |state| {
        let body = state
            .input
            .bytes(material_len + name_len + aliases_len)
            .and_then(|input| {
                let (material, names) = input.split_at(material_len);
                let (name, mut rest) = names.split_at(name_len);
                let mut aliases = Vec::new();
                while !rest.is_empty() {
                    aliases.push(text(read_prefixed(&mut rest).ok_or(Problem::Boundary)?)?);
                }
                import_request(material, text(name)?, &aliases)
            });
        state.input.wipe();
        state.output = body?;
        output_len(state)
    })
}

/// Writes each field behind its length; a missing one is empty.
fn write_fields<const N: usize>(state: &mut State, fields: [Option<String>; N]) {
    for field in fields {
        let field = field.unwrap_or_default();
        // INVARIANT: a field comes out of a reply, whose length is bounded.
        let len = u32::try_from(field.len()).unwrap_or_default();
        state.output.extend_from_slice(&len.to_be_bytes());
        state.output.extend_from_slice(field.as_bytes());
    }
}
