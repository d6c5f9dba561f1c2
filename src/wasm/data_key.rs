//! Data keys.

use wasm_bindgen::prelude::*;

use super::handles::Object;
use super::{call, output_len};
use crate::key::{DataKey, LegacyKey};

/// Draws a data key.
#[wasm_bindgen(js_name = dataKeyGenerate)]
pub fn data_key_generate() -> Result<u32, JsValue> {
    call(&mut |state| state.handles.insert(Object::DataKey(DataKey::generate()?)))
}

/// Puts a data key into the output region, from where it goes into the memory of another instance
/// ([`data_key_land`]); wipe the region at once.
#[wasm_bindgen(js_name = dataKeyLift)]
pub fn data_key_lift(data_key: u32) -> Result<u32, JsValue> {
    call(&mut |state| {
        let key = state.handles.key_bytes(data_key)?;
        state.output.extend_from_slice(key);
        output_len(state)
    })
}

/// Takes the data key that another instance gave away out of the input, which is wiped.
#[wasm_bindgen(js_name = dataKeyLand)]
pub fn data_key_land(len: usize) -> Result<u32, JsValue> {
    call(&mut |state| {
        let key = state.input.bytes(len).and_then(LegacyKey::from_slice);
        state.input.wipe();
        state.handles.insert_key(key?)
    })
}
