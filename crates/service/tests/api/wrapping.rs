//! Wrap, unwrap, rewrap, rotate.

use base64ct::{Base64, Encoding};
use serde_json::{Value, json};

use crate::harness::Bench;

#[tokio::test]
async fn what_is_wrapped_unwraps_by_both_forms_of_the_url() {
    let bench = Bench::new().await;
    let key = bench.root_key().await;
    for path in [
        format!("/keys/{key}/actions/"),
        format!("/keys/{key}?action="),
    ] {
        let ask = bench.ask("POST", &format!("{path}wrap"));
        let wrapped = ask
            .json(&json!({"plaintext": "aGVsbG8="}))
            .send()
            .await
            .ok(200);
        assert_eq!(
            wrapped.header("content-type"),
            "application/vnd.ibm.kms.key_action+json"
        );
        assert_eq!(wrapped.json["keyVersion"], json!({"id": key}));
        assert_eq!(wrapped.json["plaintext"], Value::Null);
        let body = json!({"ciphertext": wrapped.json["ciphertext"]});
        let opened = bench
            .ask("POST", &format!("{path}unwrap"))
            .json(&body)
            .send()
            .await
            .ok(200);
        assert_eq!(
            opened.json,
            json!({"plaintext": "aGVsbG8=", "keyVersion": {"id": key}})
        );
    }
}

#[tokio::test]
async fn a_data_key_is_drawn_when_none_is_given() {
    let bench = Bench::new().await;
    let key = bench.root_key().await;
    for body in [
        "",
        "{}",
        "null",
        " ",
        r#"{"plaintext":"","aad":[]}"#,
        r#"{"aad":null}"#,
    ] {
        let ask = bench
            .ask("POST", &format!("/keys/{key}/actions/wrap"))
            .text(body);
        let wrapped = ask.send().await.ok(200);
        let plaintext = wrapped.text("plaintext");
        assert_eq!(Base64::decode_vec(&plaintext).unwrap().len(), 32);
        let opened = bench
            .act(
                &key,
                "unwrap",
                &json!({"ciphertext": wrapped.json["ciphertext"]}),
            )
            .await;
        assert_eq!(opened.text("plaintext"), plaintext);
    }
}

#[tokio::test]
async fn the_ciphertext_has_key_protects_outer_form() {
    let bench = Bench::new().await;
    let key = bench.root_key().await;
    let wrapped = bench.act(&key, "wrap", &json!({})).await.text("ciphertext");
    let json = Base64::decode_vec(&wrapped).unwrap();
    let blob: Value = serde_json::from_slice(&json).unwrap();
    let names: Vec<_> = blob.as_object().unwrap().keys().collect();
    assert_eq!(names.len(), 4, "{names:?}");
    assert_eq!(blob["handle"], key);
    assert_eq!(blob["version"], "tsutsumi-1");
    assert!(json.starts_with(b"{\"ciphertext\":\""));
}

#[tokio::test]
async fn another_aad_or_an_altered_ciphertext_does_not_open() {
    let bench = Bench::new().await;
    let key = bench.root_key().await;
    let wrapped = bench
        .act(&key, "wrap", &json!({"aad": ["ab", "c"]}))
        .await
        .text("ciphertext");
    let body = |aad: Value| json!({"ciphertext": wrapped, "aad": aad});
    bench
        .act(&key, "unwrap", &body(json!(["ab", "c"])))
        .await
        .ok(200);
    for aad in [
        json!(["a", "bc"]),
        json!(["c", "ab"]),
        json!(["ab"]),
        json!([]),
        Value::Null,
    ] {
        for action in ["unwrap", "rewrap"] {
            let answer = bench.act(&key, action, &body(aad.clone())).await;
            answer.refused(400, "INVALID_FIELD_ERR");
            let message = &answer.resource()["reasons"][0]["message"];
            assert_eq!(
                message,
                "The field `ciphertext` must be: the original base64 encoded ciphertext from the \
                 wrap operation"
            );
        }
    }
    let blob: Value = serde_json::from_slice(&Base64::decode_vec(&wrapped).unwrap()).unwrap();
    for field in ["ciphertext", "iv"] {
        let mut bytes = Base64::decode_vec(blob[field].as_str().unwrap()).unwrap();
        for at in [0, bytes.len() - 1] {
            bytes[at] ^= 1;
            let mut other = blob.clone();
            other[field] = json!(Base64::encode_string(&bytes));
            let other = Base64::encode_string(other.to_string().as_bytes());
            let body = json!({"ciphertext": other, "aad": ["ab", "c"]});
            bench
                .act(&key, "unwrap", &body)
                .await
                .refused(400, "INVALID_FIELD_ERR");
            bytes[at] ^= 1;
        }
    }
}

#[tokio::test]
async fn text_that_was_never_a_ciphertext_is_refused() {
    let bench = Bench::new().await;
    let key = bench.root_key().await;
    for text in [
        "",
        "?",
        "AAAA",
        "e30=",
        "bnVsbA==",
        "eyJjaXBoZXJ0ZXh0IjoiIn0=",
    ] {
        let answer = bench
            .act(&key, "unwrap", &json!({"ciphertext": text}))
            .await;
        answer.refused(400, "INVALID_FIELD_ERR");
    }
    let answer = bench
        .act(&key, "unwrap", &json!({"ciphertext": "AAAA?AAA"}))
        .await;
    let message = answer.resource()["reasons"][0]["message"].as_str().unwrap();
    assert!(
        message.ends_with(": illegal base64 data at input byte 4"),
        "{message}"
    );
    for body in ["", "null"] {
        for action in ["unwrap", "rewrap"] {
            let ask = bench
                .ask("POST", &format!("/keys/{key}/actions/{action}"))
                .text(body);
            ask.send().await.refused(400, "NO_BODY_ERR");
        }
    }
    bench
        .act(&key, "unwrap", &json!({}))
        .await
        .refused(400, "INVALID_FIELD_ERR");
}

#[tokio::test]
async fn the_limits_of_wrap_hold() {
    let bench = Bench::new().await;
    let key = bench.root_key().await;
    let char255 = "ü".repeat(255);
    for (body, allowed) in [
        (json!({"plaintext": "A".repeat(4096)}), true),
        (json!({"plaintext": "A".repeat(4100)}), false),
        (json!({"plaintext": "A"}), false),
        (json!({"aad": vec!["a"; 126]}), true),
        (json!({"aad": vec!["a"; 127]}), false),
        (json!({"aad": [char255]}), true),
        (json!({"aad": ["a".repeat(256)]}), false),
    ] {
        let answer = bench.act(&key, "wrap", &body).await;
        if allowed {
            assert_eq!(answer.status, 200, "{answer:?}");
        } else {
            answer.refused(400, "INVALID_FIELD_ERR");
        }
    }
    for body in [
        json!({"aad": "a"}),
        json!({"aad": [1]}),
        json!({"plain": "AAAA"}),
        json!([]),
    ] {
        bench
            .act(&key, "wrap", &body)
            .await
            .refused(400, "BAD_BODY_ERR");
    }
}

#[tokio::test]
async fn another_root_keys_ciphertext_is_unprocessable() {
    let bench = Bench::new().await;
    let (one, two) = (bench.root_key().await, bench.root_key().await);
    let wrapped = bench.act(&one, "wrap", &json!({})).await;
    let body = json!({"ciphertext": wrapped.json["ciphertext"]});
    bench
        .act(&two, "unwrap", &body)
        .await
        .refused(422, "UNPROCESSABLE_CIPHERTEXT_ERR");
}

#[tokio::test]
async fn two_keys_of_the_same_imported_material_unwrap_for_each_other() {
    let bench = Bench::new().await;
    let key = |byte: u8| {
        let payload = Base64::encode_string(&[byte; 32]);
        json!({"name": "byok", "extractable": false, "payload": payload})
    };
    let (one, two) = (bench.create(key(1)).await, bench.create(key(1)).await);
    let other = bench.create(key(2)).await;
    let wrapped = bench
        .act(&one, "wrap", &json!({"plaintext": "aGVsbG8="}))
        .await;
    let body = json!({"ciphertext": wrapped.json["ciphertext"]});
    let opened = bench.act(&two, "unwrap", &body).await.ok(200);
    assert_eq!(opened.json["plaintext"], "aGVsbG8=");
    assert_eq!(opened.json["keyVersion"]["id"], two);
    bench
        .act(&other, "unwrap", &body)
        .await
        .refused(422, "UNPROCESSABLE_CIPHERTEXT_ERR");
}

#[tokio::test]
async fn a_rotated_key_opens_old_ciphertexts_and_renews_them() {
    let bench = Bench::new().await;
    let key = bench.root_key().await;
    let old = bench
        .act(
            &key,
            "wrap",
            &json!({"plaintext": "aGVsbG8=", "aad": ["x"]}),
        )
        .await;
    let rotated = bench
        .ask("POST", &format!("/keys/{key}/actions/rotate"))
        .text("null");
    let rotated = rotated.send().await.ok(204);
    assert!(rotated.bytes.is_empty());
    let read = bench
        .ask("GET", &format!("/keys/{key}"))
        .send()
        .await
        .ok(200);
    let version = read.resource()["keyVersion"]["id"].clone();
    assert_ne!(version, key);
    assert!(read.resource()["lastRotateDate"].is_string());

    let body = json!({"ciphertext": old.json["ciphertext"], "aad": ["x"]});
    let opened = bench.act(&key, "unwrap", &body).await.ok(200);
    assert_eq!(opened.json["plaintext"], "aGVsbG8=");
    assert_eq!(opened.json["keyVersion"]["id"], key);
    assert_eq!(opened.json["rewrappedKeyVersion"]["id"], version);
    let rewrapped = bench.act(&key, "rewrap", &body).await.ok(200);
    assert_eq!(rewrapped.json["plaintext"], Value::Null);
    assert_eq!(rewrapped.json["keyVersion"]["id"], key);
    assert_eq!(rewrapped.json["rewrappedKeyVersion"]["id"], version);
    for renewed in [opened.text("ciphertext"), rewrapped.text("ciphertext")] {
        let body = json!({"ciphertext": renewed, "aad": ["x"]});
        let opened = bench.act(&key, "unwrap", &body).await.ok(200);
        let expected = json!({"plaintext": "aGVsbG8=", "keyVersion": {"id": version}});
        assert_eq!(opened.json, expected);
    }
    let versions = bench.ask(
        "GET",
        &format!("/keys/{key}/versions?totalCount=true&limit=1"),
    );
    let versions = versions.send().await.ok(200);
    assert_eq!(versions.json["metadata"]["totalCount"], 2);
    assert_eq!(versions.json["metadata"]["collectionTotal"], 1);
    assert_eq!(versions.resource()["id"], version);
}

#[tokio::test]
async fn a_key_rotates_once_an_hour() {
    let bench = Bench::new().await;
    let key = bench.root_key().await;
    bench.act(&key, "rotate", &json!({})).await.ok(204);
    bench
        .act(&key, "rotate", &json!({}))
        .await
        .refused(409, "KEY_ROTATION_NOT_PERMITTED");
    bench.clock.advance(3600);
    let token = bench.fresh_token().await;
    let path = format!("/keys/{key}/actions/rotate");
    bench.ask_as(&token, "POST", &path).send().await.ok(204);
}

#[tokio::test]
async fn rotating_takes_material_exactly_when_the_key_was_imported() {
    let bench = Bench::new().await;
    let payload = json!({"payload": Base64::encode_string(&[1; 32])});
    let made = bench.root_key().await;
    bench
        .act(&made, "rotate", &payload)
        .await
        .refused(400, "INVALID_FIELD_ERR");
    let key = json!({"name": "byok", "extractable": false, "payload": payload["payload"]});
    let imported = bench.create(key).await;
    bench
        .act(&imported, "rotate", &json!({}))
        .await
        .refused(400, "KEY_PAYLOAD_REQ_ERR");
    let short = json!({"payload": Base64::encode_string(&[1; 15])});
    bench
        .act(&imported, "rotate", &short)
        .await
        .refused(400, "INVALID_FIELD_ERR");
    bench.act(&imported, "rotate", &payload).await.ok(204);
}

#[tokio::test]
async fn an_action_that_does_not_exist_is_refused() {
    let bench = Bench::new().await;
    let key = bench.root_key().await;
    for query in ["?action=explode", "", "?action="] {
        let answer = bench
            .ask("POST", &format!("/keys/{key}{query}"))
            .send()
            .await;
        answer.refused(400, "INVALID_QUERY_PARAM_ERR");
    }
    bench
        .act(&key, "explode", &json!({}))
        .await
        .refused(404, "ROUTE_NOT_FOUND_ERR");
}
