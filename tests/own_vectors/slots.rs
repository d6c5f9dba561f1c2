//! Vectors of kept slots.

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::{Digest, Sha384, Sha512};

use super::chance::Chance;
use super::draft::pairs;
use super::messages;
use super::vector::{About, Vector, hex};

pub(crate) const FILE: &str = "slots.json";

const SEED: &str = "tsutsumi slots 1";
const PAIRS: &[(&str, &str)] = &[("object", "a.bin")];
const INVALID: &str = "ERR_FORMAT_INVALID";

/// What stands in the file besides the vectors.
pub(crate) fn head() -> Value {
    let mut head = messages::head();
    head["format"] = json!("slot");
    head["seed"] = json!(SEED);
    head["about"] = json!("Each is a list of which the first key unwraps one, to `dataKey`.");
    head
}

/// The members of a slot, in order; what a vector gets wrong it changes here.
struct Draft {
    members: Vec<(&'static str, String)>,
}

fn quoted(text: &str) -> String {
    json!(text).to_string()
}

fn marked(bytes: &[u8]) -> String {
    quoted(&format!("base64:{}", Base64::encode_string(bytes)))
}

fn data_key() -> [u8; 32] {
    Chance::new(SEED, "data key").bytes()
}

fn fingerprint(key: &[u8]) -> String {
    let mut mac = Hmac::<Sha512>::new_from_slice(key).unwrap();
    mac.update(b"tsutsumi slot fingerprint v1\x01");
    quoted(&Base64UrlUnpadded::encode_string(
        &mac.finalize().into_bytes()[..32],
    ))
}

/// A slot of the first key.
fn draft(name: &str) -> Draft {
    let mut chance = Chance::new(SEED, name);
    let slot = messages::keys()[0].slot(&data_key(), &pairs(PAIRS), &mut chance);
    let digest = Base64UrlUnpadded::encode_string(&Sha384::digest(pairs(PAIRS)));
    Draft {
        members: vec![
            ("v", "1".into()),
            ("provider", quoted("tsutsumi-vectors")),
            ("rootKey", marked(&slot.info)),
            ("wrapped", marked(&slot.ciphertext)),
            ("aad", format!("[{}]", quoted(&digest))),
            ("created", quoted("2026-01-31T12:00:00Z")),
            ("fingerprint", fingerprint(&data_key())),
        ],
    }
}

impl Draft {
    fn text(&self) -> String {
        let members: Vec<_> = self
            .members
            .iter()
            .map(|(name, value)| format!("{}:{value}", quoted(name)))
            .collect();
        format!("{{{}}}", members.join(","))
    }

    fn set(&mut self, name: &str, value: &str) {
        let member = self.members.iter_mut().find(|(other, _)| *other == name);
        member.unwrap().1 = value.into();
    }
}

/// A slot of another provider.
fn other(name: &str) -> Draft {
    let mut other = draft(name);
    other.set("provider", &quoted("ibm-key-protect"));
    other.set("rootKey", &quoted("crn:v1:…".trim_end_matches('…')));
    other.set("wrapped", &quoted("eyJjaXBoZXJ0ZXh0IjoiIn0="));
    other.members.insert(3, ("rootKeyVersion", quoted("v1")));
    other
}

struct List(Vec<Vector>);

impl List {
    fn push(&mut self, about: About, expect: &'static str, text: &str) {
        let mut vector = Vector::new(about, expect, PAIRS);
        vector.fields.insert("slots".into(), json!(text));
        vector.fields.insert("dataKey".into(), hex(&data_key()));
        self.0.push(vector);
    }

    /// A list of one slot with a member that is changed.
    fn member(&mut self, about: About, expect: &'static str, member: &str, value: &str) {
        let mut draft = draft(about.0);
        draft.set(member, value);
        self.push(about, expect, &format!("[{}]", draft.text()));
    }
}

/// All vectors of slots.
pub(crate) fn vectors() -> Vec<Vector> {
    let mut list = List(Vec::new());
    good(&mut list);
    lists(&mut list);
    members(&mut list);
    keys(&mut list);
    list.0
}

fn good(list: &mut List) {
    let one = |name| draft(name).text();
    let name = "slot";
    list.push((name, "S-1", "one slot"), "ok", &format!("[{}]", one(name)));
    let name = "slot_spaces";
    list.push(
        (name, "S-1", "white space around"),
        "ok",
        &format!(" [\n{} ]\n", one(name)),
    );
    let name = "slot_second";
    let text = format!("[{},{}]", other(name).text(), one(name));
    list.push((name, "S-1", "behind one of another provider"), "ok", &text);
    let name = "slot_order";
    let mut reversed = draft(name);
    reversed.members.reverse();
    let about = (name, "S-1", "members in another order");
    list.push(about, "ok", &format!("[{}]", reversed.text()));
    let name = "slots_16";
    let many: Vec<_> = (0..15).map(|_| other(name).text()).collect();
    let text = format!("[{},{}]", many.join(","), one(name));
    list.push((name, "S-4", "as many as may be"), "ok", &text);
}

fn lists(list: &mut List) {
    let one = draft("list").text();
    for (name, text, comment) in [
        ("list_empty", "[]".to_owned(), "no slot"),
        ("list_object", one.clone(), "a slot and no list"),
        (
            "list_text",
            "[\"slot\"]".to_owned(),
            "text in place of a slot",
        ),
        ("list_comma", format!("[{one},]"), "a comma at the end"),
        ("list_open", format!("[{one}"), "the list does not end"),
        ("list_trailing", format!("[{one}]x"), "something behind it"),
        ("list_nothing", String::new(), "no text"),
    ] {
        list.push((name, "S-1", comment), INVALID, &text);
    }
    let mut foreign = draft("foreign");
    foreign.set("fingerprint", &fingerprint(&[7; 32]));
    let about = ("fingerprints_differ", "S-3", "slots of two data keys");
    list.push(about, INVALID, &format!("[{one},{}]", foreign.text()));
    let many: Vec<_> = (0..17).map(|_| one.as_str()).collect();
    let text = format!("[{}]", many.join(","));
    list.push(
        ("slots_17", "S-4", "a slot more than may be"),
        "ERR_LIMIT",
        &text,
    );
}

fn members(list: &mut List) {
    for (name, value) in [("version_2", "2"), ("version_0", "0")] {
        let about = (name, "S-2", "another version");
        list.member(about, "ERR_FORMAT_VERSION", "v", value);
    }
    let mut bad = |name, member, value: &str, comment| {
        list.member((name, "S-1", comment), INVALID, member, value);
    };
    bad("version_text", "v", "\"1\"", "the version as text");
    bad("provider_empty", "provider", "\"\"", "no provider");
    bad(
        "provider_number",
        "provider",
        "1",
        "a provider that is no text",
    );
    bad("wrapped_empty", "wrapped", "\"\"", "nothing is wrapped");
    bad(
        "wrapped_null",
        "wrapped",
        "null",
        "nothing in place of text",
    );
    bad("wrapped_base64", "wrapped", "\"base64:*\"", "no base64");
    bad(
        "wrapped_space",
        "wrapped",
        "\"a b\"",
        "a space in what is written as text",
    );
    bad("aad_text", "aad", "\"x\"", "text in place of a list");
    bad("aad_none", "aad", "[]", "no string");
    bad(
        "aad_short",
        "aad",
        "[\"abc\"]",
        "a digest that is too short",
    );
    bad(
        "created_words",
        "created",
        "\"yesterday\"",
        "a time in words",
    );
    bad(
        "created_zone",
        "created",
        "\"2026-01-31T12:00:00+01:00\"",
        "a time of another zone",
    );
    bad(
        "fingerprint_short",
        "fingerprint",
        "\"abc\"",
        "a fingerprint that is too short",
    );
    names(list);
}

fn names(list: &mut List) {
    let about = ("wrapped_two_ways", "S-7", "text written as base64");
    list.member(about, INVALID, "wrapped", &marked(b"eyJ9"));
    let mut unknown = draft("member_unknown");
    unknown.members.push(("comment", quoted("x")));
    let about = ("member_unknown", "S-1", "a member that is not known");
    list.push(about, INVALID, &format!("[{}]", unknown.text()));
    let mut twice = draft("member_twice");
    twice.members.push(("provider", quoted("tsutsumi-vectors")));
    let about = ("member_twice", "S-1", "a member that is there twice");
    list.push(about, INVALID, &format!("[{}]", twice.text()));
    for (name, at) in [
        ("wrapped_missing", 3),
        ("created_missing", 5),
        ("fingerprint_missing", 6),
    ] {
        let mut missing = draft(name);
        missing.members.remove(at);
        let about = (name, "S-1", "a member is missing");
        list.push(about, INVALID, &format!("[{}]", missing.text()));
    }
}

fn keys(list: &mut List) {
    let digest = Base64UrlUnpadded::encode_string(&Sha384::digest(b""));
    let about = ("aad_of_another", "S-5", "bound to another context");
    let aad = format!("[{}]", quoted(&digest));
    list.member(about, "ERR_POLICY_CONTEXT", "aad", &aad);
    let about = (
        "fingerprint_of_another",
        "S-6",
        "the fingerprint of another data key",
    );
    list.member(
        about,
        "ERR_OPEN_FAILED",
        "fingerprint",
        &fingerprint(&[7; 32]),
    );
    let name = "swapped";
    let mut chance = Chance::new(SEED, name);
    let slot = messages::keys()[0].slot(&chance.bytes::<32>(), &pairs(PAIRS), &mut chance);
    let mut swapped = draft(name);
    swapped.set("rootKey", &marked(&slot.info));
    swapped.set("wrapped", &marked(&slot.ciphertext));
    let about = (
        name,
        "S-6",
        "the wrapped key of another object, well wrapped",
    );
    list.push(about, "ERR_OPEN_FAILED", &format!("[{}]", swapped.text()));
    let name = "foreign";
    let about = (name, "M-16", "no slot of a key that is held");
    list.push(
        about,
        "ERR_POLICY_KEY",
        &format!("[{}]", other(name).text()),
    );
    let name = "wrapped_flipped";
    let mut flipped =
        messages::keys()[0].slot(&data_key(), &pairs(PAIRS), &mut Chance::new(SEED, name));
    flipped.ciphertext[0] ^= 1;
    let mut draft = draft(name);
    draft.set("wrapped", &marked(&flipped.ciphertext));
    let about = (name, "W-3", "one bit of the wrapped key");
    list.push(about, "ERR_OPEN_FAILED", &format!("[{}]", draft.text()));
}
