//! Signed messages.

use base64ct::{Base64, Encoding};
use p384::ecdsa::SigningKey;

use super::{List, PAIRS, PLAINTEXT, SEED, draft, draft_with};
use crate::chance::Chance;
use crate::draft::{Draft, Kind, footer, nonce, prefixed, signing_key};
use crate::vector::About;

const OPEN_FAILED: &str = "ERR_OPEN_FAILED";
const INVALID: &str = "ERR_FORMAT_INVALID";
const TRUNCATED: &str = "ERR_FORMAT_TRUNCATED";

pub(super) fn add(list: &mut List) {
    good(list);
    entries(list);
    signatures(list);
}

fn key_of(name: &str) -> SigningKey {
    signing_key(&mut Chance::new(SEED, &format!("{name}, signing key")))
}

/// The entry of the context that carries the public key.
fn public_key(key: &SigningKey) -> String {
    Base64::encode_string(key.verifying_key().to_sec1_point(true).as_bytes())
}

/// A signed message without its signature. Its entry of the context is none of the caller's.
fn unsigned(name: &str) -> Draft {
    let entry = public_key(&key_of(name));
    let mut draft = draft_with(name, &[("aws-crypto-public-key", &*entry), PAIRS[0]]);
    draft.suite = 0x0578;
    draft
}

fn good(list: &mut List) {
    for (name, plaintext) in [
        ("signed", PLAINTEXT),
        ("signed_empty", b""),
        ("signed_one_frame", b"signed"),
    ] {
        let draft = unsigned(name);
        let mut message = draft.message(plaintext);
        message.extend(footer(&key_of(name), &message));
        let about = (name, "M-41", "a good signature");
        list.opens(about, PAIRS, &message, plaintext);
    }
    let name = "signed_single";
    let mut draft = unsigned(name);
    (draft.content, draft.frame_len) = (1, 0);
    let body = draft.frame_with(Kind::Single, 1, &nonce(1), PLAINTEXT);
    let mut message = [draft.header(), body].concat();
    message.extend(footer(&key_of(name), &message));
    let about = (name, "M-41", "a good signature of a body in one piece");
    list.opens(about, PAIRS, &message, PLAINTEXT);
}

fn entries(list: &mut List) {
    let name = "signed_without_key";
    let mut without = draft(name);
    without.suite = 0x0578;
    let mut message = without.message(PLAINTEXT);
    message.extend(footer(&key_of(name), &message));
    list.refused(
        (name, "M-40", "signed, and no public key"),
        INVALID,
        &message,
    );
    let name = "unsigned_with_key";
    let mut with = unsigned(name);
    with.suite = 0x0478;
    let about = (name, "M-40", "not signed, and a public key");
    list.refused(about, INVALID, &with.message(PLAINTEXT));
}

fn signatures(list: &mut List) {
    let mut bad = |about: About, code, change: fn(Vec<u8>, Vec<u8>) -> Vec<u8>| {
        let draft = unsigned(about.0);
        let message = draft.message(PLAINTEXT);
        let signature = footer(&key_of(about.0), &message);
        list.refused(about, code, &change(message, signature));
    };
    let failed = "the final frame is never given out";
    bad(
        ("signature_of_another", "M-41", failed),
        OPEN_FAILED,
        |message, _| {
            let signature = footer(&key_of("another"), &message);
            [message, signature].concat()
        },
    );
    bad(
        ("signature_flipped", "M-41", "one bit of the signature"),
        OPEN_FAILED,
        |message, mut s| {
            let last = s.len() - 1;
            s[last] ^= 1;
            [message, s].concat()
        },
    );
    bad(
        (
            "signature_of_the_header",
            "M-41",
            "it does not cover the body",
        ),
        OPEN_FAILED,
        |m, _| {
            let signature = footer(&key_of("signature_of_the_header"), &m[..m.len() - 146]);
            [m, signature].concat()
        },
    );
    bad(
        ("signature_empty", "M-41", "a signature of no bytes"),
        OPEN_FAILED,
        |message, _| [message, prefixed(b"")].concat(),
    );
    bad(
        ("signature_not_der", "M-41", "96 bytes that are no DER"),
        OPEN_FAILED,
        |message, _| [message, prefixed(&[0x11; 96])].concat(),
    );
    bad(
        (
            "signature_missing",
            "M-28",
            "it ends where the signature begins",
        ),
        TRUNCATED,
        |m, _| m,
    );
    bad(
        ("signature_cut", "M-28", "a byte of it is missing"),
        TRUNCATED,
        |message, mut s| {
            s.pop();
            [message, s].concat()
        },
    );
    bad(
        ("signature_trailing", "M-26", "a byte follows it"),
        INVALID,
        |message, signature| [message, signature, vec![0]].concat(),
    );
}
