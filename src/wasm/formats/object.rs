//! Objects.

use wasm_bindgen::prelude::*;

use crate::error::{Error, Problem};
use crate::object::{HEADER_LEN, Layout, ObjectOpener, ObjectSealer, RangeOpener};
use crate::secret::SecretBytes;
use crate::wasm::handles::{Object, Work};
use crate::wasm::{State, call, output_len};

/// Begins an object; the output is its header.
#[wasm_bindgen(js_name = objectSealerNew)]
pub fn object_sealer_new(data_key: u32, context: u32) -> Result<u32, JsValue> {
    call(&mut |state| {
        let context = state.handles.context(context)?.encode();
        let sealer = ObjectSealer::new(state.handles.data_key(data_key)?, &context)?;
        state.output.extend_from_slice(sealer.header());
        insert(state, Work::Sealer(sealer))
    })
}

/// Takes plaintext from the input; the output is the chunks that it completes.
#[wasm_bindgen(js_name = objectSealerPush)]
pub fn object_sealer_push(sealer: u32, len: usize) -> Result<u32, JsValue> {
    call(&mut |state| {
        let mut object = state.output.take_vec();
        let input = state.input.bytes(len)?;
        let Work::Sealer(sealer) = state.handles.object(sealer)? else {
            return Err(Problem::HandleUnknown.into());
        };
        let sealed = sealer.push(input, &mut object);
        state.output = SecretBytes::from(object);
        sealed.and_then(|()| output_len(state))
    })
}

/// Ends an object; the output is its last chunk.
#[wasm_bindgen(js_name = objectSealerFinish)]
pub fn object_sealer_finish(sealer: u32) -> Result<u32, JsValue> {
    call(&mut |state| {
        let mut object = state.output.take_vec();
        let Work::Sealer(sealer) = remove(state, sealer)? else {
            return Err(Problem::HandleUnknown.into());
        };
        let sealed = sealer.finish(&mut object);
        state.output = SecretBytes::from(object);
        sealed.and_then(|()| output_len(state))
    })
}

/// Checks the header in the input.
#[wasm_bindgen(js_name = objectOpenerNew)]
pub fn object_opener_new(data_key: u32, context: u32, len: usize) -> Result<u32, JsValue> {
    call(&mut |state| {
        let context = state.handles.context(context)?.encode();
        let key = state.handles.data_key(data_key)?;
        let opener = ObjectOpener::new(key, &context, header(state, len)?)?;
        insert(state, Work::Opener(opener))
    })
}

/// Takes bytes of the body from the input; the output is the plaintext of the chunks they complete.
#[wasm_bindgen(js_name = objectOpenerPush)]
pub fn object_opener_push(opener: u32, len: usize) -> Result<u32, JsValue> {
    call(&mut |state| {
        let input = state.input.bytes(len)?;
        let Work::Opener(opener) = state.handles.object(opener)? else {
            return Err(Problem::HandleUnknown.into());
        };
        opener.push(input, &mut state.output)?;
        output_len(state)
    })
}

/// Says that no more bytes come; the output is the plaintext of the last chunk.
#[wasm_bindgen(js_name = objectOpenerFinish)]
pub fn object_opener_finish(opener: u32) -> Result<u32, JsValue> {
    call(&mut |state| {
        let Work::Opener(opener) = remove(state, opener)? else {
            return Err(Problem::HandleUnknown.into());
        };
        opener.finish(&mut state.output)?;
        output_len(state)
    })
}

/// Checks the header in the input of an object of some length; the output is how many bytes of
/// plaintext that makes, as a 64-bit number.
#[wasm_bindgen(js_name = objectRangesNew)]
pub fn object_ranges_new(
    data_key: u32,
    context: u32,
    len: usize,
    sealed_len: f64,
) -> Result<u32, JsValue> {
    call(&mut |state| {
        let layout = Layout::of(whole(sealed_len))?;
        let context = state.handles.context(context)?.encode();
        let key = state.handles.data_key(data_key)?;
        let ranges = RangeOpener::new(key, &context, header(state, len)?, layout)?;
        let plaintext_len = layout.plaintext_len().to_be_bytes();
        state.output.extend_from_slice(&plaintext_len);
        insert(state, Work::Ranges(ranges))
    })
}

/// Says what to fetch for a range of the plaintext: the output is two 64-bit numbers.
#[wasm_bindgen(js_name = objectRangesPlan)]
pub fn object_ranges_plan(ranges: u32, start: f64, end: f64) -> Result<u32, JsValue> {
    call(&mut |state| {
        let Work::Ranges(ranges) = state.handles.object(ranges)? else {
            return Err(Problem::HandleUnknown.into());
        };
        let plan = ranges.plan(whole(start)..whole(end))?;
        for place in [plan.fetch().start, plan.fetch().end] {
            state.output.extend_from_slice(&place.to_be_bytes());
        }
        output_len(state)
    })
}

/// Opens a range out of what was fetched for it, which is in the input.
#[wasm_bindgen(js_name = objectRangesOpen)]
pub fn object_ranges_open(ranges: u32, start: f64, end: f64, len: usize) -> Result<u32, JsValue> {
    call(&mut |state| {
        let input = state.input.bytes(len)?;
        let Work::Ranges(ranges) = state.handles.object(ranges)? else {
            return Err(Problem::HandleUnknown.into());
        };
        let plan = ranges.plan(whole(start)..whole(end))?;
        ranges.open(&plan, input, &mut state.output)?;
        output_len(state)
    })
}

fn header(state: &State, len: usize) -> Result<&[u8; HEADER_LEN], Error> {
    let header = state.input.bytes(len)?.try_into();
    header.map_err(|_| Problem::ObjectTruncated.into())
}

fn insert(state: &mut State, work: Work) -> Result<u32, Error> {
    state.handles.insert(Object::Work(Box::new(work)))
}

fn remove(state: &mut State, handle: u32) -> Result<Work, Error> {
    match state.handles.remove(handle)? {
        Object::Work(work) => Ok(*work),
        _ => Err(Problem::HandleUnknown.into()),
    }
}

/// A number of JavaScript's; what is none is out of every range.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "JavaScript has checked that it is a whole number under 2⁵³"
)]
pub(super) const fn whole(number: f64) -> u64 {
    number as u64
}
