//! Messages whose frames the platform's AES seals or opens.

use wasm_bindgen::prelude::*;

use super::{call, output_len};

/// Counts regular frames that were sealed or opened outside, and the bytes of a final one that was
/// opened there. Then puts into the output what going on outside takes: the key first, then what
/// [`lift`](crate::message) says; take the key out of the region and wipe that at once. No output
/// stands for a message that stays here.
#[wasm_bindgen(js_name = messageLift)]
pub fn message_lift(message: u32, frames: u32, last: usize) -> Result<u32, JsValue> {
    call(&mut |state| {
        if let Ok(sealer) = state.handles.sealer(message) {
            sealer.lift(frames, &mut state.output);
        } else {
            let opener = state.handles.opener(message)?;
            opener.lift(frames, last, &mut state.output);
        }
        output_len(state)
    })
}
