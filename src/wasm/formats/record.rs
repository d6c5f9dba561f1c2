//! Records: one a call, or many.
//!
//! `mode` says how they are made and read, as a sum of [`RAW_DATA`], [`COMMITTING`] and [`TEXT`].

use wasm_bindgen::prelude::*;

use crate::context::Context;
use crate::error::{Error, Problem};
use crate::record::{Nonces, from_text, to_text};
use crate::secret::SecretBytes;
use crate::table::KeyTable;
use crate::wasm::context::read_pairs;
use crate::wasm::{State, call, length, output_len};

/// What is authenticated is bytes as they are, and not the pairs of a context.
const RAW_DATA: u32 = 1;
/// The record is a committing one.
const COMMITTING: u32 = 2;
/// The record is base64url text.
const TEXT: u32 = 4;

/// Seals one value: the input is what is authenticated with it, and the value; it is wiped.
#[wasm_bindgen(js_name = recordSeal)]
pub fn record_seal(
    table: u32,
    mode: u32,
    data_len: usize,
    value_len: usize,
) -> Result<u32, JsValue> {
    call(&mut |state| {
        seal_into(
            state,
            table,
            &mut |table, input, output| {
                let entry = input.split_at_checked(data_len).ok_or(Problem::Boundary)?;
                seal(table, mode, &mut Nonces::new(1), entry, output)
            },
            data_len + value_len,
        )
    })
}

/// Seals many values: the input is entries, the output the records, each behind its length.
#[wasm_bindgen(js_name = recordSealAll)]
pub fn record_seal_all(table: u32, mode: u32, len: usize, count: usize) -> Result<u32, JsValue> {
    call(&mut |state| {
        seal_into(
            state,
            table,
            &mut |table, mut input, output| {
                let mut nonces = Nonces::new(count);
                while !input.is_empty() {
                    let start = output.len();
                    output.extend_from_slice(&[0; 4]);
                    seal(table, mode, &mut nonces, next(&mut input)?, output)?;
                    let len = length(output.len() - start - 4)?;
                    output[start..start + 4].copy_from_slice(&len.to_be_bytes());
                }
                Ok(())
            },
            len,
        )
    })
}

/// Opens one record: the input is what is authenticated with it, and the record.
#[wasm_bindgen(js_name = recordOpen)]
pub fn record_open(
    table: u32,
    mode: u32,
    data_len: usize,
    record_len: usize,
) -> Result<u32, JsValue> {
    call(&mut |state| {
        let input = state.input.bytes(data_len + record_len)?;
        let entry = input.split_at_checked(data_len).ok_or(Problem::Boundary)?;
        open(state.handles.table(table)?, mode, entry, &mut state.output)?;
        output_len(state)
    })
}

/// Opens many records: the input is entries, the output the values, each behind its length.
#[wasm_bindgen(js_name = recordOpenAll)]
pub fn record_open_all(table: u32, mode: u32, len: usize) -> Result<u32, JsValue> {
    call(&mut |state| {
        let mut input = state.input.bytes(len)?;
        let table = state.handles.table(table)?;
        while !input.is_empty() {
            let start = state.output.len();
            state.output.extend_from_slice(&[0; 4]);
            open(table, mode, next(&mut input)?, &mut state.output)?;
            let len = length(state.output.len() - start - 4)?;
            state.output.as_mut_bytes()[start..start + 4].copy_from_slice(&len.to_be_bytes());
        }
        output_len(state)
    })
}

type Seal<'a> = dyn FnMut(&KeyTable, &[u8], &mut Vec<u8>) -> Result<(), Error> + 'a;

/// Seals what is in the input into the output, and wipes the input.
fn seal_into(state: &mut State, table: u32, work: &mut Seal<'_>, len: usize) -> Result<u32, Error> {
    let mut output = state.output.take_vec();
    let sealed = state
        .handles
        .table(table)
        .and_then(|table| work(table, state.input.bytes(len)?, &mut output));
    state.output = output.into();
    state.input.wipe();
    sealed?;
    output_len(state)
}

fn seal(
    table: &KeyTable,
    mode: u32,
    nonces: &mut Nonces,
    (data, value): (&[u8], &[u8]),
    output: &mut Vec<u8>,
) -> Result<(), Error> {
    let data = authenticated(mode, data)?;
    let start = output.len();
    if mode & COMMITTING == 0 {
        table.seal_to(nonces, &data, value, output)?;
    } else {
        table.seal_committing_to(&data, value, output)?;
    }
    if mode & TEXT != 0 {
        let text = to_text(&output[start..]);
        output.truncate(start);
        output.extend_from_slice(text.as_bytes());
    }
    Ok(())
}

fn open(
    table: &KeyTable,
    mode: u32,
    (data, record): (&[u8], &[u8]),
    output: &mut SecretBytes,
) -> Result<(), Error> {
    let data = authenticated(mode, data)?;
    let decoded;
    let record = if mode & TEXT == 0 {
        record
    } else {
        decoded = from_text(record)?;
        &decoded
    };
    if mode & COMMITTING == 0 {
        table.open_to(&data, record, output)
    } else {
        table.open_committing_to(&data, record, output)
    }
}

fn authenticated(mode: u32, data: &[u8]) -> Result<Vec<u8>, Error> {
    if mode & RAW_DATA != 0 {
        return Ok(data.to_vec());
    }
    Ok(Context::new(read_pairs(data)?)?.encode())
}

/// Takes an entry off the front: two lengths, what is authenticated, and a value or a record.
fn next<'a>(input: &mut &'a [u8]) -> Result<(&'a [u8], &'a [u8]), Error> {
    let boundary = Error::from(Problem::Boundary);
    let (data_len, rest) = input.split_first_chunk().ok_or(boundary)?;
    let (value_len, rest) = rest.split_first_chunk().ok_or(boundary)?;
    let [data_len, value_len] = [data_len, value_len].map(|len| u32::from_be_bytes(*len) as usize);
    let (data, rest) = rest.split_at_checked(data_len).ok_or(boundary)?;
    let (value, rest) = rest.split_at_checked(value_len).ok_or(boundary)?;
    *input = rest;
    Ok((data, value))
}
