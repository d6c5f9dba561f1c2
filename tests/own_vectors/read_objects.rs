//! Reads the vectors of objects whole, in pieces, and in ranges.

use std::io::Read;

use serde_json::Value;
use sha2::{Digest, Sha256};
use tsutsumi::object::{HEADER_LEN, Layout, ObjectOpener, RangeOpener};
use tsutsumi::{DataKey, Error, Problem, Secret, SecretBytes};

use crate::objects::FILE;
use crate::support::{base64, context, hex};
use crate::vector::load;

const PIECES: [usize; 4] = [usize::MAX, 16_400, 16_384, 999];

fn inflate(vector: &Value) -> Vec<u8> {
    let mut object = Vec::new();
    let zlib = base64(&vector["object"]);
    flate2::read::ZlibDecoder::new(&*zlib)
        .read_to_end(&mut object)
        .unwrap();
    object
}

fn header(object: &[u8]) -> Result<(&[u8; HEADER_LEN], &[u8]), Error> {
    object
        .split_first_chunk()
        .ok_or_else(|| Problem::ObjectTruncated.into())
}

fn key(vector: &Value) -> (DataKey, Vec<u8>) {
    let key = Secret::from_slice(&hex(vector["dataKey"].as_str().unwrap())).unwrap();
    let context = context(&vector["context"], |_| true).encode();
    (DataKey::from_secret(key), context)
}

fn stream(
    vector: &Value,
    object: &[u8],
    piece: usize,
    plaintext: &mut SecretBytes,
) -> Result<(), Error> {
    let (key, context) = key(vector);
    let (header, body) = header(object)?;
    let mut opener = ObjectOpener::new(&key, &context, header)?;
    for bytes in body.chunks(piece.min(object.len())) {
        opener.push(bytes, plaintext)?;
    }
    opener.finish(plaintext)
}

fn range(
    vector: &Value,
    object: &[u8],
    bounds: [u64; 2],
    plaintext: &mut SecretBytes,
) -> Result<(), Error> {
    let (key, context) = key(vector);
    let (header, _) = header(object)?;
    let layout = Layout::of(object.len() as u64)?;
    let opener = RangeOpener::new(&key, &context, header, layout)?;
    let plan = opener.plan(bounds[0]..bounds[1])?;
    let place = |at: u64| usize::try_from(at).unwrap();
    let fetched = &object[place(plan.fetch().start)..place(plan.fetch().end)];
    opener.open(&plan, fetched, plaintext)
}

fn judge(vector: &Value, how: &str, result: Result<(), Error>, plaintext: &[u8]) -> Option<String> {
    let code = result.map_or_else(|error| error.code().name(), |()| "ok");
    if code != vector["expect"] {
        return Some(format!("{}: {code}, {how}", vector["name"]));
    }
    if code == "ok" {
        let sum = hex(vector["plaintextSha256"].as_str().unwrap());
        let same =
            Sha256::digest(plaintext)[..] == sum && vector["plaintextLength"] == plaintext.len();
        return (!same).then(|| format!("{}: another plaintext", vector["name"]));
    }
    None
}

/// Reads a vector in every way; what is wrong with the outcomes, and how many there were.
fn wrong(vector: &Value, object: &[u8]) -> (Vec<String>, usize) {
    let mut problems = Vec::new();
    let mut plaintext = SecretBytes::default();
    if let Some([start, end]) = vector["range"].as_array().map(Vec::as_slice) {
        let bounds = [start.as_u64().unwrap(), end.as_u64().unwrap()];
        let result = range(vector, object, bounds, &mut plaintext);
        problems.extend(judge(vector, "as a range", result, plaintext.as_bytes()));
        return (problems, 1);
    }
    for piece in PIECES {
        plaintext.clear();
        let result = stream(vector, object, piece, &mut plaintext);
        let how = format!("in pieces of {piece}");
        problems.extend(judge(vector, &how, result, plaintext.as_bytes()));
    }
    plaintext.clear();
    let whole = Layout::of(object.len() as u64)
        .and_then(|layout| range(vector, object, [0, layout.plaintext_len()], &mut plaintext));
    problems.extend(judge(vector, "as one range", whole, plaintext.as_bytes()));
    (problems, PIECES.len() + 1)
}

#[test]
fn every_object_is_opened_or_refused_as_it_says() {
    let file = load(FILE);
    let (mut reads, mut problems) = (0, Vec::new());
    for vector in file["tests"].as_array().unwrap() {
        let (wrong, count) = wrong(vector, &inflate(vector));
        problems.extend(wrong);
        reads += count;
    }
    println!("{reads} reads");
    assert_eq!(problems, Vec::<String>::new());
}

#[test]
fn control_an_altered_vector_is_noticed() {
    let file = load(FILE);
    let mut noticed = 0;
    for vector in file["tests"].as_array().unwrap() {
        let (mut altered, mut object) = (vector.clone(), inflate(vector));
        if vector["expect"] == "ok" {
            object[30] ^= 1;
        } else {
            altered["expect"] = "ok".into();
        }
        assert!(!wrong(&altered, &object).0.is_empty(), "{}", vector["name"]);
        noticed += 1;
    }
    println!("{noticed} altered vectors noticed");
    assert!(noticed > 40);
}
