//! Objects by every path: foreign vectors, pieces, ranges, and everything that has to be refused.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::io::Read;

use base64ct::{Base64, Encoding};
use serde_json::Value;
use sha2::{Digest, Sha512};
use support::{hex, published, shake};
use tsutsumi::object::{CHUNK_LEN, HEADER_LEN, Layout, ObjectOpener, ObjectSealer, RangeOpener};
use tsutsumi::{Code, DataKey, Error, Problem, Secret, SecretBytes};

const SEALED_CHUNK_LEN: usize = CHUNK_LEN + 16;

fn data_key(bytes: &[u8]) -> Result<DataKey, Error> {
    Secret::from_slice(bytes).map(DataKey::from_secret)
}

/// What came out before the end, and how it ended.
fn stream(key: &[u8], context: &[u8], object: &[u8], piece: usize) -> (Vec<u8>, Result<(), Error>) {
    let mut plaintext = SecretBytes::default();
    let result = (|| {
        let key = data_key(key)?;
        let (header, body) = object
            .split_first_chunk()
            .ok_or_else(|| Error::from(Problem::ObjectTruncated))?;
        let mut opener = ObjectOpener::new(&key, context, header)?;
        for bytes in body.chunks(piece) {
            opener.push(bytes, &mut plaintext)?;
        }
        opener.finish(&mut plaintext)
    })();
    (plaintext.as_bytes().to_vec(), result)
}

fn range(
    key: &[u8],
    context: &[u8],
    object: &[u8],
    range: std::ops::Range<u64>,
) -> Result<Vec<u8>, Error> {
    let key = data_key(key)?;
    let header = object
        .first_chunk()
        .ok_or_else(|| Error::from(Problem::ObjectTruncated))?;
    let opener = RangeOpener::new(&key, context, header, Layout::of(object.len() as u64)?)?;
    let plan = opener.plan(range)?;
    let fetch = plan.fetch();
    let fetched = usize::try_from(fetch.start).unwrap()..usize::try_from(fetch.end).unwrap();
    let mut plaintext = SecretBytes::default();
    opener.open(&plan, &object[fetched], &mut plaintext)?;
    Ok(plaintext.as_bytes().to_vec())
}

#[test]
// spec: O-2, O-3, O-5
fn wycheproof_decides() {
    let file = "wycheproof/c2sp_chunked_encryption_aes_256_gcm_test.json";
    let Some(file) = published(file) else { return };
    let vectors: Value = serde_json::from_slice(&file).unwrap();
    let (mut valid, mut invalid) = (0, 0);
    for test in vectors["testGroups"][0]["tests"].as_array().unwrap() {
        let text = |name: &str| hex(test[name].as_str().unwrap());
        let flag = |name: &str| test["flags"].as_array().unwrap().iter().any(|f| f == name);
        let (key, context, id) = (text("key"), text("ctx"), &test["tcId"]);
        let mut object = Vec::new();
        flate2::read::ZlibDecoder::new(&*text("ct"))
            .read_to_end(&mut object)
            .unwrap();
        for piece in [1000, SEALED_CHUNK_LEN, object.len().max(1)] {
            let (plaintext, result) = stream(&key, &context, &object, piece);
            if test["result"] == "valid" {
                result.unwrap();
                assert_eq!(Sha512::digest(&plaintext)[..], text("msgSha512"), "{id}");
            } else {
                let code = result.unwrap_err().code();
                let expected = [Code::OpenFailed, Code::FormatTruncated, Code::Argument];
                assert!(expected.contains(&code), "{id}: {code:?}");
                // What streaming may give before the error is said by the vector.
                let prefix = test["msgLength"].as_u64().unwrap_or(0);
                assert!(plaintext.len() as u64 <= prefix, "{id}");
                if flag("HeaderFailure") {
                    assert!(plaintext.is_empty(), "{id}");
                }
            }
        }
        // The end of the object, opened alone, is the last chunk's word for its length.
        let end = Layout::of(object.len() as u64).map(|layout| layout.plaintext_len());
        let last = end.and_then(|end| range(&key, &context, &object, end..end));
        let may_open = test["result"] == "valid" || flag("ValidFinalChunk");
        assert_eq!(last.is_ok(), may_open, "{id}");
        if test["result"] == "valid" {
            valid += 1;
        } else {
            invalid += 1;
        }
    }
    println!("{valid} valid, {invalid} invalid");
    assert_eq!((valid, invalid), (10, 25));
}

#[test]
fn objects_of_pyca_cryptography_are_opened_whole_and_in_ranges() {
    let vectors: Value =
        serde_json::from_str(include_str!("vectors/cobblestone-pyca.json")).unwrap();
    let (mut opened, mut excluded) = (0, 0);
    for test in vectors["tests"].as_array().unwrap() {
        if test["scheme"] != "Cobblestone-256" {
            excluded += 1;
            continue;
        }
        let key = hex(test["keyHex"].as_str().unwrap());
        let context = hex(test["contextHex"].as_str().unwrap());
        let object = Base64::decode_vec(test["ciphertextBase64"].as_str().unwrap()).unwrap();
        let len = test["plaintextLength"].as_u64().unwrap();
        let expected = shake(len);
        let (plaintext, result) = stream(&key, &context, &object, 777);
        result.unwrap();
        assert_eq!(plaintext, expected);
        for start in [0, len / 3, len.saturating_sub(1), len] {
            for end in [start, start.midpoint(len), len] {
                let bytes = range(&key, &context, &object, start..end).unwrap();
                let place = usize::try_from(start).unwrap()..usize::try_from(end).unwrap();
                assert_eq!(bytes, expected[place]);
            }
        }
        opened += 1;
    }
    println!("{opened} opened, {excluded} of 128-bit keys left out");
    assert_eq!((opened, excluded), (11, 11));
}

/// An object of two full chunks and a short one.
fn object(key: &[u8]) -> Vec<u8> {
    let mut sealer = ObjectSealer::new(&data_key(key).unwrap(), b"context").unwrap();
    let mut object = sealer.header().to_vec();
    sealer
        .push(&shake(2 * CHUNK_LEN as u64 + 5), &mut object)
        .unwrap();
    sealer.finish(&mut object).unwrap();
    object
}

#[test]
fn flipped_bits_are_refused_wherever_they_are() {
    let key = [1; 32];
    let object = object(&key);
    let near = |place: usize| place.saturating_sub(20)..(place + 20).min(object.len());
    let ends = [
        HEADER_LEN,
        HEADER_LEN + SEALED_CHUNK_LEN,
        HEADER_LEN + 2 * SEALED_CHUNK_LEN,
    ];
    let bytes = (0..HEADER_LEN)
        .chain(ends.into_iter().flat_map(near))
        .chain(near(object.len()));
    let mut refused = 0;
    for byte in bytes {
        for bit in 0..8 {
            let mut altered = object.clone();
            altered[byte] ^= 1 << bit;
            let (plaintext, result) = stream(&key, b"context", &altered, altered.len());
            assert_eq!(result.unwrap_err().code(), Code::OpenFailed, "byte {byte}");
            assert!(shake(2 * CHUNK_LEN as u64 + 5).starts_with(&plaintext));
            refused += 1;
        }
    }
    println!("{refused} flipped bits refused");
    assert!(refused > 1_500);
}

#[test]
fn every_other_order_of_chunks_is_refused() {
    let key = [1; 32];
    let object = object(&key);
    let (header, body) = object.split_at(HEADER_LEN);
    let chunks: Vec<_> = body.chunks(SEALED_CHUNK_LEN).collect();
    let mut opened = 0;
    for count in 0..=5_u32 {
        for choice in 0..3_usize.pow(count) {
            let order: Vec<_> = (0..count)
                .map(|place| choice / 3_usize.pow(place) % 3)
                .collect();
            let body = order
                .iter()
                .flat_map(|index| chunks[*index])
                .copied()
                .collect::<Vec<_>>();
            let altered = [header, &body].concat();
            let (_, result) = stream(&key, b"context", &altered, altered.len());
            assert_eq!(result.is_ok(), order == [0, 1, 2], "{order:?}");
            opened += usize::from(result.is_ok());
        }
    }
    assert_eq!(opened, 1);
}

#[test]
// spec: O-4
fn an_object_cut_anywhere_is_refused() {
    let key = [1; 32];
    let object = object(&key);
    let places = (0..100)
        .chain((0..object.len()).step_by(997))
        .chain(object.len() - 50..object.len());
    let boundaries = (0..3).map(|chunk| HEADER_LEN + chunk * SEALED_CHUNK_LEN);
    for len in places.chain(boundaries) {
        assert!(
            stream(&key, b"context", &object[..len], 5000).1.is_err(),
            "{len}"
        );
    }
}

#[test]
// spec: O-7
fn ranges_outside_the_object_are_refused() {
    let key = [1; 32];
    let object = object(&key);
    let len = 2 * CHUNK_LEN as u64 + 5;
    for bad in [
        len..len + 1,
        0..len + 1,
        u64::MAX - 1..u64::MAX,
        0..u64::MAX,
    ] {
        let error = range(&key, b"context", &object, bad).unwrap_err();
        assert_eq!(error.problem(), Problem::RangeInvalid);
    }
    #[expect(clippy::reversed_empty_ranges, reason = "that is the case at hand")]
    let turned = range(&key, b"context", &object, 5..4).unwrap_err();
    assert_eq!(turned.problem(), Problem::RangeInvalid);
    assert_eq!(range(&key, b"context", &object, 7..7).unwrap(), b"");
}

#[test]
fn a_chunk_in_another_chunks_place_fails_in_a_range_too() {
    let key = [1; 32];
    let mut object = object(&key);
    let (first, second) = object[HEADER_LEN..].split_at_mut(SEALED_CHUNK_LEN);
    first.swap_with_slice(&mut second[..SEALED_CHUNK_LEN]);
    let error = range(&key, b"context", &object, 0..10).unwrap_err();
    assert_eq!(error.code(), Code::OpenFailed);
}

#[test]
// spec: O-9
fn more_or_less_than_planned_is_refused() {
    let key = data_key(&[1; 32]).unwrap();
    let object = object(&[1; 32]);
    let layout = Layout::of(object.len() as u64).unwrap();
    let header = object.first_chunk().unwrap();
    let opener = RangeOpener::new(&key, b"context", header, layout).unwrap();
    let plan = opener.plan(0..10).unwrap();
    for len in [0, 10, SEALED_CHUNK_LEN - 1, SEALED_CHUNK_LEN + 1] {
        let mut plaintext = SecretBytes::default();
        let result = opener.open(&plan, &object[HEADER_LEN..][..len], &mut plaintext);
        assert_eq!(result.unwrap_err().code(), Code::FormatTruncated);
        assert!(plaintext.is_empty());
    }
}
