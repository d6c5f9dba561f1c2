//! Reads the vectors of messages whole, in pieces, and byte by byte.

use serde_json::Value;
use tsutsumi::message::{Header, Limits, Opener};
use tsutsumi::{Error, Problem, Secret, SecretBytes, WrappingKey};

use crate::messages::FILE;
use crate::support::{base64, context, hex};
use crate::vector::load;

/// How a message is handed over.
const PIECES: [usize; 5] = [usize::MAX, 1, 7, 16, 100];

fn open(
    keys: &[WrappingKey],
    message: &[u8],
    expected: &Value,
    piece: usize,
    plaintext: &mut SecretBytes,
) -> Result<(), Error> {
    let header = Header::read_whole(message, &Limits::default())?;
    header.match_context(&context(expected, |_| true))?;
    let mut outcome = Err(Problem::SlotForeign.into());
    for slot in header.slots() {
        let Some(key) = keys.iter().find(|key| key.owns(slot)) else {
            continue;
        };
        outcome = key.unwrap(slot, header.context());
        if outcome.is_ok() {
            break;
        }
    }
    let mut opener = Opener::new(&header, &outcome?)?;
    for bytes in message[header.encoded_len()..].chunks(piece.min(message.len())) {
        opener.push(bytes, plaintext)?;
    }
    opener.finish()
}

fn keys(file: &Value) -> Vec<WrappingKey> {
    let key = &file["keys"][0];
    let text = |name: &str| key[name].as_str().unwrap();
    let secret = Secret::from_slice(&hex(text("key"))).unwrap();
    vec![WrappingKey::new(text("namespace"), text("name"), &secret).unwrap()]
}

/// Reads a vector in one way; what is wrong with the outcome, if anything.
fn wrong(keys: &[WrappingKey], vector: &Value, message: &[u8], piece: usize) -> Option<String> {
    let mut plaintext = SecretBytes::default();
    let result = open(keys, message, &vector["context"], piece, &mut plaintext);
    let code = result.map_or_else(|error| error.code().name(), |()| "ok");
    if code != vector["expect"] {
        return Some(format!("{}: {code}, in pieces of {piece}", vector["name"]));
    }
    let same = code != "ok" || plaintext.as_bytes() == base64(&vector["plaintext"]);
    (!same).then(|| format!("{}: another plaintext", vector["name"]))
}

#[test]
fn every_message_is_opened_or_refused_as_it_says() {
    let file = load(FILE);
    let keys = keys(&file);
    let mut reads = 0;
    let mut problems = Vec::new();
    for vector in file["tests"].as_array().unwrap() {
        let message = base64(&vector["message"]);
        for piece in PIECES {
            problems.extend(wrong(&keys, vector, &message, piece));
            reads += 1;
        }
    }
    println!("{reads} reads");
    assert_eq!(problems, Vec::<String>::new());
}

#[test]
fn control_an_altered_vector_is_noticed() {
    let file = load(FILE);
    let keys = keys(&file);
    let mut noticed = 0;
    for vector in file["tests"].as_array().unwrap() {
        let mut message = base64(&vector["message"]);
        // A good one with its last bit flipped, and a bad one that is said to be good.
        let mut altered = vector.clone();
        if vector["expect"] == "ok" {
            *message.last_mut().unwrap() ^= 1;
        } else {
            altered["expect"] = "ok".into();
        }
        assert!(
            wrong(&keys, &altered, &message, usize::MAX).is_some(),
            "{}",
            vector["name"]
        );
        noticed += 1;
    }
    println!("{noticed} altered vectors noticed");
    assert!(noticed > 100);
}
