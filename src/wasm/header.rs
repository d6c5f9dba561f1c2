//! Reading headers.

use wasm_bindgen::prelude::*;

use super::context::write_pairs;
use super::handles::Object;
use super::{call, length, output_len};
use crate::message::{Header, Limits};

/// Reads a header off the input; 0 where it has not all arrived yet.
#[wasm_bindgen(js_name = headerRead)]
pub fn header_read(
    len: usize,
    slots_max: u16,
    header_len_max: u32,
    frame_len_max: u32,
) -> Result<u32, JsValue> {
    let limits = limits(slots_max, header_len_max, frame_len_max);
    call(
        &mut |state| match Header::read(state.input.bytes(len)?, &limits)? {
            Some(header) => state.handles.insert(Object::Header(Box::new(header))),
            None => Ok(0),
        },
    )
}

/// Bytes that the header takes.
#[wasm_bindgen(js_name = headerLength)]
pub fn header_length(header: u32) -> Result<u32, JsValue> {
    call(&mut |state| length(state.handles.header(header)?.encoded_len()))
}

/// Number of the algorithm suite.
#[wasm_bindgen(js_name = headerSuite)]
pub fn header_suite(header: u32) -> Result<u32, JsValue> {
    call(&mut |state| Ok(state.handles.header(header)?.suite().id().into()))
}

/// Writes the slots, one after the other.
#[wasm_bindgen(js_name = headerSlots)]
pub fn header_slots(header: u32) -> Result<u32, JsValue> {
    call(&mut |state| {
        let mut bytes = Vec::new();
        for slot in state.handles.header(header)?.slots() {
            slot.write(&mut bytes);
        }
        state.output.extend_from_slice(&bytes);
        output_len(state)
    })
}

/// Writes the pairs of the context.
#[wasm_bindgen(js_name = headerContext)]
pub fn header_context(header: u32) -> Result<u32, JsValue> {
    call(&mut |state| {
        let context = state.handles.header(header)?.context();
        write_pairs(context, &mut state.output);
        output_len(state)
    })
}

/// A handle of the stored context, to unwrap with.
#[wasm_bindgen(js_name = headerContextHandle)]
pub fn header_context_handle(header: u32) -> Result<u32, JsValue> {
    call(&mut |state| {
        let context = state.handles.header(header)?.context().clone();
        state.handles.insert(Object::Context(context))
    })
}

/// Checks that the stored context is the one expected.
#[wasm_bindgen(js_name = headerMatch)]
pub fn header_match(header: u32, context: u32) -> Result<u32, JsValue> {
    call(&mut |state| {
        let expected = state.handles.context(context)?;
        state
            .handles
            .header(header)?
            .match_context(expected)
            .map(|()| 0)
    })
}

/// What a reader takes.
pub(super) const fn limits(slots: u16, header_len: u32, frame_len: u32) -> Limits {
    Limits {
        slots,
        header_len,
        frame_len,
    }
}
