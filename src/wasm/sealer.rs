//! Sealing messages.

use wasm_bindgen::prelude::*;

use super::handles::Object;
use super::{call, output_len};
use crate::error::Problem;
use crate::message::{FRAME_LEN, Sealer, Slot};

/// Starts a message; the input is its slots, the output its header. Frame length 0 stands for the
/// usual, context 0 for no pairs that are not stored.
#[wasm_bindgen(js_name = sealerNew)]
pub fn sealer_new(
    data_key: u32,
    context: u32,
    unstored: u32,
    slots_len: usize,
    frame_len: u32,
) -> Result<u32, JsValue> {
    call(&mut |state| {
        let slots = Slot::read_all(state.input.bytes(slots_len)?)?;
        let key = state.handles.data_key(data_key)?;
        let context = state.handles.context(context)?;
        let frame_len = if frame_len == 0 { FRAME_LEN } else { frame_len };
        let unstored = state.handles.context_or_none(unstored)?;
        let sealer = Sealer::with_unstored(key, context, &unstored, &slots, frame_len)?;
        state.output.extend_from_slice(sealer.header());
        state.handles.insert(Object::Sealer(Box::new(sealer)))
    })
}

/// Takes plaintext from the input; the output is the frames that it completes.
#[wasm_bindgen(js_name = sealerPush)]
pub fn sealer_push(sealer: u32, len: usize) -> Result<u32, JsValue> {
    call(&mut |state| {
        let input = state.input.bytes(len)?;
        let mut frames = state.output.take_vec();
        let pushed = state.handles.sealer(sealer)?.push(input, &mut frames);
        state.output = frames.into();
        pushed?;
        output_len(state)
    })
}

/// Ends a message; the output is its final frame.
#[wasm_bindgen(js_name = sealerFinish)]
pub fn sealer_finish(sealer: u32) -> Result<u32, JsValue> {
    call(&mut |state| {
        let Object::Sealer(sealer) = state.handles.remove(sealer)? else {
            return Err(Problem::HandleUnknown.into());
        };
        let mut frames = state.output.take_vec();
        let finished = sealer.finish(&mut frames);
        state.output = frames.into();
        finished?;
        output_len(state)
    })
}
