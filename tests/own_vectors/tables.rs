//! Vectors of key tables.

mod bad;

use std::slice;

use base64ct::{Base64, Encoding};
use serde_json::{Value, json};

use super::chance::Chance;
use super::keyset::{Key, binary, destroyed, gcm, xaes};
use super::messages::{self, draft_with};
use super::vector::{About, Vector, base64};

pub(crate) const FILE: &str = "tables.json";

const SEED: &str = "tsutsumi tables 1";
const TYPE: (&str, &str) = ("tsutsumi:type", "key-table");
const INVALID: &str = "ERR_FORMAT_INVALID";

/// What stands in the file besides the vectors.
pub(crate) fn head() -> Value {
    let mut head = messages::head();
    head["format"] = json!("table");
    head["seed"] = json!(SEED);
    head["about"] = json!("Each is a message under the first key, whose plaintext is a keyset.");
    head
}

/// All vectors of tables.
pub(crate) fn vectors() -> Vec<Vector> {
    let mut list = Vec::new();
    good(&mut list);
    bad::add(&mut list);
    list
}

/// The message of a table.
pub(crate) fn seal(name: &str, keyset: &[u8]) -> Vec<u8> {
    let mut draft = draft_with(name, &[TYPE]);
    draft.frame_len = 65_536;
    draft.message(keyset)
}

/// A key that hangs on the name of the vector.
fn key(name: &str, id: u64) -> Key {
    xaes(id, &Chance::new(SEED, name).bytes::<32>())
}

fn push(list: &mut Vec<Vector>, about: About, expect: &'static str, message: &[u8]) {
    let mut vector = Vector::new(about, expect, &[]);
    vector.fields.insert("message".into(), base64(message));
    list.push(vector);
}

fn keyset(list: &mut Vec<Vector>, about: About, expect: &'static str, keyset: &[u8]) {
    let message = seal(about.0, keyset);
    push(list, about, expect, &message);
}

/// A keyset of one key as Tink writes it in JSON.
fn as_json(key: &Key) -> String {
    format!(
        "{{\"primaryKeyId\":{id},\"key\":[{{\"keyData\":{{\"typeUrl\":\"{}\",\"value\":\"{}\",\
         \"keyMaterialType\":\"SYMMETRIC\"}},\"status\":\"ENABLED\",\"keyId\":{id},\
         \"outputPrefixType\":\"TINK\"}}]}}",
        key.url,
        Base64::encode_string(&key.value),
        id = key.id,
    )
}

fn good(list: &mut Vec<Vector>) {
    let one = key("table_binary", 0x1234_5678);
    let about = ("table_binary", "T-4", "one key");
    keyset(list, about, "ok", &binary(one.id, slice::from_ref(&one)));
    let about = ("table_json", "T-4", "one key, as JSON");
    keyset(list, about, "ok", as_json(&one).as_bytes());
    let spaced = format!(" \n{}\n", as_json(&one));
    keyset(
        list,
        ("table_json_space", "T-4", "white space around"),
        "ok",
        spaced.as_bytes(),
    );
    let name = "table_several";
    let mut disabled = key("disabled", 2);
    disabled.status = 2;
    let mut raw = key("raw", 4);
    raw.prefix = 3;
    let mut crunchy = gcm(5, &[5; 32]);
    crunchy.prefix = 4;
    let keys = [key(name, 1), disabled, destroyed(3), raw, crunchy];
    let about = (name, "T-4", "keys of every status, prefix and known type");
    keyset(list, about, "ok", &binary(1, &keys));
    let name = "table_other_type";
    let mut other = key(name, 2);
    other.url = "type.googleapis.com/google.crypto.tink.AesSivKey";
    let about = (name, "T-5", "a key of another type, which is kept");
    keyset(list, about, "ok", &binary(1, &[key(name, 1), other]));
    let name = "table_512_keys";
    let mut many = vec![key(name, 1000)];
    many.extend((1..512).map(destroyed));
    keyset(
        list,
        (name, "T-6", "as many keys as may be"),
        "ok",
        &binary(1000, &many),
    );
    let name = "table_id_0";
    keyset(
        list,
        (name, "T-4", "id 0, which another program gave"),
        "ok",
        &binary(0, &[key(name, 0)]),
    );
}
