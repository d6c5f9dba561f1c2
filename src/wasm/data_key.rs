//! Data keys.

use wasm_bindgen::prelude::*;

use super::call;
use super::handles::Object;
use crate::key::DataKey;

/// Draws a data key.
#[wasm_bindgen(js_name = dataKeyGenerate)]
pub fn data_key_generate() -> Result<u32, JsValue> {
    call(&mut |state| state.handles.insert(Object::DataKey(DataKey::generate()?)))
}
