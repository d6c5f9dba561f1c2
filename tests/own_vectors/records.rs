//! Vectors of records.

use aes_gcm::aes::Aes256;
use aes_gcm::aes::cipher::{BlockCipherEncrypt, KeyInit};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use serde_json::{Map, Value, json};
use sha2::Sha512;

use super::chance::Chance;
use super::draft::{gcm, pairs};
use super::keyset::{self, Key, binary, bytes, destroyed, number, xaes};
use super::messages;
use super::tables;
use super::vector::{About, Vector, base64};

pub(crate) const FILE: &str = "records.json";

const SEED: &str = "tsutsumi records 1";
const LABEL: &[u8] = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0";
const PAIRS: &[(&str, &str)] = &[("row", "17")];
const VALUE: &[u8] = b"4242 4242 4242 4242";
const OPEN_FAILED: &str = "ERR_OPEN_FAILED";

const TINK: u64 = 0x0102_0304;
const SHORT: u64 = 0x0102_0305;
const DISABLED: u64 = 0x0102_0306;
const DESTROYED: u64 = 0x0102_0307;
const CRUNCHY: u64 = 0x0102_0308;
const RAW: u64 = 0x0102_0309;

fn key_of(id: u64) -> [u8; 32] {
    Chance::new(SEED, &format!("key {id}")).bytes()
}

/// The table under which the records are, and one without a key that has no prefix.
fn table(with_raw: bool) -> Vec<u8> {
    let mut short = xaes(SHORT, &key_of(SHORT));
    short.value = [bytes(2, &number(1, 8)), bytes(3, &key_of(SHORT))].concat();
    let mut disabled = xaes(DISABLED, &key_of(DISABLED));
    disabled.status = 2;
    let mut crunchy = keyset::gcm(CRUNCHY, &key_of(CRUNCHY));
    crunchy.prefix = 4;
    let mut keys: Vec<Key> = vec![xaes(TINK, &key_of(TINK)), short, disabled];
    keys.extend([destroyed(DESTROYED), crunchy]);
    if with_raw {
        let mut raw = xaes(RAW, &key_of(RAW));
        raw.prefix = 3;
        keys.push(raw);
    }
    binary(TINK, &keys)
}

/// What stands in the file besides the vectors.
pub(crate) fn head() -> Value {
    let mut head = messages::head();
    head["format"] = json!("record");
    head["seed"] = json!(SEED);
    head["about"] =
        json!("`table` names the table, of `tables`, that opens the record or its text.");
    head["tables"] = json!({
        "prefixes": base64(&tables::seal("table of records", &table(false))),
        "raw": base64(&tables::seal("table with a raw key", &table(true))),
    });
    head
}

/// All vectors of records.
pub(crate) fn vectors() -> Vec<Vector> {
    let mut list = List::default();
    good(&mut list);
    ids(&mut list);
    altered(&mut list);
    committing(&mut list);
    texts(&mut list);
    list.0
}

/// XAES-256-GCM: ciphertext and tag.
fn xaes_seal(key: &[u8; 32], nonce: &[u8; 24], aad: &[u8], value: &[u8]) -> Vec<u8> {
    let cipher = Aes256::new(key.into());
    let encrypt = |mut block: [u8; 16]| {
        cipher.encrypt_block((&mut block).into());
        block
    };
    let zero = u128::from_be_bytes(encrypt([0; 16]));
    let mask = ((zero << 1) ^ ((zero >> 127) * 0x87)).to_be_bytes();
    let mut derived = [0; 32];
    for (half, counter) in derived.chunks_exact_mut(16).zip(1_u8..) {
        let mut block = [0, counter, b'X', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        block[4..].copy_from_slice(&nonce[..12]);
        for (byte, mask) in block.iter_mut().zip(mask) {
            *byte ^= mask;
        }
        half.copy_from_slice(&encrypt(block));
    }
    let tail = nonce[12..].try_into().unwrap();
    gcm(&derived, tail, aad, value)
}

/// A record as its key makes it.
fn record(name: &str, id: u64, context: &[(&str, &str)], value: &[u8]) -> Vec<u8> {
    let mut nonce: [u8; 24] = Chance::new(SEED, name).bytes();
    let aad = pairs(context);
    let prefix = |start: u8| [&[start], &u32::try_from(id).unwrap().to_be_bytes()[..]].concat();
    let key = key_of(id);
    match id {
        CRUNCHY => {
            let nonce: [u8; 12] = nonce[..12].try_into().unwrap();
            [&prefix(0)[..], &nonce, &gcm(&key, &nonce, &aad, value)].concat()
        }
        RAW => [&nonce[..], &xaes_seal(&key, &nonce, &aad, value)].concat(),
        SHORT => {
            nonce[8..12].fill(0);
            let sealed = xaes_seal(&key, &nonce, &aad, value);
            [&prefix(1)[..], &nonce[..8], &nonce[12..], &sealed].concat()
        }
        _ => [
            &prefix(1)[..],
            &nonce,
            &xaes_seal(&key, &nonce, &aad, value),
        ]
        .concat(),
    }
}

/// A committing record, of one chunk.
fn committing_record(name: &str, id: u64, context: &[(&str, &str)], value: &[u8]) -> Vec<u8> {
    let mut data_key = [0; 32];
    let hkdf = Hkdf::<Sha512>::new(None, &key_of(id));
    hkdf.expand(b"tsutsumi committing record v1", &mut data_key)
        .unwrap();
    let mut salt: [u8; 24] = Chance::new(SEED, name).bytes();
    salt[..4].copy_from_slice(&u32::try_from(id).unwrap().to_be_bytes());
    let info = [LABEL, &salt, &pairs(context)].concat();
    let mut okm = Vec::new();
    for counter in 1..=2_u8 {
        let mut mac = <Hmac<Sha512> as KeyInit>::new_from_slice(&data_key).unwrap();
        mac.update(&okm);
        mac.update(&info);
        mac.update(&[counter]);
        okm.extend(mac.finalize().into_bytes());
    }
    let (key, nonce) = (
        okm[..32].try_into().unwrap(),
        okm[32..44].try_into().unwrap(),
    );
    [&salt[..], &okm[44..76], &gcm(key, nonce, b"", value)].concat()
}

#[derive(Default)]
struct List(Vec<Vector>);

impl List {
    fn push(
        &mut self,
        about: About,
        expect: &'static str,
        record: &[u8],
    ) -> &mut Map<String, Value> {
        let mut vector = Vector::new(about, expect, PAIRS);
        vector.fields.insert("table".into(), json!("prefixes"));
        vector.fields.insert("committing".into(), json!(false));
        vector.fields.insert("record".into(), base64(record));
        self.0.push(vector);
        &mut self.0.last_mut().unwrap().fields
    }

    fn opens(&mut self, about: About, record: &[u8], value: &[u8]) -> &mut Map<String, Value> {
        let fields = self.push(about, "ok", record);
        fields.insert("plaintext".into(), base64(value));
        fields
    }
}

fn good(list: &mut List) {
    for (name, id, comment) in [
        ("record", TINK, "a prefix of Tink"),
        ("record_short_salt", SHORT, "a salt of 8 bytes"),
        (
            "record_crunchy",
            CRUNCHY,
            "AES-GCM, and a prefix of another kind",
        ),
    ] {
        list.opens(
            (name, "R-2", comment),
            &record(name, id, PAIRS, VALUE),
            VALUE,
        );
    }
    let name = "record_empty";
    list.opens(
        (name, "R-4", "an empty value"),
        &record(name, TINK, PAIRS, b""),
        b"",
    );
    let name = "record_raw";
    let about = (name, "R-3", "no prefix, and one key without");
    let fields = list.opens(about, &record(name, RAW, PAIRS, VALUE), VALUE);
    fields.insert("table".into(), json!("raw"));
    let name = "record_without_context";
    let fields = list.opens(
        (name, "R-5", "no context"),
        &record(name, TINK, &[], VALUE),
        VALUE,
    );
    fields.insert("context".into(), json!({}));
    let name = "record_astral";
    let astral = [("\u{FFFD}", "a"), ("\u{10000}", "b")];
    let about = (name, "C-1", "keys that sort differently as UTF-16");
    let fields = list.opens(about, &record(name, TINK, &astral, VALUE), VALUE);
    fields.insert("context".into(), json!({"\u{FFFD}": "a", "\u{10000}": "b"}));
}

fn ids(list: &mut List) {
    for (name, id, comment) in [
        ("record_unknown_key", 0x0A0B_0C0D, "no key of its id"),
        ("record_disabled_key", DISABLED, "its key is disabled"),
        ("record_destroyed_key", DESTROYED, "its key was destroyed"),
    ] {
        let record = record(name, id, PAIRS, VALUE);
        list.push((name, "R-2", comment), "ERR_POLICY_KEY", &record);
    }
    let name = "record_other_prefix";
    let mut other = record(name, TINK, PAIRS, VALUE);
    other[0] = 0;
    let about = (name, "R-2", "the other prefix, in front of the id of a key");
    list.push(about, "ERR_POLICY_KEY", &other);
    let name = "record_of_another_key";
    let mut moved = record(name, SHORT, PAIRS, VALUE);
    moved[1..5].copy_from_slice(&u32::try_from(TINK).unwrap().to_be_bytes());
    list.push(
        (name, "R-2", "the id of another key in front"),
        OPEN_FAILED,
        &moved,
    );
    for (name, first) in [("record_version_2", 2), ("record_version_255", 0xFF)] {
        let mut unknown = record(name, TINK, PAIRS, VALUE);
        unknown[0] = first;
        let about = (
            name,
            "R-3",
            "a prefix that there is not, and no key without one",
        );
        list.push(about, "ERR_FORMAT_VERSION", &unknown);
    }
    for (name, len) in [
        ("record_cut_0", 0),
        ("record_cut_4", 4),
        ("record_cut_44", 44),
    ] {
        let cut = &record(name, TINK, PAIRS, VALUE)[..len];
        list.push(
            (name, "R-4", "shorter than any"),
            "ERR_FORMAT_TRUNCATED",
            cut,
        );
    }
}

fn altered(list: &mut List) {
    for (name, at, comment) in [
        ("record_salt_flipped", 5, "one bit of the salt"),
        ("record_nonce_flipped", 28, "one bit of the nonce"),
        ("record_value_flipped", 29, "one bit of the value"),
        ("record_tag_flipped", 63, "the last bit"),
    ] {
        let mut flipped = record(name, TINK, PAIRS, VALUE);
        flipped[at] ^= 1;
        list.push((name, "R-5", comment), OPEN_FAILED, &flipped);
    }
    let name = "record_cut";
    let cut = record(name, TINK, PAIRS, VALUE);
    list.push(
        (name, "R-5", "cut by a byte"),
        OPEN_FAILED,
        &cut[..cut.len() - 1],
    );
    let name = "record_longer";
    let longer = [&record(name, TINK, PAIRS, VALUE)[..], b"x"].concat();
    list.push((name, "R-5", "a byte longer"), OPEN_FAILED, &longer);
    let name = "record_other_context";
    let other = record(name, TINK, &[("row", "18")], VALUE);
    list.push((name, "R-5", "of another context"), OPEN_FAILED, &other);
}

fn committing(list: &mut List) {
    let commit = |fields: &mut Map<String, Value>| {
        fields.insert("committing".into(), json!(true));
    };
    let make = |name| committing_record(name, TINK, PAIRS, VALUE);
    let name = "committing";
    commit(list.opens((name, "R-5", "a committing record"), &make(name), VALUE));
    let name = "committing_empty";
    let empty = committing_record(name, TINK, PAIRS, b"");
    commit(list.opens((name, "R-4", "an empty value"), &empty, b""));
    for (name, at, comment) in [
        ("committing_salt_flipped", 4, "one bit of the salt"),
        (
            "committing_commitment_flipped",
            24,
            "one bit of the commitment",
        ),
        ("committing_value_flipped", 56, "one bit of the value"),
        ("committing_tag_flipped", 90, "the last bit"),
    ] {
        let mut flipped = make(name);
        flipped[at] ^= 1;
        commit(list.push((name, "R-5", comment), OPEN_FAILED, &flipped));
    }
    let name = "committing_other_context";
    let other = committing_record(name, TINK, &[], VALUE);
    commit(list.push((name, "R-5", "of another context"), OPEN_FAILED, &other));
    let name = "committing_unknown_key";
    let unknown = committing_record(name, 0x0A0B_0C0D, PAIRS, VALUE);
    commit(list.push(
        (name, "R-2", "no key of its id"),
        "ERR_POLICY_KEY",
        &unknown,
    ));
    let name = "committing_aes_gcm";
    let gcm_key = committing_record(name, CRUNCHY, PAIRS, VALUE);
    let about = (name, "T-9", "a key of AES-GCM, which has none");
    commit(list.push(about, "ERR_POLICY_SUITE", &gcm_key));
    let name = "committing_cut";
    let about = (name, "R-4", "shorter than its header");
    commit(list.push(about, "ERR_FORMAT_TRUNCATED", &make(name)[..55]));
    let name = "record_as_committing";
    let plain = record(name, TINK, PAIRS, &[VALUE, VALUE].concat());
    let about = (name, "R-6", "a record read as a committing one");
    commit(list.push(about, "ERR_POLICY_KEY", &plain));
}

fn texts(list: &mut List) {
    use base64ct::{Base64UrlUnpadded, Encoding};
    let text = |name| Base64UrlUnpadded::encode_string(&record(name, TINK, PAIRS, VALUE));
    let name = "text";
    let good = text(name);
    let fields = list.opens((name, "R-8", "a record as text"), b"", VALUE);
    fields.insert("text".into(), json!(good));
    type Case = (&'static str, &'static str, fn(String) -> String);
    let cases: [Case; 4] = [
        ("text_padded", "padding", |text| text + "=="),
        ("text_plus", "a character of the other alphabet", |text| {
            format!("+{}", &text[1..])
        }),
        ("text_space", "a space at its end", |text| text + " "),
        (
            "text_tail",
            "bits at its end that stand for nothing",
            |mut text| {
                // 64 bytes: of the last character only two bits count, and the others are zero.
                let last = text.pop().unwrap();
                text.push(char::from(u8::try_from(last).unwrap() + 1));
                text
            },
        ),
    ];
    for (name, comment, change) in cases {
        let changed = change(text(name));
        let fields = list.push((name, "R-8", comment), "ERR_FORMAT_INVALID", b"");
        fields.insert("text".into(), json!(changed));
    }
}
