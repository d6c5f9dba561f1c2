//! Key tables and records.

use std::sync::OnceLock;

use tsutsumi::record::{from_text, to_text};
use tsutsumi::table::KeyTable;

/// What is read is written, and what is written is read as the same.
fn round_trip(table: &KeyTable) {
    let binary = table.to_binary();
    let again = KeyTable::from_binary(binary.as_bytes()).expect("we wrote it");
    assert_eq!(again.to_binary().as_bytes(), binary.as_bytes());
    let json = table.to_json();
    let again = KeyTable::from_json(json.as_bytes()).expect("we wrote it");
    assert_eq!(again.to_json().as_bytes(), json.as_bytes());
}

/// A keyset in binary.
pub(crate) fn binary(data: &[u8]) {
    if let Ok(table) = KeyTable::from_binary(data) {
        round_trip(&table);
    }
}

/// A keyset as JSON.
pub(crate) fn json(data: &[u8]) {
    if let Ok(table) = KeyTable::from_json(data) {
        round_trip(&table);
    }
}

fn table() -> &'static (KeyTable, u32) {
    static TABLE: OnceLock<(KeyTable, u32)> = OnceLock::new();
    TABLE.get_or_init(|| {
        let table = KeyTable::generate().expect("randomness");
        let id = table.keys().next().expect("one key").id;
        (table, id)
    })
}

/// Records of both kinds, under a key whose id the input is given; and as text.
pub(crate) fn record(data: &[u8]) {
    let (table, id) = table();
    let mut record = data.to_vec();
    if record.len() >= 5 {
        record[1..5].copy_from_slice(&id.to_be_bytes());
    }
    if let Ok(value) = table.open(b"aad", &record) {
        // The cipher does nothing: the value stands in the record.
        assert_eq!(*value.as_bytes(), record[29..record.len() - 16]);
    }
    drop(table.open_committing(b"aad", &record));
    if let Ok(decoded) = from_text(data) {
        assert_eq!(to_text(&decoded).as_bytes(), data);
    }
}
