//! Inspecting headers.

use wasm_bindgen::prelude::*;

use super::{call, length, output_len};
use crate::message::{Limits, inspect as inspect_header};

/// Says what stands where in the header in the input. The output is numbers of four bytes: suite,
/// frame length, header length, then part, offset and length of each field; the words are in
/// JavaScript.
#[wasm_bindgen]
pub fn inspect(len: usize) -> Result<u32, JsValue> {
    // Nothing is done with the message, so nothing but its own length need bound it.
    let limits = Limits {
        slots: u16::MAX,
        header_len: u32::MAX,
        frame_len: u32::MAX,
    };
    call(&mut |state| {
        let inspection = inspect_header(state.input.bytes(len)?, &limits)?;
        let suite = u32::from(inspection.suite.id());
        let mut numbers = vec![suite, inspection.frame_len, length(inspection.header_len)?];
        for field in &inspection.fields {
            let place = [
                field.part as u32,
                length(field.offset)?,
                length(field.length)?,
            ];
            numbers.extend_from_slice(&place);
        }
        for number in numbers {
            state.output.extend_from_slice(&number.to_be_bytes());
        }
        output_len(state)
    })
}
