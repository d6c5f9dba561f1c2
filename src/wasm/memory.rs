//! The two regions through which bytes cross.

use wasm_bindgen::prelude::*;

use super::{STATE, call, length};
use crate::error::{Error, Problem};
use crate::secret::{self, SecretBytes};

/// Bytes that one call may carry.
const INPUT_LEN_MAX: usize = 16 << 20;

pub(super) struct Input {
    region: SecretBytes,
    used: usize,
}

impl Input {
    pub(super) const fn new() -> Self {
        Self {
            region: SecretBytes::new(),
            used: 0,
        }
    }

    /// What the caller wrote, or as much of it as he says.
    pub(super) fn bytes(&self, len: usize) -> Result<&[u8], Error> {
        self.region.as_bytes()[..self.used]
            .get(..len)
            .ok_or_else(|| Problem::Boundary.into())
    }

    /// Overwrites what the caller wrote.
    pub(super) fn wipe(&mut self) {
        secret::wipe(&mut self.region.as_mut_bytes()[..self.used]);
        self.used = 0;
    }

    fn open(&mut self, len: usize) -> Result<*mut u8, Error> {
        if len > INPUT_LEN_MAX {
            return Err(Problem::InputTooLong.into());
        }
        if len > self.region.len() {
            self.region.resize(len.max(64 << 10));
        }
        self.used = self.used.max(len);
        Ok(self.region.as_mut_bytes().as_mut_ptr())
    }
}

/// Address of an input region for `len` bytes.
#[wasm_bindgen]
pub fn input(len: usize) -> Result<u32, JsValue> {
    call(&mut |state| length(state.input.open(len)?.addr()))
}

/// Address of the output region.
#[wasm_bindgen]
pub fn output() -> *const u8 {
    STATE.with_borrow(|state| state.output.as_bytes().as_ptr())
}

/// Bytes in the output region.
#[wasm_bindgen(js_name = outputLength)]
pub fn output_length() -> usize {
    STATE.with_borrow(|state| state.output.len())
}

/// Overwrites both regions.
#[wasm_bindgen]
pub fn wipe() -> Result<u32, JsValue> {
    call(&mut |state| {
        state.input.wipe();
        Ok(0)
    })
}
