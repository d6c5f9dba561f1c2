//! Key tables: what is changed in them, what is refused, and that nothing is lost.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde_json::{Value, json};
use tsutsumi::message::{Header, Limits};
use tsutsumi::table::{CONTEXT_PAIR, Form, KEYS_MAX, KEYSET_LEN_MAX, KeyTable, Kind, Status};
use tsutsumi::{Code, Context, DataKey, Error, Problem, Secret, WrappingKey};

/// The keyset of a table as JSON, to be altered.
fn json_of(table: &KeyTable) -> Value {
    serde_json::from_slice(table.to_json().as_bytes()).unwrap()
}

fn from_value(keyset: &Value) -> Result<KeyTable, Error> {
    KeyTable::from_json(&serde_json::to_vec(keyset).unwrap())
}

/// What is wrong with a keyset.
fn problem(keyset: &Value) -> Problem {
    from_value(keyset).unwrap_err().problem()
}

fn primary(table: &KeyTable) -> u32 {
    let mut primaries = table.keys().filter(|key| key.is_primary);
    let id = primaries.next().unwrap().id;
    assert!(primaries.next().is_none());
    id
}

// spec: T-8
#[test]
fn keys_are_added_promoted_disabled_and_destroyed() {
    let mut table = KeyTable::generate().unwrap();
    let first = primary(&table);
    let record = table.seal(b"", b"first").unwrap();
    let second = table.add().unwrap();
    assert_eq!(primary(&table), first);
    table.promote(second).unwrap();
    assert_eq!(primary(&table), second);
    assert_eq!(table.seal(b"", b"").unwrap()[1..5], second.to_be_bytes());
    let third = table.rotate().unwrap();
    assert_eq!(primary(&table), third);
    assert_eq!(table.open(b"", &record).unwrap().as_bytes(), b"first");

    table.disable(first).unwrap();
    let error = table.open(b"", &record).unwrap_err();
    assert_eq!(error.problem(), Problem::RecordKeyDisabled);
    // A table keeps what was changed when it is saved.
    let mut table = KeyTable::from_binary(table.to_binary().as_bytes()).unwrap();
    assert_eq!(table.keys().next().unwrap().status, Status::Disabled);
    table.enable(first).unwrap();
    assert_eq!(table.open(b"", &record).unwrap().as_bytes(), b"first");

    table.destroy(first).unwrap();
    let error = table.open(b"", &record).unwrap_err();
    assert_eq!(error.problem(), Problem::RecordKeyDestroyed);
    let mut table = KeyTable::from_json(table.to_json().as_bytes()).unwrap();
    let destroyed = table.keys().next().unwrap();
    assert_eq!((destroyed.id, destroyed.status), (first, Status::Destroyed));
    assert_eq!(destroyed.kind, Kind::Other);
    for change in [KeyTable::enable, KeyTable::disable, KeyTable::promote] {
        let error = change(&mut table, first).unwrap_err();
        assert_eq!(error.problem(), Problem::TableKeyState);
    }
    table.destroy(first).unwrap();
}

#[test]
fn the_primary_key_and_unknown_ids_are_left_alone() {
    let mut table = KeyTable::generate().unwrap();
    let id = primary(&table);
    for change in [KeyTable::disable, KeyTable::destroy] {
        let error = change(&mut table, id).unwrap_err();
        assert_eq!(error.problem(), Problem::TableKeyPrimary);
        assert_eq!(error.code(), Code::State);
    }
    for change in [
        KeyTable::enable,
        KeyTable::disable,
        KeyTable::promote,
        KeyTable::destroy,
    ] {
        let error = change(&mut table, id ^ 1).unwrap_err();
        assert_eq!(error.problem(), Problem::TableKeyUnknown);
    }
    let disabled = table.add().unwrap();
    table.disable(disabled).unwrap();
    let error = table.promote(disabled).unwrap_err();
    assert_eq!(error.problem(), Problem::TableKeyState);
}

// spec: T-6, T-7
#[test]
fn a_full_table_takes_no_more_keys_and_loses_none() {
    let mut table = KeyTable::generate().unwrap();
    let record = table.seal(b"", b"value").unwrap();
    while table.keys().count() < KEYS_MAX {
        table.rotate().unwrap();
    }
    let error = table.rotate().unwrap_err();
    assert_eq!(error.problem(), Problem::TableTooLong);
    let mut ids: Vec<u32> = table.keys().map(|key| key.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), KEYS_MAX);
    assert!(!ids.contains(&0));
    assert!(table.to_json().len() < KEYSET_LEN_MAX);
    for again in [
        KeyTable::from_binary(table.to_binary().as_bytes()).unwrap(),
        KeyTable::from_json(table.to_json().as_bytes()).unwrap(),
    ] {
        assert_eq!(again.open(b"", &record).unwrap().as_bytes(), b"value");
    }
    let mut keyset = json_of(&table);
    let mut extra = keyset["key"][0].clone();
    extra["keyId"] = json!(0);
    keyset["key"].as_array_mut().unwrap().push(extra);
    assert_eq!(problem(&keyset), Problem::TableTooLong);
    let error = KeyTable::from_binary(&vec![b' '; KEYSET_LEN_MAX + 1]).unwrap_err();
    assert_eq!(error.problem(), Problem::TableTooLong);
}

// spec: T-5
#[test]
fn keys_of_unknown_types_are_kept_and_not_used() {
    let mut table = KeyTable::generate().unwrap();
    let mut keyset = json_of(&table);
    let foreign = json!({
        "keyData": {
            "typeUrl": "type.googleapis.com/google.crypto.tink.AesGcmSivKey",
            "value": "GhAAAQIDBAUGBwgJCgsMDQ4P",
            "keyMaterialType": "SYMMETRIC",
        },
        "status": "ENABLED", "keyId": 7, "outputPrefixType": "TINK",
    });
    keyset["key"].as_array_mut().unwrap().push(foreign.clone());
    table = from_value(&keyset).unwrap();
    let record = [&[1, 0, 0, 0, 7], &[0; 60][..]].concat();
    let error = table.open(b"", &record).unwrap_err();
    assert_eq!(error.code(), Code::FormatSuite);
    assert_eq!(table.promote(7).unwrap_err().code(), Code::FormatSuite);
    let through = KeyTable::from_binary(table.to_binary().as_bytes()).unwrap();
    assert_eq!(json_of(&through)["key"][1], foreign);
    // As the primary key it would make the table useless.
    keyset["primaryKeyId"] = json!(7);
    assert_eq!(problem(&keyset), Problem::TableKeyType);
    // A version of a known type that is not known is another type.
    let mut newer = json_of(&KeyTable::generate().unwrap());
    newer["key"][0]["keyData"]["value"] =
        json!("CAESAggMGiAAAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHw==");
    assert_eq!(problem(&newer), Problem::TableKeyType);
}

// spec: T-3, T-4
#[test]
fn two_keys_of_one_id_and_useless_primaries_are_refused() {
    let mut table = KeyTable::generate().unwrap();
    let (old, new) = (primary(&table), table.rotate().unwrap());
    let good = json_of(&table);
    assert!(from_value(&good).is_ok());
    let alter = |change: &dyn Fn(&mut Value)| {
        let mut keyset = good.clone();
        change(&mut keyset);
        problem(&keyset)
    };
    let twice = alter(&|keyset| keyset["key"][0]["keyId"] = json!(new));
    assert_eq!(twice, Problem::TableKeyTwice);
    let destroyed = alter(&|keyset| keyset["key"][1]["status"] = json!("DESTROYED"));
    assert_eq!(destroyed, Problem::TableMalformed);
    let primaries: [&dyn Fn(&mut Value); 5] = [
        &|keyset| keyset["primaryKeyId"] = json!(old ^ 1),
        &|keyset| keyset["key"][1]["status"] = json!("DISABLED"),
        &|keyset| {
            keyset["key"][1]["status"] = json!("DESTROYED");
            keyset["key"][1].as_object_mut().unwrap().remove("keyData");
        },
        &|keyset| keyset["key"] = json!([]),
        &|keyset| drop(keyset.as_object_mut().unwrap().remove("primaryKeyId")),
    ];
    for change in primaries {
        assert_eq!(alter(change), Problem::TablePrimary);
    }
    assert_eq!(
        KeyTable::from_binary(b"").unwrap_err().problem(),
        Problem::TablePrimary
    );
}

// spec: T-2
#[test]
fn malformed_keysets_are_refused() {
    let good = json_of(&KeyTable::generate().unwrap());
    let changes: [&dyn Fn(&mut Value); 16] = [
        &|keyset| keyset["other"] = json!(1),
        &|keyset| keyset["key"][0]["other"] = json!(1),
        &|keyset| keyset["key"][0]["keyData"]["other"] = json!(1),
        &|keyset| keyset["key"][0]["status"] = json!("UNKNOWN_STATUS"),
        &|keyset| keyset["key"][0]["status"] = json!("enabled"),
        &|keyset| keyset["key"][0]["outputPrefixType"] = json!("CRUNCHY"),
        &|keyset| keyset["key"][0]["outputPrefixType"] = json!("WITH_ID_REQUIREMENT"),
        &|keyset| keyset["key"][0]["keyData"]["keyMaterialType"] = json!("REMOTE"),
        &|keyset| keyset["key"][0]["keyData"]["typeUrl"] = json!(""),
        &|keyset| keyset["key"][0]["keyData"]["value"] = json!("GiA="),
        &|keyset| keyset["key"][0]["keyData"]["value"] = json!("not base64"),
        // Salts of 7 and of 13 bytes, and a key of 31.
        &|keyset| {
            keyset["key"][0]["keyData"]["value"] =
                json!("EgIIBxogAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
        },
        &|keyset| {
            keyset["key"][0]["keyData"]["value"] =
                json!("EgIIDRogAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
        },
        &|keyset| {
            keyset["key"][0]["keyData"]["value"] =
                json!("EgIIDBofAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==");
        },
        &|keyset| drop(keyset["key"][0].as_object_mut().unwrap().remove("keyData")),
        &|keyset| keyset["primaryKeyId"] = json!("17"),
    ];
    for (position, change) in changes.iter().enumerate() {
        let mut keyset = good.clone();
        change(&mut keyset);
        assert_eq!(problem(&keyset), Problem::TableMalformed, "{position}");
    }
    let text = good.to_string();
    for (from, to) in [
        ("\"key\":", "\"key\":[],\"key\":"),
        ("\"status\":", "\"status\":\"ENABLED\",\"status\":"),
        ("}]", "},]"),
        ("\"keyId\":", "\"keyId\":-"),
        ("\"keyId\":", "\"keyId\":1.0,\"x\":"),
    ] {
        assert!(text.contains(from), "{from}");
        let error = KeyTable::from_json(text.replacen(from, to, 1).as_bytes()).unwrap_err();
        assert_eq!(error.problem(), Problem::TableMalformed, "{to}");
    }
    let error = KeyTable::from_json(format!("{text} x").as_bytes()).unwrap_err();
    assert_eq!(error.problem(), Problem::TableMalformed);
}

#[test]
fn every_flipped_bit_cut_and_extension_of_a_keyset_is_read_or_refused_but_never_misread() {
    let mut table = KeyTable::generate().unwrap();
    table.rotate().unwrap();
    let keyset = table.to_binary();
    let keyset = keyset.as_bytes();
    for len in 0..keyset.len() {
        assert!(KeyTable::from_binary(&keyset[..len]).is_err(), "{len}");
    }
    assert!(KeyTable::from_binary(&[keyset, b"\0"].concat()).is_err());
    assert!(KeyTable::from_binary(&[keyset, b"\x18\x01"].concat()).is_err());
    let (mut read, mut longer, mut refused) = (0, 0, 0);
    for bit in 0..keyset.len() * 8 {
        let mut altered = keyset.to_vec();
        altered[bit / 8] ^= 1 << (bit % 8);
        match KeyTable::from_binary(&altered) {
            // Such as a flipped bit of a key: the message around the keyset is what tells.
            Ok(table) if table.to_binary().as_bytes().len() == altered.len() => {
                assert_eq!(table.to_binary().as_bytes(), altered);
                read += 1;
            }
            // The one bit in the last byte of an id: Protocol Buffers also read the longer form.
            Ok(table) => {
                assert_eq!(table.to_binary().as_bytes().len() + 1, altered.len());
                longer += 1;
            }
            Err(_) => refused += 1,
        }
    }
    assert!(
        read > 500 && longer <= 2 && refused > 200,
        "{read} read, {longer} of them longer than need be, {refused} refused"
    );
}

// spec: R-3
#[test]
fn keys_without_a_prefix_are_read_where_one_alone_is_meant() {
    let mut table = KeyTable::generate().unwrap();
    let mut keyset = json_of(&table);
    keyset["key"][0]["outputPrefixType"] = json!("RAW");
    let raw = from_value(&keyset).unwrap();
    let record = raw.seal(b"row", b"value").unwrap();
    assert_eq!(record.len(), 5 + 40);
    assert_eq!(raw.open(b"row", &record).unwrap().as_bytes(), b"value");
    let error = table.open(b"row", &record).unwrap_err();
    assert!([Code::FormatVersion, Code::PolicyKey].contains(&error.code()));
    // With a second one nothing says which is meant, and none is tried.
    table.rotate().unwrap();
    let mut keyset = json_of(&table);
    keyset["key"][0]["outputPrefixType"] = json!("RAW");
    assert!(from_value(&keyset).unwrap().open(b"row", &record).is_ok());
    keyset["key"][1]["outputPrefixType"] = json!("RAW");
    let error = from_value(&keyset)
        .unwrap()
        .open(b"row", &record)
        .unwrap_err();
    assert_eq!(error.problem(), Problem::RecordKeyAmbiguous);
    keyset["key"][1]["outputPrefixType"] = json!("TINK");
    keyset["key"][0]["status"] = json!("DISABLED");
    assert!(from_value(&keyset).unwrap().open(b"row", &record).is_err());
}

// spec: T-9
#[test]
fn keys_of_aes_gcm_only_open() {
    let mut keyset = json_of(&KeyTable::generate().unwrap());
    keyset["key"][0]["keyData"]["typeUrl"] =
        json!("type.googleapis.com/google.crypto.tink.AesGcmKey");
    for (kind, value) in [
        (Kind::Aes128Gcm, "GhAAAQIDBAUGBwgJCgsMDQ4P"),
        (
            Kind::Aes256Gcm,
            "GiAAAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHw==",
        ),
    ] {
        keyset["key"][0]["keyData"]["value"] = json!(value);
        let mut table = from_value(&keyset).unwrap();
        assert_eq!(table.keys().next().unwrap().kind, kind);
        assert_eq!(json_of(&table), keyset);
        for error in [
            table.seal(b"", b"").unwrap_err(),
            table.seal_committing(b"", b"").unwrap_err(),
        ] {
            assert_eq!(error.problem(), Problem::TableKeyOpensOnly);
        }
        table.rotate().unwrap();
        assert!(table.seal(b"", b"").is_ok());
    }
    // Tink makes none of 192 bits.
    keyset["key"][0]["keyData"]["value"] = json!("GhgAAQIDBAUGBwgJCgsMDQ4PEBESExQVFhc=");
    assert_eq!(problem(&keyset), Problem::TableKeyType);
}

// spec: T-1
#[test]
fn a_table_is_a_message_that_says_so() {
    let secret = Secret::from_slice(&[7; 32]).unwrap();
    let wrapping = WrappingKey::new("n", "k", &secret).unwrap();
    let table = KeyTable::generate().unwrap();
    let record = table.seal(b"", b"value").unwrap();
    let pairs = Context::new([("tenant", "acme")]).unwrap();
    let context = KeyTable::context(&pairs).unwrap();
    assert_eq!(context.value(CONTEXT_PAIR.0), Some(CONTEXT_PAIR.1));
    assert!(KeyTable::context(&context).is_err());
    let key = DataKey::generate().unwrap();
    let slots = [wrapping.wrap(&key, &context).unwrap()];
    for form in [Form::Binary, Form::Json] {
        let message = table.seal_message(form, &key, &context, &slots).unwrap();
        let header = Header::read_whole(&message, &Limits::default()).unwrap();
        let body = &message[header.encoded_len()..];
        let again = KeyTable::open_message(&header, &key, body).unwrap();
        assert_eq!(again.open(b"", &record).unwrap().as_bytes(), b"value");
        let cut = KeyTable::open_message(&header, &key, &body[..body.len() - 1]);
        assert_eq!(cut.unwrap_err().code(), Code::FormatTruncated);
        let other = KeyTable::open_message(&header, &DataKey::generate().unwrap(), body);
        assert_eq!(other.unwrap_err().code(), Code::OpenFailed);
    }
    let error = table
        .seal_message(Form::Binary, &key, &pairs, &slots)
        .unwrap_err();
    assert_eq!(error.problem(), Problem::NotATable);
}

#[test]
fn debug_shows_no_material() {
    let table = KeyTable::generate().unwrap();
    let shown = format!("{table:?}");
    let id = primary(&table);
    assert!(shown.contains(&format!("id: {id}")), "{shown}");
    assert!(shown.len() < 200, "{shown}");
}
