//! Ranges of messages. Offsets and lengths are exact up to 2⁵³.

use core::ops::Range;

use wasm_bindgen::prelude::*;

use super::message::allowed;
use crate::key::LegacyKey;
use crate::message::{FrameLayout, MessageRangeOpener};
use crate::secret::SecretBytes;
use crate::wasm::handles::Object;
use crate::wasm::{call, output_len};

/// Says where the final frame stands in a message of a length: the output is two numbers of eight
/// bytes.
#[wasm_bindgen(js_name = messageFinalFrame)]
pub fn message_final_frame(header: u32, message_len: u64) -> Result<u32, JsValue> {
    call(&mut |state| {
        let layout = FrameLayout::of(state.handles.header(header)?, message_len)?;
        put(&mut state.output, &layout.final_frame());
        output_len(state)
    })
}

/// Checks a header against a data key, and the final frame, which is the input.
#[wasm_bindgen(js_name = messageRangeOpenerNew)]
pub fn message_range_opener_new(
    header: u32,
    data_key: u32,
    unstored: u32,
    commitment: u32,
    message_len: u64,
    len: usize,
) -> Result<u32, JsValue> {
    call(&mut |state| {
        let unstored = state.handles.context_or_none(unstored)?;
        let key = LegacyKey::from_slice(state.handles.key_bytes(data_key)?)?;
        let header = state.handles.header(header)?;
        let layout = FrameLayout::of(header, message_len)?;
        let (commitment, last) = (allowed(commitment)?, state.input.bytes(len)?);
        let opener = MessageRangeOpener::new(header, key, &unstored, commitment, layout, last)?;
        state
            .handles
            .insert(Object::MessageRangeOpener(Box::new(opener)))
    })
}

/// Says what to fetch: the length of the plaintext, then begin and end of what covers a range.
#[wasm_bindgen(js_name = messageRangePlan)]
pub fn message_range_plan(opener: u32, start: u64, end: u64) -> Result<u32, JsValue> {
    call(&mut |state| {
        let layout = state.handles.message_range_opener(opener)?.layout();
        let plan = layout.plan(start..end)?;
        let len = layout.plaintext_len().to_be_bytes();
        state.output.extend_from_slice(&len);
        put(&mut state.output, plan.fetch());
        output_len(state)
    })
}

/// Opens what was fetched for a range, which is the input; the output is the range.
#[wasm_bindgen(js_name = messageRangeOpen)]
pub fn message_range_open(opener: u32, start: u64, end: u64, len: usize) -> Result<u32, JsValue> {
    call(&mut |state| {
        let opener = state.handles.message_range_opener(opener)?;
        let plan = opener.layout().plan(start..end)?;
        opener.open(&plan, state.input.bytes(len)?, &mut state.output)?;
        output_len(state)
    })
}

fn put(output: &mut SecretBytes, range: &Range<u64>) {
    output.extend_from_slice(&range.start.to_be_bytes());
    output.extend_from_slice(&range.end.to_be_bytes());
}
