//! Creating, importing, reading, listing and counting keys.

use serde_json::{Value, json};

use crate::harness::{Bench, collection};

#[tokio::test]
async fn a_generated_root_key_is_described_as_key_protect_does() {
    let bench = Bench::new().await;
    let key = json!({
        "type": "application/vnd.ibm.kms.key+json",
        "name": "orders", "description": "root for orders", "extractable": false,
        "aliases": ["orders"], "tags": ["a b"], "expirationDate": "2199-01-01T00:00:00Z",
    });
    let answer = bench
        .ask("POST", "/keys")
        .json(&collection(key))
        .send()
        .await
        .ok(201);
    assert_eq!(
        answer.header("content-type"),
        "application/vnd.ibm.kms.key+json"
    );
    let key = answer.resource();
    let id = key["id"].as_str().unwrap();
    for (name, expected) in [
        ("name", json!("orders")),
        ("description", json!("root for orders")),
        ("aliases", json!(["orders"])),
        ("tags", json!(["a b"])),
        ("expirationDate", json!("2199-01-01T00:00:00Z")),
        ("state", json!(1)),
        ("extractable", json!(false)),
        ("imported", json!(false)),
        ("deleted", json!(false)),
        ("keyRingID", json!("default")),
        ("algorithmBitSize", json!(256)),
        (
            "algorithmMetadata",
            json!({"bitLength": "256", "mode": "Deprecated"}),
        ),
        ("dualAuthDelete", json!({"enabled": false})),
        ("lastUpdateDate", Value::Null),
        ("lastRotateDate", Value::Null),
        ("payload", Value::Null),
    ] {
        assert_eq!(key[name], expected, "{name}");
    }
    assert_eq!(key["keyVersion"]["id"], id);
    let (account, instance) = (bench.service.account(), bench.service.instance());
    let crn = format!("crn:v1:bluemix:public:kms:us-south:a/{account}:{instance}:key:{id}");
    assert_eq!(key["crn"], crn);
    let read = bench
        .ask("GET", &format!("/keys/{id}"))
        .send()
        .await
        .ok(200);
    assert_eq!(read.resource()["lastUpdateDate"], key["creationDate"]);
}

#[tokio::test]
async fn a_standard_key_shows_its_payload_only_where_it_may() {
    let bench = Bench::new().await;
    let key = json!({"name": "secret", "extractable": true, "payload": "c2VjcmV0"});
    let made = bench
        .ask("POST", "/keys")
        .json(&collection(key))
        .send()
        .await
        .ok(201);
    assert_eq!(made.resource()["payload"], "c2VjcmV0");
    let id = made.resource()["id"].as_str().unwrap();
    let read = bench
        .ask("GET", &format!("/keys/{id}"))
        .send()
        .await
        .ok(200);
    assert_eq!(read.resource()["payload"], "c2VjcmV0");
    for path in [format!("/keys/{id}/metadata"), "/keys".to_owned()] {
        let answer = bench.ask("GET", &path).send().await.ok(200);
        assert_eq!(answer.resource()["payload"], Value::Null, "{path}");
    }
    bench
        .act(id, "wrap", &json!({}))
        .await
        .refused(400, "KEY_ROOT_REQ_ERR");
    bench
        .act(id, "rotate", &json!({}))
        .await
        .refused(400, "KEY_ROOT_REQ_ERR");
    let versions = bench
        .ask("GET", &format!("/keys/{id}/versions"))
        .send()
        .await;
    versions.refused(400, "KEY_ROOT_REQ_ERR");
}

#[tokio::test]
async fn a_standard_key_without_payload_is_drawn() {
    let bench = Bench::new().await;
    let key = json!({"name": "secret", "extractable": true});
    let made = bench
        .ask("POST", "/keys")
        .json(&collection(key))
        .send()
        .await
        .ok(201);
    assert_eq!(made.resource()["payload"].as_str().unwrap().len(), 44);
    assert_eq!(made.resource()["imported"], false);
}

#[tokio::test]
async fn root_keys_of_16_24_and_32_bytes_are_imported_and_others_refused() {
    let bench = Bench::new().await;
    for (payload, bits) in [
        ("AAECAwQFBgcICQoLDA0ODw==", 128),
        ("AAECAwQFBgcICQoLDA0ODxAREhMUFRYX", 192),
        ("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", 256),
    ] {
        let key = json!({"name": "byok", "extractable": false, "payload": payload});
        let made = bench
            .ask("POST", "/keys")
            .json(&collection(key))
            .send()
            .await
            .ok(201);
        assert_eq!(made.resource()["imported"], true);
        assert_eq!(made.resource()["algorithmBitSize"], bits);
        assert_eq!(made.resource()["payload"], Value::Null);
    }
    for payload in [
        "AAECAwQFBgcICQoLDA0O",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g",
        "",
        "not base64!",
        "AAECAwQFBgcICQoLDA0ODw",
    ] {
        let key = json!({"name": "byok", "extractable": false, "payload": payload});
        let answer = bench
            .ask("POST", "/keys")
            .json(&collection(key))
            .send()
            .await;
        answer.refused(400, "INVALID_FIELD_ERR");
        let target = &answer.resource()["reasons"][0]["target"];
        assert_eq!(*target, json!({"type": "field", "name": "payload"}));
    }
}

#[tokio::test]
async fn every_field_that_breaks_its_rule_is_refused() {
    let bench = Bench::new().await;
    for (field, value) in [
        ("name", json!("")),
        ("name", json!("x")),
        ("name", json!("x".repeat(91))),
        ("description", json!("x")),
        ("description", json!("x".repeat(241))),
        ("aliases", json!(["a1", "a2", "a3", "a4", "a5", "a6"])),
        ("aliases", json!(["same", "same"])),
        ("aliases", json!(["../keys"])),
        ("aliases", json!(["wrap"])),
        ("aliases", json!(["02fd6835-6001-4482-a892-13bd2085f75d"])),
        ("tags", json!(["a,b"])),
        ("tags", json!(vec!["t"; 31])),
        ("expirationDate", json!("2001-01-01T00:00:00Z")),
        ("expirationDate", json!("tomorrow")),
        ("payload", json!("A".repeat(10_004))),
    ] {
        let mut key = json!({"name": "key", "extractable": true});
        key[field] = value.clone();
        let answer = bench
            .ask("POST", "/keys")
            .json(&collection(key))
            .send()
            .await;
        assert_eq!(
            answer.code(),
            "INVALID_FIELD_ERR",
            "{field} {value}: {answer:?}"
        );
        assert_eq!(answer.status, 400);
    }
}

#[tokio::test]
async fn a_body_that_is_no_collection_of_one_key_is_refused() {
    let bench = Bench::new().await;
    let key = json!({"name": "key", "extractable": false});
    for (body, part) in [
        (
            json!({"resources": [key]}).to_string(),
            "CollectionMetadata is empty",
        ),
        (
            json!({"metadata": {}, "resources": []}).to_string(),
            "CollectionResources is empty",
        ),
        (
            json!({"metadata": {}, "resources": [key, key]}).to_string(),
            "Only creation of one key per request is supported",
        ),
        (
            json!({"metadata": {}, "resources": [{"name": "key", "colour": 1}]}).to_string(),
            "json: unknown field \"colour\"",
        ),
        (
            json!({"metadata": {}, "resources": [{"name": 3}]}).to_string(),
            "wrong type",
        ),
        ("{".to_owned(), "invalid syntax"),
        ("{\"metadata\":".repeat(5000), "json:"),
        ("\u{0}".to_owned(), "invalid syntax"),
    ] {
        let answer = bench.ask("POST", "/keys").text(&body).send().await;
        answer.refused(400, "BAD_BODY_ERR");
        let message = answer.resource()["reasons"][0]["message"].as_str().unwrap();
        assert!(message.contains(part), "{message}");
    }
    for body in ["", "null", " \n"] {
        bench
            .ask("POST", "/keys")
            .text(body)
            .send()
            .await
            .refused(400, "NO_BODY_ERR");
    }
    bench.ask("GET", "/keys").send().await.ok(200);
}

#[tokio::test]
async fn keys_are_listed_in_pages_and_counted_by_state_and_kind() {
    let bench = Bench::new().await;
    let empty = bench.ask("GET", "/keys").send().await.ok(200);
    assert_eq!(empty.json["metadata"]["collectionTotal"], 0);
    assert_eq!(empty.json["resources"], Value::Null);
    let mut ids = Vec::new();
    for n in 0..5 {
        ids.push(
            bench
                .create(json!({"name": format!("key{n}"), "extractable": n == 0}))
                .await,
        );
    }
    bench
        .ask("DELETE", &format!("/keys/{}", ids[4]))
        .send()
        .await
        .ok(204);
    for (query, count) in [
        ("", 4),
        ("?state=5", 1),
        ("?state=1%2C5", 5),
        ("?extractable=true", 1),
        ("?extractable=false&state=1", 3),
    ] {
        let list = bench
            .ask("GET", &format!("/keys{query}"))
            .send()
            .await
            .ok(200);
        assert_eq!(list.json["metadata"]["collectionTotal"], count, "{query}");
        let head = bench
            .ask("HEAD", &format!("/keys{query}"))
            .send()
            .await
            .ok(200);
        assert_eq!(head.header("key-total"), count.to_string(), "{query}");
        assert!(head.bytes.is_empty());
    }
    let mut seen = Vec::new();
    for offset in 0..5 {
        let path = format!("/keys?limit=1&offset={offset}&state=1,5");
        let page = bench.ask("GET", &path).send().await.ok(200);
        seen.push(page.resource()["id"].as_str().unwrap().to_owned());
    }
    ids.sort();
    assert_eq!(seen, ids);
    for query in [
        "limit=0",
        "limit=5001",
        "limit=x",
        "offset=-1",
        "state=6",
        "extractable=maybe",
    ] {
        let answer = bench.ask("GET", &format!("/keys?{query}")).send().await;
        answer.refused(400, "INVALID_QUERY_PARAM_ERR");
        let name = query.split('=').next().unwrap();
        let target = &answer.resource()["reasons"][0]["target"];
        assert_eq!(*target, json!({"type": "query_param", "name": name}));
    }
}

#[tokio::test]
async fn a_key_that_does_not_exist_is_not_found() {
    let bench = Bench::new().await;
    for id in [
        "02fd6835-6001-4482-a892-13bd2085f75d",
        "no-such-alias",
        "%2e%2e%2fkeys",
        "a%20b",
    ] {
        for (method, path) in [
            ("GET", format!("/keys/{id}")),
            ("GET", format!("/keys/{id}/metadata")),
            ("GET", format!("/keys/{id}/versions")),
            ("DELETE", format!("/keys/{id}")),
            ("POST", format!("/keys/{id}/actions/wrap")),
            ("POST", format!("/keys/{id}?action=unwrap")),
            ("POST", format!("/keys/{id}/aliases/name")),
        ] {
            bench
                .ask(method, &path)
                .send()
                .await
                .refused(404, "KEY_NOT_FOUND_ERR");
        }
    }
}
