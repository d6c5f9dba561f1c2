//! Records: Tink's own ciphertexts, and everything but the record as it was sealed refused.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use serde_json::Value;
use support::{base64, hex, shake};
use tsutsumi::record::{COMMITTING_OVERHEAD, OVERHEAD, VALUE_LEN_MAX, from_text, to_text};
use tsutsumi::table::KeyTable;
use tsutsumi::{Code, Context, Error, Problem, SecretBytes};

type Seal = fn(&KeyTable, &[u8], &[u8]) -> Result<Vec<u8>, Error>;
type Open = fn(&KeyTable, &[u8], &[u8]) -> Result<SecretBytes, Error>;

/// Both kinds of record, with what each adds to a short value.
const KINDS: [(Seal, Open, usize); 2] = [
    (KeyTable::seal, KeyTable::open, OVERHEAD),
    (
        KeyTable::seal_committing,
        KeyTable::open_committing,
        COMMITTING_OVERHEAD,
    ),
];

#[test]
fn ciphertexts_of_tink_are_opened_or_refused_by_their_type() {
    let vectors: Value = serde_json::from_str(include_str!("vectors/tink-py.json")).unwrap();
    let (mut opened, mut refused) = (0, 0);
    for test in vectors["tests"].as_array().unwrap() {
        let keyset = serde_json::to_vec(&test["keyset"]).unwrap();
        let type_url = test["keyset"]["key"][0]["keyData"]["typeUrl"].as_str();
        let known = type_url.is_some_and(|url| url.ends_with(".XAesGcmKey"))
            || type_url.is_some_and(|url| url.ends_with(".AesGcmKey"));
        if !known {
            let error = KeyTable::from_json(&keyset).unwrap_err();
            assert_eq!(error.problem(), Problem::TableKeyType);
            refused += 1;
            continue;
        }
        let table = KeyTable::from_json(&keyset).unwrap();
        let table = KeyTable::from_binary(table.to_binary().as_bytes()).unwrap();
        let aad = hex(test["aadHex"].as_str().unwrap());
        let value = shake(test["plaintextLength"].as_u64().unwrap());
        let record = base64(&test["ciphertextBase64"]);
        assert_eq!(table.open(&aad, &record).unwrap().as_bytes(), value);
        let other = [&*aad, b"x"].concat();
        let error = table.open(&other, &record).unwrap_err();
        assert_eq!(error.problem(), Problem::OpenFailed);
        opened += 1;
    }
    println!("{opened} opened, {refused} refused");
    assert_eq!((opened, refused), (32, 21));
}

// spec: R-1
#[test]
fn records_have_their_length_and_come_back() {
    let table = KeyTable::generate().unwrap();
    let id = table.keys().next().unwrap().id.to_be_bytes();
    for (seal, open, overhead) in KINDS {
        for len in [0, 1, 15, 16, 17, 100, 16_383] {
            let value = shake(len as u64);
            let record = seal(&table, b"row", &value).unwrap();
            assert_eq!(record.len(), len + overhead);
            assert_eq!(open(&table, b"row", &record).unwrap().as_bytes(), value);
        }
    }
    for (seal, _, overhead) in KINDS {
        // What is random in a record, and has to be another each time.
        let random = if overhead == OVERHEAD { 5..29 } else { 4..24 };
        let draw = || seal(&table, b"", b"").unwrap()[random.clone()].to_vec();
        let mut drawn: Vec<_> = (0..1000).map(|_| draw()).collect();
        drawn.sort_unstable();
        drawn.dedup();
        assert_eq!(drawn.len(), 1000);
    }
    let record = table.seal(b"", b"").unwrap();
    assert_eq!((record[0], &record[1..5]), (1, &id[..]));
    assert_eq!(table.seal_committing(b"", b"").unwrap()[..4], id);
    // Over a chunk, the committing kind grows by a tag; the value still comes back whole.
    let long = shake(40_000);
    let record = table.seal_committing(b"row", &long).unwrap();
    assert_eq!(record.len(), 40_000 + COMMITTING_OVERHEAD + 2 * 16);
    let opened = table.open_committing(b"row", &record).unwrap();
    assert_eq!(opened.as_bytes(), long);
}

// spec
#[test]
fn every_flipped_bit_and_every_cut_is_refused() {
    let table = KeyTable::generate().unwrap();
    for (seal, open, overhead) in KINDS {
        let aad = Context::new([("row", "17")]).unwrap().encode();
        let record = seal(&table, &aad, b"value").unwrap();
        let id_bytes = if overhead == OVERHEAD { 1..5 } else { 0..4 };
        for bit in 0..record.len() * 8 {
            let mut altered = record.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            let code = open(&table, &aad, &altered).unwrap_err().code();
            let expected = match bit / 8 {
                place if id_bytes.contains(&place) => Code::PolicyKey,
                // One bit away from Tink's 01 is the 00 of older kinds, whose id nobody has.
                0 if overhead == OVERHEAD && bit == 0 => Code::PolicyKey,
                0 if overhead == OVERHEAD => Code::FormatVersion,
                _ => Code::OpenFailed,
            };
            assert_eq!(code, expected, "bit {bit}");
        }
        for len in 0..record.len() {
            let code = open(&table, &aad, &record[..len]).unwrap_err().code();
            let short = [Code::FormatTruncated, Code::OpenFailed, Code::PolicyKey];
            assert!(short.contains(&code), "{len}: {code:?}");
            // From the shortest record on, a cut is an alteration.
            assert_eq!(code == Code::FormatTruncated, len < overhead, "{len}");
        }
        let longer = [&*record, &[0]].concat();
        let error = open(&table, &aad, &longer).unwrap_err();
        assert_eq!(error.problem(), Problem::OpenFailed);
        assert_eq!(open(&table, &aad, &record).unwrap().as_bytes(), b"value");
    }
}

// spec
#[test]
fn another_context_table_kind_or_id_is_refused() {
    let (mut table, other) = (KeyTable::generate().unwrap(), KeyTable::generate().unwrap());
    for (seal, open, overhead) in KINDS {
        let record = seal(&table, b"row 17", b"value").unwrap();
        for aad in [&b""[..], b"row 18", b"row 17\0"] {
            let error = open(&table, aad, &record).unwrap_err();
            assert_eq!(error.problem(), Problem::OpenFailed);
        }
        let error = open(&other, b"row 17", &record).unwrap_err();
        assert_eq!(error.problem(), Problem::RecordKeyMissing);
        // The same bytes under the id of another key of the table.
        let second = table.add().unwrap();
        let mut moved = record.clone();
        let place = usize::from(overhead == OVERHEAD);
        moved[place..place + 4].copy_from_slice(&second.to_be_bytes());
        let error = open(&table, b"row 17", &moved).unwrap_err();
        assert_eq!(error.problem(), Problem::OpenFailed);
        assert!(open(&table, b"row 17", &record).is_ok());
    }
    // Neither kind is ever taken for the other.
    let plain = table.seal(b"", &[0; 100]).unwrap();
    let committing = table.seal_committing(b"", &[0; 100]).unwrap();
    assert!(table.open_committing(b"", &plain).is_err());
    assert!(table.open(b"", &committing).is_err());
}

// spec: R-7
#[test]
fn values_over_the_limit_are_refused_and_those_at_it_are_not() {
    let table = KeyTable::generate().unwrap();
    let value = vec![7; VALUE_LEN_MAX + 1];
    for (seal, open, _) in KINDS {
        let error = seal(&table, b"", &value).unwrap_err();
        assert_eq!(error.problem(), Problem::RecordTooLong);
        let mut record = seal(&table, b"", &value[1..]).unwrap();
        assert_eq!(open(&table, b"", &record).unwrap().as_bytes(), &value[1..]);
        record.resize(record.len() + 1, 0);
        let error = open(&table, b"", &record).unwrap_err();
        assert_eq!(error.problem(), Problem::RecordTooLong);
    }
}

// spec: R-8
#[test]
fn text_has_one_form() {
    let table = KeyTable::generate().unwrap();
    for len in 0..50 {
        let record = table.seal(b"", &shake(len)).unwrap();
        let text = to_text(&record);
        assert!(
            text.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        );
        assert_eq!(from_text(text.as_bytes()).unwrap(), record);
        let last = text.as_bytes()[text.len() - 1];
        let others = [
            format!("{text}="),
            format!("{text}\n"),
            format!(" {text}"),
            text.replacen(char::from(last), "+", 1),
            text.replacen(char::from(last), "é", 1),
        ];
        for other in others {
            let error = from_text(other.as_bytes()).unwrap_err();
            assert_eq!(error.problem(), Problem::RecordText, "{other}");
        }
    }
    // Bits that stand for nothing have to be zero, or one record would have several texts.
    assert!(from_text(b"AQ").is_ok());
    assert!(from_text(b"AR").is_err());
    assert!(from_text(b"\xff\xff").is_err());
}
