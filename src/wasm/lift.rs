//! Messages whose regular frames the platform's AES seals or opens.

use wasm_bindgen::prelude::*;

use super::{call, output_len};

/// Puts into the output what sealing or opening frames outside takes: the key first, then what
/// [`lift`](crate::message) says. Take the key out of the region and wipe that at once. No output
/// stands for a message that stays here.
#[wasm_bindgen(js_name = messageLift)]
pub fn message_lift(message: u32) -> Result<u32, JsValue> {
    call(&mut |state| {
        match state.handles.sealer(message) {
            Ok(sealer) => sealer.lift(&mut state.output),
            Err(_) => state.handles.opener(message)?.lift(&mut state.output),
        }
        output_len(state)
    })
}

/// Counts regular frames that were sealed or opened outside; `last` are the bytes of the final one,
/// if that was opened too.
#[wasm_bindgen(js_name = messageSkip)]
pub fn message_skip(message: u32, frames: u32, last: usize) -> Result<u32, JsValue> {
    call(&mut |state| {
        match state.handles.sealer(message) {
            Ok(sealer) => sealer.skip(frames)?,
            Err(_) => state.handles.opener(message)?.skip(frames, last)?,
        }
        Ok(0)
    })
}
