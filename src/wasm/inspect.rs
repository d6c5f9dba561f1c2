//! Inspecting headers.

use wasm_bindgen::prelude::*;

use super::{call, length};
use crate::error::{Error, Problem};
use crate::message::{Inspection, Limits, inspect as inspect_header};

/// Says what stands where in the header in the input: suite, frame length, header length, and for each
/// field which part it is, its offset and its length. Numbers only; the words are in JavaScript.
#[wasm_bindgen]
pub fn inspect(len: usize) -> Result<JsValue, JsValue> {
    // Nothing is done with the message, so nothing but its own length need bound it.
    let limits = Limits {
        slots: u16::MAX,
        header_len: u32::MAX,
        frame_len: u32::MAX,
    };
    let mut value = JsValue::UNDEFINED;
    call(&mut |state| {
        let inspection = inspect_header(state.input.bytes(len)?, &limits)?;
        value = serialize(&inspection)?;
        Ok(0)
    })?;
    Ok(value)
}

fn serialize(inspection: &Inspection) -> Result<JsValue, Error> {
    let mut fields = Vec::with_capacity(inspection.fields.len());
    for field in &inspection.fields {
        fields.push((
            field.part as u8,
            length(field.offset)?,
            length(field.length)?,
        ));
    }
    let header_len = length(inspection.header_len)?;
    let numbers = (
        inspection.suite.id(),
        inspection.frame_len,
        header_len,
        fields,
    );
    serde_wasm_bindgen::to_value(&numbers).map_err(|_| Problem::Boundary.into())
}
