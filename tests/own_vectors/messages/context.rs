//! The context: how it is written, and which one is expected.

use super::{List, PAIRS, PLAINTEXT, draft, draft_with, keys};
use crate::chance::Chance;
use crate::draft::{pairs, prefixed};

const INVALID: &str = "ERR_FORMAT_INVALID";

pub(super) fn add(list: &mut List) {
    good(list);
    malformed(list);
    expected(list);
}

fn good(list: &mut List) {
    let name = "context_empty";
    let message = draft_with(name, &[]).message(PLAINTEXT);
    list.opens(
        (name, "C-5", "no pairs are no bytes"),
        &[],
        &message,
        PLAINTEXT,
    );
    let name = "context_empty_texts";
    let empty = [("", "")];
    let message = draft_with(name, &empty).message(PLAINTEXT);
    list.opens(
        (name, "C-5", "a pair of empty texts"),
        &empty,
        &message,
        PLAINTEXT,
    );
    // By UTF-16 code units the second would come first.
    let name = "context_astral";
    let astral = [("\u{FFFD}", "a"), ("\u{10000}", "b")];
    let message = draft_with(name, &astral).message(PLAINTEXT);
    let about = (name, "C-1", "keys that sort differently as UTF-16");
    list.opens(about, &astral, &message, PLAINTEXT);
    let name = "context_unsorted";
    let (unsorted, sorted) = ([("b", "2"), ("a", "1")], [("a", "1"), ("b", "2")]);
    let mut draft = draft_with(name, &sorted);
    draft.context = pairs(&unsorted);
    let about = (
        name,
        "C-9",
        "stored unsorted, wrapped under the sorted form",
    );
    list.opens(about, &unsorted, &draft.message(PLAINTEXT), PLAINTEXT);
    let name = "context_many";
    let texts: Vec<_> = (0..1024).map(|number| format!("{number:04}")).collect();
    let many: Vec<_> = texts.iter().map(|text| (text.as_str(), "")).collect();
    let message = draft_with(name, &many).message(PLAINTEXT);
    list.opens(
        (name, "C-8", "as many pairs as may be"),
        &many,
        &message,
        PLAINTEXT,
    );
}

/// How many pairs are counted, and the bytes behind the count.
fn counted(count: u8, rest: &[&[u8]]) -> Vec<u8> {
    [&[0, count], &rest.concat()[..]].concat()
}

/// Name, clause, context and comment.
type Malformed = (&'static str, &'static str, Vec<u8>, &'static str);

fn lengths() -> [Malformed; 9] {
    let two = [prefixed(b"tenant"), prefixed(b"acme")].concat();
    let (key, c5) = (prefixed(b"tenant"), "C-5");
    let none = ("context_count_0", c5, counted(0, &[]), "a count of none");
    [
        none,
        (
            "context_count_0_pair",
            c5,
            counted(0, &[&two]),
            "a count of none, and a pair",
        ),
        (
            "context_count_2",
            c5,
            counted(2, &[&two]),
            "a pair fewer than counted",
        ),
        (
            "context_count_max",
            c5,
            [&[0xFF, 0xFF], &two[..]].concat(),
            "65,534 fewer",
        ),
        ("context_one_byte", c5, vec![0], "half a count"),
        (
            "context_rest",
            c5,
            counted(1, &[&two, b"x"]),
            "a byte after the pairs",
        ),
        (
            "context_key_length",
            c5,
            counted(1, &[b"\xFF\xFFtenant"]),
            "a key longer than the whole",
        ),
        (
            "context_value_length",
            c5,
            counted(1, &[&key, b"\0\x05acme"]),
            "a value too long by one",
        ),
        (
            "context_value_missing",
            c5,
            counted(1, &[&key]),
            "a key without a value",
        ),
    ]
}

fn texts() -> [Malformed; 3] {
    let two = [prefixed(b"tenant"), prefixed(b"acme")].concat();
    let (key, value) = (prefixed(b"tenant"), prefixed(b"acme"));
    let twice = counted(2, &[&two, &key, &prefixed(b"evil")]);
    let bad_key = counted(1, &[&prefixed(b"\xC0\x80"), &value]);
    let bad_value = counted(1, &[&key, &prefixed(b"\xED\xA0\x80")]);
    [
        (
            "context_key_twice",
            "C-6",
            twice,
            "a key twice, with another value",
        ),
        (
            "context_key_not_utf8",
            "C-7",
            bad_key,
            "an overlong zero in a key",
        ),
        (
            "context_value_not_utf8",
            "C-7",
            bad_value,
            "half a surrogate pair in a value",
        ),
    ]
}

fn malformed(list: &mut List) {
    for (name, clause, context, comment) in lengths().into_iter().chain(texts()) {
        let mut draft = draft(name);
        draft.slots[0] = keys()[0].slot(&draft.data_key, &context, &mut Chance::new("slot", name));
        draft.context = context;
        let message = draft.message(PLAINTEXT);
        list.refused((name, clause, comment), INVALID, &message);
    }
    let name = "context_too_many";
    let texts: Vec<_> = (0..1025).map(|number| format!("{number:04}")).collect();
    let many: Vec<_> = texts.iter().map(|text| (text.as_str(), "")).collect();
    let message = draft_with(name, &many).message(PLAINTEXT);
    list.refused(
        (name, "C-8", "a pair more than may be"),
        "ERR_LIMIT",
        &message,
    );
}

fn expected(list: &mut List) {
    let code = "ERR_POLICY_CONTEXT";
    type Case = (
        &'static str,
        &'static [(&'static str, &'static str)],
        &'static str,
    );
    let cases: [Case; 5] = [
        (
            "context_none_stored",
            &[],
            "none is stored, one is expected",
        ),
        (
            "context_other_value",
            &[("tenant", "acmE")],
            "another value",
        ),
        ("context_other_key", &[("tenanT", "acme")], "another key"),
        (
            "context_more",
            &[("a", "b"), ("tenant", "acme")],
            "a pair more than expected",
        ),
        (
            "context_value_cut",
            &[("tenant", "acm")],
            "the value is cut",
        ),
    ];
    for (name, stored, comment) in cases {
        let message = draft_with(name, stored).message(PLAINTEXT);
        list.refused((name, "M-15", comment), code, &message);
    }
    let name = "context_not_expected";
    let message = draft_with(name, PAIRS).message(PLAINTEXT);
    list.push(
        (name, "M-15", "one is stored, none is expected"),
        code,
        &[],
        &message,
    );
}
