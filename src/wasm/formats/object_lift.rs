//! Objects whose whole chunks the platform's AES seals or opens.

use wasm_bindgen::prelude::*;

use super::object::whole;
use crate::wasm::handles::Work;
use crate::wasm::{call, output_len};

/// Puts into the output what sealing or opening chunks outside takes: the key first, then what
/// [`lift`](crate::object) says. Take the key out of the region and wipe that at once.
#[wasm_bindgen(js_name = objectLift)]
pub fn object_lift(object: u32) -> Result<u32, JsValue> {
    call(&mut |state| {
        match state.handles.object(object)? {
            Work::Sealer(sealer) => sealer.lift(&mut state.output),
            Work::Opener(opener) => opener.lift(&mut state.output),
            Work::Ranges(ranges) => ranges.lift(&mut state.output),
        }
        output_len(state)
    })
}

/// Counts whole chunks that were sealed or opened outside.
#[wasm_bindgen(js_name = objectSkip)]
pub fn object_skip(object: u32, chunks: f64) -> Result<u32, JsValue> {
    call(&mut |state| {
        match state.handles.object(object)? {
            Work::Sealer(sealer) => sealer.skip(whole(chunks))?,
            Work::Opener(opener) => opener.skip(whole(chunks))?,
            Work::Ranges(_) => (),
        }
        Ok(0)
    })
}
