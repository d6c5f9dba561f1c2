//! Branch keys.

use wasm_bindgen::prelude::*;

use super::handles::Object;
use super::{call, read_slot, write_slot};
use crate::key::BranchKey;

/// Makes a branch key of a data key and of the root key's slot in the input.
#[wasm_bindgen(js_name = branchKeyNew)]
pub fn branch_key_new(data_key: u32, len: usize) -> Result<u32, JsValue> {
    call(&mut |state| {
        let slot = read_slot(state.input.bytes(len)?)?;
        let branch = BranchKey::new(state.handles.data_key(data_key)?, &slot)?;
        state.handles.insert(Object::BranchKey(Box::new(branch)))
    })
}

/// Wraps a data key; the output is a slot.
#[wasm_bindgen(js_name = branchKeyWrap)]
pub fn branch_key_wrap(key: u32, data_key: u32, context: u32) -> Result<u32, JsValue> {
    call(&mut |state| {
        let slot = state.handles.branch_key(key)?.wrap(
            state.handles.data_key(data_key)?,
            state.handles.context(context)?,
        )?;
        write_slot(state, &slot)
    })
}

/// Unwraps the data key out of the slot in the input.
#[wasm_bindgen(js_name = branchKeyUnwrap)]
pub fn branch_key_unwrap(key: u32, len: usize, context: u32) -> Result<u32, JsValue> {
    call(&mut |state| {
        let slot = read_slot(state.input.bytes(len)?)?;
        let key = state.handles.branch_key(key)?;
        let key = key.unwrap(&slot, state.handles.context(context)?)?;
        state.handles.insert(Object::DataKey(key))
    })
}
