//! Wrapping keys.

use wasm_bindgen::prelude::*;

use super::handles::Object;
use super::{call, read_slot, text, write_slot};
use crate::error::Error;
use crate::key::WrappingKey;
#[cfg(not(feature = "formats"))]
use crate::secret::Secret;

/// Takes a wrapping key: the input is its bytes, its namespace and its name, and is wiped.
#[wasm_bindgen(js_name = wrappingKeyNew)]
pub fn wrapping_key_new(
    key_len: usize,
    namespace_len: usize,
    name_len: usize,
) -> Result<u32, JsValue> {
    call(&mut |state| {
        let made = state
            .input
            .bytes(key_len + namespace_len + name_len)
            .and_then(|input| {
                let (key, names) = input.split_at(key_len);
                let (namespace, name) = names.split_at(namespace_len);
                new(text(namespace)?, text(name)?, key)
            });
        state.input.wipe();
        state.handles.insert(Object::WrappingKey(made?))
    })
}

#[cfg(feature = "formats")]
fn new(namespace: &str, name: &str, key: &[u8]) -> Result<WrappingKey, Error> {
    WrappingKey::of_size(namespace, name, key)
}

#[cfg(not(feature = "formats"))]
fn new(namespace: &str, name: &str, key: &[u8]) -> Result<WrappingKey, Error> {
    WrappingKey::new(namespace, name, &Secret::from_slice(key)?)
}

/// Wraps a data key; the output is a slot.
#[wasm_bindgen(js_name = wrappingKeyWrap)]
pub fn wrapping_key_wrap(key: u32, data_key: u32, context: u32) -> Result<u32, JsValue> {
    call(&mut |state| {
        let key = state.handles.wrapping_key(key)?;
        let slot = key.wrap(
            state.handles.data_key(data_key)?,
            state.handles.context(context)?,
        )?;
        write_slot(state, &slot)
    })
}

/// Unwraps the data key out of the slot in the input.
#[wasm_bindgen(js_name = wrappingKeyUnwrap)]
pub fn wrapping_key_unwrap(key: u32, len: usize, context: u32) -> Result<u32, JsValue> {
    call(&mut |state| {
        let slot = read_slot(state.input.bytes(len)?)?;
        let key = state.handles.wrapping_key(key)?;
        let key = key.unwrap_legacy(&slot, state.handles.context(context)?)?;
        state.handles.insert_key(key)
    })
}
