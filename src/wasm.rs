//! The boundary to JavaScript: thin functions over the core, nothing else.
//!
//! * Objects stay here, behind numbered handles ([`handles`]); JavaScript holds a number, never a
//!   key.
//! * Bytes cross through two fixed regions ([`memory`]): the caller writes into the input region,
//!   the
//!   core writes into the output region, and nothing is copied besides.
//! * An error crosses as one number, `problem + 256 * offset`; the words are in JavaScript.

#![expect(
    unreachable_pub,
    reason = "wasm-bindgen exports what is public, wherever it is"
)]

#[cfg(feature = "formats")]
mod branch;
mod context;
mod data_key;
#[cfg(feature = "formats")]
mod formats;
mod handles;
mod header;
mod inspect;
mod key_protect;
#[cfg(feature = "formats")]
mod key_service;
mod lift;
mod memory;
mod opener;
mod sealer;
mod wrapping_key;

use core::cell::RefCell;

use wasm_bindgen::JsValue;

use crate::error::{Error, Problem};
use crate::message::Slot;
use crate::secret::{SecretBytes, scrub_stack};
use handles::Handles;
use memory::Input;

/// Everything that lives between two calls.
struct State {
    input: Input,
    output: SecretBytes,
    handles: Handles,
}

impl State {
    const fn new() -> Self {
        Self {
            input: Input::new(),
            output: SecretBytes::new(),
            handles: Handles::new(),
        }
    }
}

thread_local! {
    static STATE: RefCell<State> = const { RefCell::new(State::new()) };
}

/// Runs one call on the state, leaves nothing on the stack, and turns an error into its number.
///
/// One function for all calls, so that none carries a copy of it.
#[inline(never)]
fn call(body: &mut dyn FnMut(&mut State) -> Result<u32, Error>) -> Result<u32, JsValue> {
    STATE.with(|state| {
        // INVARIANT: a call never makes another one, so the state is free.
        let mut state = state
            .try_borrow_mut()
            .map_err(|_| number(Problem::Boundary.into()))?;
        state.output.clear();
        let result = body(&mut state);
        scrub_stack();
        result.map_err(number)
    })
}

fn number(error: Error) -> JsValue {
    // Exact up to an offset of 2⁴⁵, far beyond what a header or a frame can have.
    #[expect(clippy::cast_precision_loss, reason = "an offset is under 2⁵³ / 256")]
    let number = error.offset() as f64 * 256.0 + f64::from(error.problem() as u8);
    number.into()
}

/// Length of the output, which is what most calls return.
fn output_len(state: &State) -> Result<u32, Error> {
    length(state.output.len())
}

fn length(len: usize) -> Result<u32, Error> {
    u32::try_from(len).map_err(|_| Problem::InputTooLong.into())
}

/// Bytes of a name as text.
fn text(bytes: &[u8]) -> Result<&str, Error> {
    core::str::from_utf8(bytes).map_err(|_| Problem::NameInvalid.into())
}

/// The one slot that the bytes are.
fn read_slot(bytes: &[u8]) -> Result<Slot, Error> {
    let mut slots = Slot::read_all(bytes)?;
    match (slots.pop(), slots.is_empty()) {
        (Some(slot), true) => Ok(slot),
        _ => Err(Problem::Boundary.into()),
    }
}

/// Writes a slot to the output.
fn write_slot(state: &mut State, slot: &Slot) -> Result<u32, Error> {
    let mut bytes = Vec::new();
    slot.write(&mut bytes);
    state.output.extend_from_slice(&bytes);
    output_len(state)
}
