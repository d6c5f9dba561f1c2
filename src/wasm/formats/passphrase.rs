//! Wrapping keys out of passphrases.

use wasm_bindgen::prelude::*;

use crate::key::{PassphraseCost, WrappingKey, stretch};
use crate::wasm::handles::Object;
use crate::wasm::{call, text};

/// Makes a wrapping key of a passphrase: the input is that, a salt, a namespace and a name, and is
/// wiped.
#[wasm_bindgen(js_name = passphraseKeyNew)]
pub fn passphrase_key_new(
    passphrase_len: usize,
    salt_len: usize,
    namespace_len: usize,
    name_len: usize,
    memory_kib: u32,
    passes: u32,
) -> Result<u32, JsValue> {
    call(&mut |state| {
        let made = state
            .input
            .bytes(passphrase_len + salt_len + namespace_len + name_len)
            .and_then(|input| {
                let (passphrase, rest) = input.split_at(passphrase_len);
                let (salt, names) = rest.split_at(salt_len);
                let (namespace, name) = names.split_at(namespace_len);
                let cost = PassphraseCost { memory_kib, passes };
                let key = stretch(passphrase, salt, cost)?;
                WrappingKey::new(text(namespace)?, text(name)?, &key)
            });
        state.input.wipe();
        state.handles.insert(Object::WrappingKey(made?))
    })
}
