//! Kept slots.

use wasm_bindgen::prelude::*;

use crate::error::{Error, Problem};
use crate::slot::StoredSlot;
use crate::wasm::{State, call, output_len, read_slot, text, write_slot};

/// Makes a slot that is kept: the input is a slot, its version, which may be empty, and the time;
/// the output is JSON.
#[wasm_bindgen(js_name = storedSlotNew)]
pub fn stored_slot_new(
    data_key: u32,
    context: u32,
    slot_len: usize,
    version_len: usize,
    created_len: usize,
) -> Result<u32, JsValue> {
    call(&mut |state| {
        let input = state.input.bytes(slot_len + version_len + created_len)?;
        let (slot, rest) = input.split_at(slot_len);
        let (version, created) = rest.split_at(version_len);
        let version = text(version)?;
        let json = StoredSlot::new(
            &read_slot(slot)?,
            (!version.is_empty()).then_some(version),
            state.handles.data_key(data_key)?,
            state.handles.context(context)?,
            text(created)?,
        )?
        .to_json();
        state.output.extend_from_slice(json.as_bytes());
        output_len(state)
    })
}

/// The first of the kept slots in the input, with what it was rewrapped to: the input is the list,
/// a slot, its version, which may be empty, and the time; the output is JSON.
#[wasm_bindgen(js_name = storedSlotRenew)]
pub fn stored_slot_renew(
    len: usize,
    slot_len: usize,
    version_len: usize,
    created_len: usize,
) -> Result<u32, JsValue> {
    call(&mut |state| {
        let input = state
            .input
            .bytes(len + slot_len + version_len + created_len)?;
        let (slot, rest) = input.split_at(len).1.split_at(slot_len);
        let (version, created) = rest.split_at(version_len);
        let version = text(version)?;
        let json = first(state, len)?
            .renewed(
                &read_slot(slot)?,
                (!version.is_empty()).then_some(version),
                text(created)?,
            )?
            .to_json();
        state.output.extend_from_slice(json.as_bytes());
        output_len(state)
    })
}

/// Reads the list of kept slots in the input; returns how many there are.
#[wasm_bindgen(js_name = storedSlotsRead)]
pub fn stored_slots_read(len: usize) -> Result<u32, JsValue> {
    call(&mut |state| {
        let slots = StoredSlot::read_all(text(state.input.bytes(len)?)?)?;
        u32::try_from(slots.len()).map_err(|_| Problem::Boundary.into())
    })
}

/// The first of the kept slots in the input as a root key takes it; context 0 leaves that to the
/// provider.
#[wasm_bindgen(js_name = storedSlotOpen)]
pub fn stored_slot_open(len: usize, context: u32) -> Result<u32, JsValue> {
    call(&mut |state| {
        let context = match context {
            0 => None,
            context => Some(state.handles.context(context)?),
        };
        let slot = first(state, len)?.slot(context)?;
        write_slot(state, &slot)
    })
}

/// Checks a data key against the first of the kept slots in the input.
#[wasm_bindgen(js_name = storedSlotVerify)]
pub fn stored_slot_verify(len: usize, data_key: u32) -> Result<u32, JsValue> {
    call(&mut |state| {
        let slot = first(state, len)?;
        slot.verify(state.handles.data_key(data_key)?).map(|()| 0)
    })
}

fn first(state: &State, len: usize) -> Result<StoredSlot, Error> {
    let slots = StoredSlot::read_all(text(state.input.bytes(len)?)?)?;
    slots
        .into_iter()
        .next()
        .ok_or_else(|| Problem::Boundary.into())
}
