//! Foreign messages decide: what other implementations wrote is opened, or refused, as they say.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64ct::{Base64, Encoding};
use serde_json::Value;
use support::{P384, base64, context, published};
use tsutsumi::message::{Header, Limits, Opener, Suite};
use tsutsumi::{Code, Context, DataKey, Error, Secret, SecretBytes, WrappingKey};

/// Opens a whole message in one piece, then byte by byte, and compares the two.
fn open(message: &[u8], key: &DataKey, unstored: &Context) -> Result<Vec<u8>, Error> {
    let whole = open_in_pieces(message, key, unstored, message.len());
    for piece in [1, 7] {
        let again = open_in_pieces(message, key, unstored, piece);
        assert_eq!(
            whole.as_ref().map_err(|e| e.code()),
            again.as_ref().map_err(|e| e.code())
        );
    }
    whole
}

fn open_in_pieces(
    message: &[u8],
    key: &DataKey,
    unstored: &Context,
    piece: usize,
) -> Result<Vec<u8>, Error> {
    let header = Header::read_whole(message, &Limits::default())?;
    let mut opener = Opener::with_verifier(&header, key, unstored, Box::new(P384))?;
    let mut plaintext = SecretBytes::default();
    for bytes in message[header.encoded_len()..].chunks(piece) {
        opener.push(bytes, &mut plaintext)?;
    }
    opener.finish()?;
    Ok(plaintext.as_bytes().to_vec())
}

#[test]
fn commitment_vectors_of_the_aws_encryption_sdk() {
    let Some(file) = published("esdk/commitment-test-vectors.json") else {
        return;
    };
    let vectors: Value = serde_json::from_slice(&file).unwrap();
    let (mut opened, mut refused, mut signed) = (0, 0, 0);
    for test in vectors["tests"].as_array().unwrap() {
        let comment = test["comment"].as_str().unwrap();
        let message = base64(&test["ciphertext"]);
        let key = Secret::from_slice(&base64(&test["decrypted-dek"])).unwrap();
        let key = DataKey::from_secret(key);
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
        if header.suite().is_signed() {
            let without = Opener::new(&header, &key).unwrap_err();
            assert_eq!(without.code(), Code::PolicySuite);
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
    let (mut opened, mut refused) = (0, 0);
    for (name, test) in manifest["tests"].as_object().unwrap() {
        let message = read(&test["ciphertext"]);
        let provider = test["master-keys"][0]["provider-id"].as_str().unwrap();
        let wrapping =
            WrappingKey::new(provider, key["key-id"].as_str().unwrap(), &secret).unwrap();
        match Header::read_whole(&message, &Limits::default()) {
            Ok(header) => {
                // Stored or not, all pairs were given to the keyring that wrapped the key.
                let stored: Vec<_> = header.context().iter().collect();
                let unstored = context(&test["encryption-context"], |key| {
                    stored.iter().all(|(other, _)| *other != key)
                });
                let full = header.context().completed_by(&unstored).unwrap();
                let data_key = wrapping.unwrap(&header.slots()[0], &full).unwrap();
                let plaintext = open(&message, &data_key, &unstored).unwrap();
                assert_eq!(
                    plaintext,
                    read(&test["result"]["output"]["plaintext"]),
                    "{name}"
                );
                opened += 1;
            }
            Err(error) => {
                // The suites of version 1 do not commit to their key.
                assert_eq!(error.code(), Code::PolicySuite, "{name}");
                refused += 1;
            }
        }
    }
    println!("{opened} opened, {refused} of version 1 refused");
    assert_eq!((opened, refused), (2, 3));
}

#[test]
fn messages_of_the_aws_encryption_sdk_for_python() {
    let vectors: Value =
        serde_json::from_str(include_str!("vectors/esdk-python-custom-keyring.json")).unwrap();
    let root = support::hex(vectors["keyring"]["rootKeyHex"].as_str().unwrap());
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
        let key = DataKey::from_secret(Secret::from_slice(&key).unwrap());

        let len = test["plaintextLength"].as_u64().unwrap();
        assert_eq!(
            open(&message, &key, &Context::default()).unwrap(),
            support::shake(len)
        );
        opened += 1;
    }
    assert_eq!(opened, 16);
}
