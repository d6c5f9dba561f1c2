//! Opening messages that do not commit to their key.

use wasm_bindgen::prelude::*;

use crate::error::{Error, Problem};
use crate::key::LegacyKey;
use crate::message::{Commitment, Header, Opener};
use crate::wasm::call;
use crate::wasm::handles::Object;
use crate::wasm::header::limits;

/// As `headerRead`, for suites that do not commit to their key too, as far as the number says.
#[wasm_bindgen(js_name = headerReadAllowing)]
pub fn header_read_allowing(
    len: usize,
    slots_max: u16,
    header_len_max: u32,
    frame_len_max: u32,
    commitment: u32,
) -> Result<u32, JsValue> {
    let limits = limits(slots_max, header_len_max, frame_len_max);
    call(&mut |state| {
        let bytes = state.input.bytes(len)?;
        match Header::read_allowing(bytes, &limits, allowed(commitment)?)? {
            Some(header) => state.handles.insert(Object::Header(Box::new(header))),
            None => Ok(0),
        }
    })
}

/// As `openerNew`, for such suites too.
#[wasm_bindgen(js_name = openerNewAllowing)]
pub fn opener_new_allowing(
    header: u32,
    data_key: u32,
    unstored: u32,
    commitment: u32,
) -> Result<u32, JsValue> {
    call(&mut |state| {
        let unstored = state.handles.context_or_none(unstored)?;
        let key = LegacyKey::from_slice(state.handles.key_bytes(data_key)?)?;
        let header = state.handles.header(header)?;
        let opener = Opener::allowing(header, key, &unstored, allowed(commitment)?)?;
        state.handles.insert(Object::Opener(Box::new(opener)))
    })
}

pub(super) fn allowed(commitment: u32) -> Result<Commitment, Error> {
    match commitment {
        0 => Ok(Commitment::Required),
        1 => Ok(Commitment::AllowUncommitted),
        2 => Ok(Commitment::AllowUncommittedAndUnderived),
        _ => Err(Problem::Boundary.into()),
    }
}
