//! Opening messages.

use wasm_bindgen::prelude::*;

use super::handles::Object;
use super::{call, output_len};
use crate::error::Problem;
use crate::message::Opener;

/// Checks a header against a data key. Context 0 stands for no pairs that were not stored.
#[wasm_bindgen(js_name = openerNew)]
pub fn opener_new(header: u32, data_key: u32, unstored: u32) -> Result<u32, JsValue> {
    call(&mut |state| {
        let unstored = state.handles.context_or_none(unstored)?;
        let header = state.handles.header(header)?;
        let key = state.handles.data_key(data_key)?;
        let opener = Opener::with_unstored(header, key, &unstored)?;
        state.handles.insert(Object::Opener(Box::new(opener)))
    })
}

/// Takes bytes of the body from the input; the output is the plaintext of the frames they complete.
#[wasm_bindgen(js_name = openerPush)]
pub fn opener_push(opener: u32, len: usize) -> Result<u32, JsValue> {
    call(&mut |state| {
        let input = state.input.bytes(len)?;
        state
            .handles
            .opener(opener)?
            .push(input, &mut state.output)?;
        output_len(state)
    })
}

/// Says that no more bytes come.
#[wasm_bindgen(js_name = openerFinish)]
pub fn opener_finish(opener: u32) -> Result<u32, JsValue> {
    call(&mut |state| match state.handles.remove(opener)? {
        Object::Opener(opener) => opener.finish().map(|()| 0),
        _ => Err(Problem::HandleUnknown.into()),
    })
}
