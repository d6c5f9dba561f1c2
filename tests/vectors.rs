//! Foreign messages decide: what other implementations wrote is opened, or refused, as they say.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64ct::{Base64, Encoding};
use serde_json::Value;
use support::pieces::{PATHS, splits};
use support::{base64, context, hex, published};
use tsutsumi::message::{Commitment, Header, Limits, Opener, Suite};
use tsutsumi::{Code, Context, Error, LegacyKey, Secret, SecretBytes, WrappingKey};

const ANY: Commitment = Commitment::AllowUncommittedAndUnderived;

/// Opens a message whole, in pieces, byte by byte, and at random places; compares what comes.
fn open(message: &[u8], key: &[u8], unstored: &Context) -> Result<Vec<u8>, Error> {
    let whole = open_in_pieces(message, key, unstored, &[message]);
    for path in 0..PATHS {
        let again = open_in_pieces(message, key, unstored, &splits(message, path));
        assert_eq!(whole, again, "by path {path}");
    }
    whole
}

fn open_in_pieces(
    message: &[u8],
    key: &[u8],
    unstored: &Context,
    pieces: &[&[u8]],
) -> Result<Vec<u8>, Error> {
    let header = Header::read_whole_allowing(message, &Limits::default(), ANY)?;
    let mut opener = Opener::allowing(&header, LegacyKey::from_slice(key)?, unstored, ANY)?;
    let mut plaintext = SecretBytes::default();
    let mut skip = header.encoded_len();
    for piece in pieces {
        let start = skip.min(piece.len());
        skip -= start;
        opener.push(&piece[start..], &mut plaintext)?;
    }
    opener.finish()?;
    Ok(plaintext.as_bytes().to_vec())
}

/// What a reader says who allows nothing but what is usual.
fn refusal(message: &[u8]) -> Option<Code> {
    Header::read_whole(message, &Limits::default())
        .err()
        .map(|error| error.code())
}

#[test]
// spec: M-13, M-21, M-41
fn commitment_vectors_of_the_aws_encryption_sdk() {
    let Some(file) = published("esdk/commitment-test-vectors.json") else {
        return;
    };
    let vectors: Value = serde_json::from_slice(&file).unwrap();
    let (mut opened, mut refused, mut signed) = (0, 0, 0);
    for test in vectors["tests"].as_array().unwrap() {
        let comment = test["comment"].as_str().unwrap();
        let message = base64(&test["ciphertext"]);
        let key = base64(&test["decrypted-dek"]);
        let header = Header::read_whole(&message, &Limits::default()).unwrap();
        signed += usize::from(header.suite() == Suite::CommittingSigned);
        let result = open(&message, &key, &Context::default());
        if test["status"] == true {
            let frames = test["plaintext-frames"].as_array().unwrap();
            let expected: String = frames.iter().map(|frame| frame.as_str().unwrap()).collect();
            assert_eq!(result.unwrap(), expected.as_bytes(), "{comment}");
            opened += 1;
        } else {
            assert_eq!(result.unwrap_err().code(), Code::OpenFailed, "{comment}");
            refused += 1;
        }
    }
    println!("{opened} opened, {refused} refused, {signed} of them signed");
    assert_eq!((opened, refused, signed), (41, 5, 23));
}

#[test]
fn messages_of_the_aws_encryption_sdk_for_net() {
    let folder = "esdk/valid-Net-4.0.0";
    let Some(manifest) = published(&format!("{folder}/manifest.json")) else {
        return;
    };
    let read = |uri: &Value| {
        let path = uri.as_str().unwrap().strip_prefix("file://").unwrap();
        published(&format!("{folder}/{path}")).unwrap()
    };
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    let keys: Value = serde_json::from_slice(&read(&manifest["keys"])).unwrap();
    let key = &keys["keys"]["aes-256"];
    let secret = Secret::from_slice(&base64(&key["material"])).unwrap();
    let mut opened = 0;
    for (name, test) in manifest["tests"].as_object().unwrap() {
        let message = read(&test["ciphertext"]);
        let provider = test["master-keys"][0]["provider-id"].as_str().unwrap();
        let wrapping =
            WrappingKey::new(provider, key["key-id"].as_str().unwrap(), &secret).unwrap();
        let header = Header::read_whole_allowing(&message, &Limits::default(), ANY).unwrap();
        // Stored or not, all pairs were given to the keyring that wrapped the key.
        let unstored = context(&test["encryption-context"], |key| {
            header.context().value(key).is_none()
        });
        let full = header.context().completed_by(&unstored).unwrap();
        let data_key = wrapping.unwrap_legacy(&header.slots()[0], &full).unwrap();
        let plaintext = open(&message, data_key.as_bytes(), &unstored).unwrap();
        let expected = read(&test["result"]["output"]["plaintext"]);
        assert_eq!(plaintext, expected, "{name}");
        // Pairs that are not given, or are other ones, are missed.
        let without = open(&message, data_key.as_bytes(), &Context::default());
        assert_eq!(without.is_err(), !unstored.is_empty(), "{name}");
        let refused = (!header.suite().commits()).then_some(Code::PolicySuite);
        assert_eq!(refusal(&message), refused, "{name}");
        opened += 1;
    }
    println!("{opened} opened");
    assert_eq!(opened, 5);
}

#[test]
fn decrypt_oracle_vectors_of_the_aws_encryption_sdk() {
    let Some(file) = published("esdk/decrypt_oracle_vectors.json") else {
        return;
    };
    let vectors: Value = serde_json::from_slice(&file).unwrap();
    let (mut opened, mut with_kms) = (0, 0);
    for test in vectors.as_array().unwrap() {
        let message = base64(&test["ciphertext"]);
        assert_eq!(refusal(&message), Some(Code::PolicySuite));
        let header = Header::read_whole_allowing(&message, &Limits::default(), ANY).unwrap();
        let len = header.suite().key_len();
        let key: Vec<u8> = match test["key-type"].as_str().unwrap() {
            "null" => vec![0; len],
            "test_counting" => (1..=32).take(len).collect(),
            _ => {
                // Their keys are in a key service; their headers are read all the same.
                with_kms += 1;
                continue;
            }
        };
        let plaintext = open(&message, &key, &Context::default()).unwrap();
        assert_eq!(plaintext, base64(&test["plaintext"]));
        let expected = test["algorithm-suite"].as_str().unwrap();
        assert_eq!(format!("{:04x}", header.suite().id()), expected);
        opened += 1;
    }
    println!("{opened} opened, {with_kms} under keys of a key service not");
    assert_eq!((opened, with_kms), (18, 9));
}

#[test]
fn fixtures_of_the_aws_encryption_sdk_for_javascript() {
    let Some(file) = published("esdk/js-decrypt-fixtures.json") else {
        return;
    };
    let vectors: Value = serde_json::from_slice(&file).unwrap();
    let (mut opened, mut refused) = (0, 0);
    for test in vectors["tests"].as_array().unwrap() {
        let name = test["name"].as_str().unwrap();
        let message = base64(&test["ciphertextBase64"]);
        let key = hex(test["dataKeyHex"].as_str().unwrap());
        let result = open(&message, &key, &Context::default());
        let expected = match test["expect"].as_str().unwrap() {
            "success" => {
                let plaintext = result.unwrap();
                let len = test["plaintextLength"].as_u64().unwrap();
                assert_eq!(plaintext.len() as u64, len, "{name}");
                if !test["plaintextBase64"].is_null() {
                    assert_eq!(plaintext, base64(&test["plaintextBase64"]), "{name}");
                }
                opened += 1;
                continue;
            }
            "reject: signature" => Code::OpenFailed,
            "reject: frame sequence" => Code::FormatInvalid,
            other => panic!("{other}"),
        };
        assert_eq!(result.unwrap_err().code(), expected, "{name}");
        refused += 1;
    }
    println!("{opened} opened, {refused} refused");
    assert_eq!((opened, refused), (8, 2));
}

#[test]
// spec: M-23, C-9
fn messages_of_the_aws_encryption_sdk_for_python() {
    let vectors: Value =
        serde_json::from_str(include_str!("vectors/esdk-python-custom-keyring.json")).unwrap();
    let root = hex(vectors["keyring"]["rootKeyHex"].as_str().unwrap());
    let root = Aes256Gcm::new_from_slice(&root).unwrap();
    let mut opened = 0;
    for test in vectors["tests"].as_array().unwrap() {
        let message = Base64::decode_vec(test["ciphertextBase64"].as_str().unwrap()).unwrap();
        let header = Header::read_whole(&message, &Limits::default()).unwrap();
        let expected = context(&test["encryptionContext"], |_| true);
        for (key, value) in expected.iter() {
            assert_eq!(header.context().value(key), Some(value));
        }
        let slot = &header.slots()[0];
        assert_eq!(slot.provider, "ibm-key-protect");
        assert_eq!(
            slot.info,
            vectors["keyring"]["providerInfo"]
                .as_str()
                .unwrap()
                .as_bytes()
        );
        let (nonce, wrapped) = slot.ciphertext.split_first_chunk::<12>().unwrap();
        let payload = Payload {
            msg: wrapped,
            aad: &header.context().encode(),
        };
        let key = root.decrypt(&Nonce::from(*nonce), payload).unwrap();

        let len = test["plaintextLength"].as_u64().unwrap();
        assert_eq!(
            open(&message, &key, &Context::default()).unwrap(),
            support::shake(len)
        );
        opened += 1;
    }
    assert_eq!(opened, 16);
}
