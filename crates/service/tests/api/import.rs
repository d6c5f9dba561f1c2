//! Import tokens, used as the documents say.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey};
use base64ct::{Base64, Encoding};
use serde_json::{Value, json};

use crate::harness::{Answer, Bench, collection};

const MATERIAL: [u8; 32] = [7; 32];
const IV: [u8; 12] = [9; 12];

async fn read_token(bench: &Bench) -> Answer {
    bench
        .ask("POST", "/import_token")
        .text("{}")
        .send()
        .await
        .ok(200);
    bench.ask("GET", "/import_token").send().await.ok(200)
}

/// The fields of a key whose material is sealed for the token.
fn seal(token: &Answer) -> Value {
    let pem = Base64::decode_vec(&token.text("payload")).unwrap();
    let (label, der) = pem_rfc7468::decode_vec(&pem).unwrap();
    assert_eq!(label, "PUBLIC KEY");
    let public = PublicEncryptingKey::from_der(&der).unwrap();
    assert_eq!(public.key_size_bits(), 4096);
    let public = OaepPublicEncryptingKey::new(public).unwrap();
    let mut ciphertext = vec![0; public.ciphertext_size()];
    public
        .encrypt(&OAEP_SHA256_MGF1SHA256, &MATERIAL, &mut ciphertext, None)
        .unwrap();
    let mut nonce = Base64::decode_vec(&token.text("nonce")).unwrap();
    assert_eq!(nonce.len(), 12);
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &MATERIAL).unwrap());
    let iv = Nonce::assume_unique_for_key(IV);
    key.seal_in_place_append_tag(iv, Aad::empty(), &mut nonce)
        .unwrap();
    json!({
        "name": "sealed", "extractable": false,
        "payload": Base64::encode_string(&ciphertext),
        "encryptionAlgorithm": "RSAES_OAEP_SHA_256",
        "encryptedNonce": Base64::encode_string(&nonce),
        "iv": Base64::encode_string(&IV),
    })
}

async fn create(bench: &Bench, key: &Value) -> Answer {
    bench
        .ask("POST", "/keys")
        .json(&collection(key.clone()))
        .send()
        .await
}

#[tokio::test]
async fn sealed_material_is_imported_and_rotated() {
    let bench = Bench::new().await;
    let token = read_token(&bench).await;
    assert_eq!(token.json["remainingRetrievals"], 0);
    let sealed = seal(&token);
    let made = create(&bench, &sealed).await.ok(201);
    assert_eq!(made.resource()["imported"], true);
    let id = made.resource()["id"].as_str().unwrap();
    let payload = Base64::encode_string(&MATERIAL);
    let same = bench.create(json!({"name": "plain", "extractable": false, "payload": payload}));
    let same = same.await;
    let wrapped = bench
        .act(id, "wrap", &json!({"plaintext": "aGVsbG8="}))
        .await
        .ok(200);
    let body = json!({"ciphertext": wrapped.json["ciphertext"]});
    let opened = bench.act(&same, "unwrap", &body).await.ok(200);
    assert_eq!(
        opened.json["plaintext"], "aGVsbG8=",
        "the material is the one that was sealed"
    );
    let mut rotate = sealed.clone();
    rotate
        .as_object_mut()
        .unwrap()
        .retain(|name, _| name != "name" && name != "extractable");
    bench.act(id, "rotate", &rotate).await.ok(204);
}

#[tokio::test]
async fn material_for_another_token_or_nonce_is_refused() {
    let bench = Bench::new().await;
    let sealed = seal(&read_token(&bench).await);
    let with = |name: &str, value: Value| {
        let mut key = sealed.clone();
        key[name] = value;
        key
    };
    let nonce = Base64::encode_string(&[1; 28]);
    let other = create(&bench, &with("encryptedNonce", json!(nonce))).await;
    other.refused(400, "INCORRECT_NONCE_ERR");
    for iv in [Base64::encode_string(&[9; 11]), "?".to_owned()] {
        create(&bench, &with("iv", json!(iv)))
            .await
            .refused(400, "INCORRECT_NONCE_IV_ERR");
    }
    let random = Base64::encode_string(&[5; 512]);
    create(&bench, &with("payload", json!(random)))
        .await
        .refused(400, "INVALID_FIELD_ERR");
    for algorithm in [json!("RSAES_OAEP_SHA_1"), Value::Null] {
        let key = with("encryptionAlgorithm", algorithm);
        create(&bench, &key).await.refused(400, "INVALID_FIELD_ERR");
    }
    create(&bench, &with("extractable", json!(true)))
        .await
        .refused(400, "INVALID_FIELD_ERR");
    bench.ask("POST", "/import_token").send().await.ok(200);
    create(&bench, &sealed)
        .await
        .refused(400, "INVALID_FIELD_ERR");
}

#[tokio::test]
async fn a_token_ends_with_its_time_or_its_retrievals() {
    let bench = Bench::new().await;
    let read = || bench.ask("GET", "/import_token").send();
    read().await.refused(404, "IMPORT_TOKEN_NOT_FOUND_ERR");
    let body = json!({"expiration": 300, "maxAllowedRetrievals": 2});
    let made = bench
        .ask("POST", "/import_token")
        .json(&body)
        .send()
        .await
        .ok(200);
    assert_eq!(made.json["remainingRetrievals"], 2);
    assert!(made.json["payload"].is_null() && made.json["nonce"].is_null());
    let token = read().await.ok(200);
    read().await.ok(200);
    read().await.refused(409, "IMPORT_TOKEN_EXPIRED_ERR");
    let sealed = seal(&token);
    create(&bench, &sealed).await.ok(201);
    bench.clock.advance(300);
    create(&bench, &sealed)
        .await
        .refused(409, "IMPORT_TOKEN_EXPIRED_ERR");
    for body in [
        json!({"expiration": 299}),
        json!({"maxAllowedRetrievals": 501}),
    ] {
        let refused = bench.ask("POST", "/import_token").json(&body).send().await;
        refused.refused(400, "INVALID_FIELD_ERR");
    }
}
