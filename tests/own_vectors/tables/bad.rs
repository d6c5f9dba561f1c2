//! Tables that are refused.

use super::{INVALID, TYPE, as_json, key, keyset, push};
use crate::keyset::{Key, binary, bytes, destroyed, number};
use crate::messages::draft_with;
use crate::vector::{About, Vector};

const SUITE: &str = "ERR_FORMAT_SUITE";

pub(super) fn add(list: &mut Vec<Vector>) {
    contexts(list);
    keysets(list);
    keys(list);
    json(list);
}

fn contexts(list: &mut Vec<Vector>) {
    type Case = (
        &'static str,
        &'static [(&'static str, &'static str)],
        &'static str,
    );
    let stored: [Case; 3] = [
        ("context_without_type", &[], "the context names no table"),
        (
            "context_other_type",
            &[(TYPE.0, "record")],
            "the context names something else",
        ),
        (
            "context_more_than_type",
            &[("tenant", "acme"), TYPE],
            "a pair that is not expected",
        ),
    ];
    for (name, pairs, comment) in stored {
        let one = key(name, 1);
        let mut draft = draft_with(name, pairs);
        draft.frame_len = 65_536;
        let message = draft.message(&binary(1, &[one]));
        push(list, (name, "T-1", comment), "ERR_POLICY_CONTEXT", &message);
    }
}

fn keysets(list: &mut Vec<Vector>) {
    let one = || key("one", 1);
    let good = binary(1, &[one()]);
    let fields: [(&str, &str, Vec<u8>); 8] = [
        (
            "field_unknown",
            "a field that is not known",
            [&good[..], &number(3, 1)].concat(),
        ),
        (
            "field_twice",
            "the primary id twice",
            [&number(1, 1), &good[..]].concat(),
        ),
        (
            "field_type",
            "bytes where a number belongs",
            [&bytes(1, b"1"), &good[2..]].concat(),
        ),
        (
            "field_wide",
            "eight bytes of fixed width",
            [&good[..], &[0x19; 9]].concat(),
        ),
        (
            "field_cut",
            "the last byte is missing",
            good[..good.len() - 1].to_vec(),
        ),
        (
            "field_long",
            "a length over the end",
            [&good[..], &[0x12, 0x7F]].concat(),
        ),
        (
            "number_long",
            "an id over 32 bits",
            [&number(1, 1 << 32), &good[2..]].concat(),
        ),
        (
            "number_endless",
            "a number without an end",
            [&[0x08; 1][..], &[0xFF; 20]].concat(),
        ),
    ];
    for (name, comment, bytes) in fields {
        keyset(list, (name, "T-2", comment), INVALID, &bytes);
    }
    primaries(list);
}

fn primaries(list: &mut Vec<Vector>) {
    let one = || key("one", 1);
    let twice = binary(1, &[one(), key("other", 1)]);
    keyset(
        list,
        ("id_twice", "T-3", "two keys of one id"),
        INVALID,
        &twice,
    );
    let about = ("id_twice_destroyed", "T-3", "one of the two is destroyed");
    keyset(list, about, INVALID, &binary(1, &[one(), destroyed(1)]));
    let mut disabled = one();
    disabled.status = 2;
    let primaries: [(&str, &str, Vec<u8>); 5] = [
        ("primary_missing", "no key of its id", binary(2, &[one()])),
        ("primary_disabled", "it is disabled", binary(1, &[disabled])),
        (
            "primary_destroyed",
            "it is destroyed",
            binary(1, &[destroyed(1)]),
        ),
        ("keyset_empty", "no bytes at all", Vec::new()),
        ("keyset_no_keys", "no keys", number(1, 1)),
    ];
    for (name, comment, bytes) in primaries {
        keyset(list, (name, "T-4", comment), INVALID, &bytes);
    }
    let mut many = vec![key("many", 1000)];
    many.extend((1..513).map(destroyed));
    let about = ("table_513_keys", "T-6", "a key more than may be");
    keyset(list, about, "ERR_LIMIT", &binary(1000, &many));
}

/// Adds a table with a key that is changed, and with a good one.
fn changed(list: &mut Vec<Vector>, about: About, expect: &'static str, change: fn(&mut Key)) {
    let mut one = key(about.0, 1);
    change(&mut one);
    // Only what a primary key has to be is asked of it as the primary one.
    let primary = if expect == SUITE { 1 } else { 9 };
    let keys = [key("second", 9), one];
    keyset(list, about, expect, &binary(primary, &keys));
}

fn keys(list: &mut Vec<Vector>) {
    let about = ("type_unknown", "T-5", "a primary of another type");
    changed(list, about, SUITE, |key| {
        key.url = "type.googleapis.com/google.crypto.tink.AesSivKey";
    });
    let about = ("type_version", "T-5", "a primary of version 1");
    changed(list, about, SUITE, |key| key.value.extend(number(1, 1)));
    let mut bad = |name, comment, change| changed(list, (name, "T-2", comment), INVALID, change);
    bad("type_none", "no type", |key| key.url = "");
    bad("status_0", "no status", |key| key.status = 0);
    bad("status_4", "a status that there is not", |key| {
        key.status = 4;
    });
    bad("prefix_0", "no prefix", |key| key.prefix = 0);
    bad("prefix_6", "a prefix that there is not", |key| {
        key.prefix = 6;
    });
    bad("prefix_crunchy", "a prefix that this type has not", |key| {
        key.prefix = 4;
    });
    bad("material_private", "a private key", |key| key.material = 2);
    bad("enabled_no_material", "enabled, without a key", |key| {
        key.has_data = false;
    });
    bad("salt_7", "a salt of 7 bytes", |key| key.value[3] = 7);
    bad("salt_13", "a salt of 13 bytes", |key| key.value[3] = 13);
    let about = ("destroyed_material", "T-8", "destroyed, with its key");
    changed(list, about, INVALID, |key| key.status = 3);
    for (name, len) in [("key_31", 31), ("key_33", 33)] {
        let mut one = key(name, 1);
        one.value = [bytes(2, &number(1, 12)), bytes(3, &vec![1; len])].concat();
        let about = (name, "T-2", "a key of another length");
        keyset(list, about, INVALID, &binary(1, &[one]));
    }
}

fn json(list: &mut Vec<Vector>) {
    let text = as_json(&key("json", 7));
    let cases: [(&str, &str, &str, &str); 9] = [
        ("json_comma", "a comma at the end", "]}", "],}"),
        (
            "json_unknown",
            "a member that is not known",
            "{\"primary",
            "{\"x\":1,\"primary",
        ),
        (
            "json_twice",
            "a member twice",
            "{\"primary",
            "{\"primaryKeyId\":7,\"primary",
        ),
        (
            "json_status",
            "a status that there is not",
            "ENABLED",
            "enabled",
        ),
        ("json_number", "a status as a number", "\"ENABLED\"", "1"),
        (
            "json_id_text",
            "an id as text",
            "\"keyId\":7",
            "\"keyId\":\"7\"",
        ),
        (
            "json_id_fraction",
            "an id with a fraction",
            "\"keyId\":7",
            "\"keyId\":7.0",
        ),
        (
            "json_base64",
            "a value that is not base64",
            "\"value\":\"",
            "\"value\":\"*",
        ),
        ("json_trailing", "something behind it", "]}", "]}{}"),
    ];
    for (name, comment, from, to) in cases {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text);
        keyset(list, (name, "T-2", comment), INVALID, changed.as_bytes());
    }
}
