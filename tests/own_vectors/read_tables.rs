//! Reads the vectors of tables and records.

use serde_json::Value;
use tsutsumi::message::{Header, Limits};
use tsutsumi::record::from_text;
use tsutsumi::table::KeyTable;
use tsutsumi::{Context, Error, Problem, Secret, WrappingKey};

use crate::support::{base64, context, hex};
use crate::vector::load;
use crate::{records, tables};

fn wrapping(file: &Value) -> WrappingKey {
    let text = |name: &str| file["keys"][0][name].as_str().unwrap();
    let secret = Secret::from_slice(&hex(text("key"))).unwrap();
    WrappingKey::new(text("namespace"), text("name"), &secret).unwrap()
}

fn open_table(file: &Value, message: &[u8], expected: &Context) -> Result<KeyTable, Error> {
    let header = Header::read_whole(message, &Limits::default())?;
    header.match_context(&KeyTable::context(expected)?)?;
    let wrapping = wrapping(file);
    let slot = header.slots().iter().find(|slot| wrapping.owns(slot));
    let slot = slot.ok_or_else(|| Error::from(Problem::SlotForeign))?;
    let key = wrapping.unwrap(slot, header.context())?;
    KeyTable::open_message(&header, &key, &message[header.encoded_len()..])
}

fn read_table(file: &Value, vector: &Value) -> Result<Vec<u8>, Error> {
    let expected = context(&vector["context"], |_| true);
    open_table(file, &base64(&vector["message"]), &expected).map(|_| Vec::new())
}

fn read_record(file: &Value, vector: &Value) -> Result<Vec<u8>, Error> {
    let message = base64(&file["tables"][vector["table"].as_str().unwrap()]);
    let table = open_table(file, &message, &Context::default())?;
    let aad = context(&vector["context"], |_| true).encode();
    let record = match vector["text"].as_str() {
        Some(text) => from_text(text.as_bytes())?,
        None => base64(&vector["record"]),
    };
    let value = match vector["committing"] == true {
        true => table.open_committing(&aad, &record)?,
        false => table.open(&aad, &record)?,
    };
    Ok(value.as_bytes().to_vec())
}

type Read = fn(&Value, &Value) -> Result<Vec<u8>, Error>;

/// What is wrong with the outcome, if anything.
fn wrong(file: &Value, vector: &Value, read: Read) -> Option<String> {
    let result = read(file, vector);
    let code = result
        .as_ref()
        .map_or_else(|error| error.code().name(), |_| "ok");
    if code != vector["expect"] {
        return Some(format!("{}: {code}", vector["name"]));
    }
    let expected = vector.get("plaintext").map(base64).unwrap_or_default();
    (code == "ok" && result.unwrap() != expected).then(|| format!("{}: value", vector["name"]))
}

fn check(name: &str, read: Read) {
    let file = load(name);
    let tests = file["tests"].as_array().unwrap();
    let problems: Vec<_> = tests.iter().filter_map(|v| wrong(&file, v, read)).collect();
    println!("{name}: {} reads", tests.len());
    assert_eq!(problems, Vec::<String>::new());
    for vector in tests {
        let mut altered = vector.clone();
        altered["expect"] = if vector["expect"] == "ok" {
            "ERR_LIMIT"
        } else {
            "ok"
        }
        .into();
        assert!(wrong(&file, &altered, read).is_some(), "{}", vector["name"]);
    }
}

#[test]
fn every_table_is_opened_or_refused_as_it_says_and_an_altered_one_is_noticed() {
    check(tables::FILE, read_table);
}

#[test]
fn every_record_is_opened_or_refused_as_it_says_and_an_altered_one_is_noticed() {
    check(records::FILE, read_record);
}
