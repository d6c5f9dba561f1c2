//! Key tables.
//!
//! The keyset stays here: a table comes out of a message and goes into one inside this memory.

use wasm_bindgen::prelude::*;

use crate::message::Slot;
use crate::table::{Form, KeyTable};
use crate::wasm::handles::Object;
use crate::wasm::{call, output_len};

/// Makes a table of one new key.
#[wasm_bindgen(js_name = tableNew)]
pub fn table_new() -> Result<u32, JsValue> {
    call(&mut |state| state.handles.insert(Object::Table(KeyTable::generate()?)))
}

/// Takes a table out of a message, whose body is in the input.
#[wasm_bindgen(js_name = tableOpen)]
pub fn table_open(header: u32, data_key: u32, len: usize) -> Result<u32, JsValue> {
    call(&mut |state| {
        let key = state.handles.data_key(data_key)?;
        let body = state.input.bytes(len)?;
        let table = KeyTable::open_message(state.handles.header(header)?, key, body)?;
        state.handles.insert(Object::Table(table))
    })
}

/// Seals a table; the input is the slots, the output the message.
#[wasm_bindgen(js_name = tableSave)]
pub fn table_save(
    table: u32,
    data_key: u32,
    context: u32,
    slots_len: usize,
    json: bool,
) -> Result<u32, JsValue> {
    call(&mut |state| {
        let slots = Slot::read_all(state.input.bytes(slots_len)?)?;
        let form = if json { Form::Json } else { Form::Binary };
        let key = state.handles.data_key(data_key)?;
        let context = state.handles.context(context)?;
        let table = state.handles.table(table)?;
        let message = table.seal_message(form, key, context, &slots)?;
        state.output = message.into();
        output_len(state)
    })
}

/// Tells of the keys: for each its id, then status, prefix, kind and whether it is the primary one.
#[wasm_bindgen(js_name = tableKeys)]
pub fn table_keys(table: u32) -> Result<u32, JsValue> {
    call(&mut |state| {
        for key in state.handles.table(table)?.keys() {
            state.output.extend_from_slice(&key.id.to_be_bytes());
            let rest = [
                key.status as u8,
                key.prefix as u8,
                key.kind as u8,
                u8::from(key.is_primary),
            ];
            state.output.extend_from_slice(&rest);
        }
        output_len(state)
    })
}

/// Adds a key, the primary one if asked for, and returns its id.
#[wasm_bindgen(js_name = tableAdd)]
pub fn table_add(table: u32, primary: bool) -> Result<u32, JsValue> {
    call(&mut |state| {
        let table = state.handles.table_mut(table)?;
        if primary { table.rotate() } else { table.add() }
    })
}

/// Changes a key: 0 makes it the primary one, 1 enables, 2 disables and 3 destroys it.
#[wasm_bindgen(js_name = tableChange)]
pub fn table_change(table: u32, change: u32, id: u32) -> Result<u32, JsValue> {
    let change = match change {
        0 => KeyTable::promote,
        1 => KeyTable::enable,
        2 => KeyTable::disable,
        _ => KeyTable::destroy,
    };
    call(&mut |state| change(state.handles.table_mut(table)?, id).map(|()| 0))
}
