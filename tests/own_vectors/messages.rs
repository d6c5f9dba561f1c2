//! Vectors of messages.

mod body;
mod context;
mod header;
mod signed;
mod slots;

use serde_json::{Value, json};

use super::chance::Chance;
use super::draft::{Draft, Wrapping, pairs};
use super::vector::{About, Vector, base64, hex};

pub(crate) const FILE: &str = "messages.json";

const SEED: &str = "tsutsumi messages 1";
const PLAINTEXT: &[u8] = b"three frames: sixteen, sixteen, ten bytes.";
const PAIRS: &[(&str, &str)] = &[("tenant", "acme")];

/// The keys that readers of the file hold.
pub(crate) fn keys() -> [Wrapping; 2] {
    let key = |name| Wrapping {
        namespace: "tsutsumi-vectors",
        name,
        key: Chance::new(SEED, name).bytes(),
    };
    [key("first"), key("second")]
}

/// What stands in the file besides the vectors.
pub(crate) fn head() -> Value {
    let keys: Vec<_> = keys()
        .iter()
        .map(|key| json!({"namespace": key.namespace, "name": key.name, "key": hex(&key.key)}))
        .collect();
    json!({
        "format": "message",
        "about": "Each is read under the first key, with the context named; limits as by default.",
        "seed": SEED,
        "keys": keys,
    })
}

/// All vectors of messages.
pub(crate) fn vectors() -> Vec<Vector> {
    let mut list = List::default();
    header::add(&mut list);
    context::add(&mut list);
    slots::add(&mut list);
    body::add(&mut list);
    signed::add(&mut list);
    list.0
}

/// The vectors so far.
#[derive(Default)]
struct List(Vec<Vector>);

impl List {
    /// A message that opens.
    fn opens(&mut self, about: About, pairs: &[(&str, &str)], message: &[u8], plaintext: &[u8]) {
        self.push(about, "ok", pairs, message);
        let vector = self.0.last_mut().unwrap();
        vector.fields.insert("plaintext".into(), base64(plaintext));
    }

    /// A message that is refused.
    fn refused(&mut self, about: About, code: &'static str, message: &[u8]) {
        self.push(about, code, PAIRS, message);
    }

    fn push(&mut self, about: About, expect: &'static str, pairs: &[(&str, &str)], message: &[u8]) {
        let mut vector = Vector::new(about, expect, pairs);
        vector.fields.insert("message".into(), base64(message));
        self.0.push(vector);
    }
}

/// A message in order, whose randomness hangs on the name of the vector.
fn draft(name: &str) -> Draft {
    draft_with(name, PAIRS)
}

pub(crate) fn draft_with(name: &str, context: &[(&str, &str)]) -> Draft {
    let mut chance = Chance::new(SEED, name);
    let data_key = chance.bytes();
    let context = pairs(context);
    let slot = keys()[0].slot(&data_key, &context, &mut chance);
    Draft {
        version: 2,
        suite: 0x0478,
        id: chance.bytes(),
        data_key,
        context,
        slots: vec![slot],
        slot_count: None,
        content: 2,
        frame_len: 16,
        commitment: None,
        unstored: Vec::new(),
        label: None,
    }
}

/// The message with one bit flipped, counted from the front, or from the end if negative.
fn flipped(mut message: Vec<u8>, at: isize) -> Vec<u8> {
    let len = isize::try_from(message.len()).unwrap();
    let at = usize::try_from(if at < 0 { len + at } else { at }).unwrap();
    message[at] ^= 1;
    message
}
