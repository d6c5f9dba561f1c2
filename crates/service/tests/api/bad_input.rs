//! What no client should send: each a refusal in the usual form, and nothing is half-written.

use axum::http::StatusCode;
use base64ct::{Base64, Encoding};
use serde_json::{Value, json};

use crate::harness::{Ask, Bench, collection};

/// Key material of a length, as an import.
fn import(len: usize) -> Value {
    let payload = Base64::encode_string(&vec![7; len]);
    collection(json!({"name": "bad", "extractable": false, "payload": payload}))
}

fn create(bench: &Bench) -> Ask {
    bench.ask("POST", "/keys")
}

fn key(fields: Value) -> Value {
    let mut key = json!({"name": "bad", "extractable": false});
    key.as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    collection(key)
}

/// Requests that are wrong, each with the status and code of its refusal.
#[expect(clippy::too_many_lines, reason = "a table, one request an entry")]
fn table(bench: &Bench, id: &str) -> Vec<(&'static str, Ask, u16, &'static str)> {
    let act = |action: &str| bench.ask("POST", &format!("/keys/{id}/actions/{action}"));
    let aad = |count: usize, chars: usize| json!({"aad": vec!["ä".repeat(chars); count]});
    let deep = format!("{{\"aad\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let nested = json!({"metadata": {}, "resources": [{"name": {"a": {"b": 1}}}]});
    let field = "INVALID_FIELD_ERR";
    let body = "BAD_BODY_ERR";
    vec![
        ("cut JSON", create(bench).text("{\"metadata\":"), 400, body),
        ("no JSON", create(bench).text("<xml/>"), 400, body),
        ("an array", create(bench).text("[1]"), 400, body),
        ("a number", act("wrap").text("17"), 400, body),
        (
            "a name twice",
            act("wrap").text(r#"{"aad":[],"aad":[]}"#),
            400,
            body,
        ),
        ("deep nesting", act("wrap").text(&deep), 400, body),
        ("an object for text", create(bench).json(&nested), 400, body),
        (
            "a form",
            create(bench).text("name=bad&extractable=false"),
            400,
            body,
        ),
        (
            "no UTF-8",
            create(bench).body(vec![b'"', 0xFF, b'"'].into()),
            400,
            body,
        ),
        (
            "300 kB",
            act("wrap").text(&" ".repeat(300_000)),
            413,
            "BODY_TOO_LARGE_ERR",
        ),
        (
            "bad base64",
            act("wrap").json(&json!({"plaintext": "a*=="})),
            400,
            field,
        ),
        (
            "base64 without padding",
            act("wrap").json(&json!({"plaintext": "YWE"})),
            400,
            field,
        ),
        (
            "base64 of a URL",
            act("wrap").json(&json!({"plaintext": "_-8="})),
            400,
            field,
        ),
        (
            "bad ciphertext",
            act("unwrap").json(&json!({"ciphertext": "*"})),
            400,
            field,
        ),
        ("no ciphertext", act("unwrap").json(&json!({})), 400, field),
        ("no body", act("unwrap"), 400, "NO_BODY_ERR"),
        ("15 bytes", create(bench).json(&import(15)), 400, field),
        ("33 bytes", create(bench).json(&import(33)), 400, field),
        ("no bytes", create(bench).json(&import(0)), 400, field),
        ("127 strings", act("wrap").json(&aad(127, 1)), 400, field),
        ("256 characters", act("wrap").json(&aad(1, 256)), 400, field),
        (
            "numbers as AAD",
            act("wrap").json(&json!({"aad": [1]})),
            400,
            body,
        ),
        (
            "an unknown field",
            act("wrap").json(&json!({"nonce": "x"})),
            400,
            body,
        ),
        (
            "another unknown field",
            create(bench).json(&key(json!({"colour": 1}))),
            400,
            body,
        ),
        ("an unknown action", act("sing"), 404, "ROUTE_NOT_FOUND_ERR"),
        (
            "an unknown action in the query",
            bench.ask("POST", &format!("/keys/{id}?action=sing")),
            400,
            "INVALID_QUERY_PARAM_ERR",
        ),
        (
            "no action",
            bench.ask("POST", &format!("/keys/{id}")),
            400,
            "INVALID_QUERY_PARAM_ERR",
        ),
        (
            "a name of one letter",
            create(bench).json(&key(json!({"name": "x"}))),
            400,
            field,
        ),
        (
            "a date that is past",
            create(bench).json(&key(expired())),
            400,
            field,
        ),
        ("two keys", create(bench).json(&two()), 400, body),
        (
            "a page of none",
            bench.ask("GET", "/keys?limit=0"),
            400,
            "INVALID_QUERY_PARAM_ERR",
        ),
        (
            "a page of -1",
            bench.ask("GET", "/keys?offset=-1"),
            400,
            "INVALID_QUERY_PARAM_ERR",
        ),
    ]
}

fn expired() -> Value {
    json!({"expirationDate": "2001-01-01T00:00:00Z"})
}

fn two() -> Value {
    let key = json!({"name": "bad", "extractable": false});
    json!({"metadata": {}, "resources": [key, key]})
}

#[tokio::test]
async fn every_bad_request_is_refused_and_leaves_nothing_behind() {
    let bench = Bench::new().await;
    bench.service.track_activity(false);
    let id = bench.root_key().await;
    // The first wrap reserves counts
    bench.act(&id, "wrap", &json!({})).await.ok(200);
    let before = bench.memory.dump();
    let rows = table(&bench, &id);
    println!("{} bad requests", rows.len());
    for (name, ask, status, code) in rows {
        let answer = ask.send().await;
        assert_eq!(
            (answer.status.as_u16(), answer.code()),
            (status, code),
            "{name}: {answer:?}"
        );
        answer.refused(status, code);
    }
    assert!(bench.memory.dump() == before, "something was written");
    // The control: what is right is written
    let right = create(&bench).json(&import(16)).send().await;
    right.ok(201);
    assert!(bench.memory.dump() != before);
}

#[tokio::test]
async fn aliases_and_rings_are_names_and_no_paths() {
    let bench = Bench::new().await;
    let id = bench.root_key().await;
    bench.service.track_activity(false);
    let before = bench.memory.dump();
    for name in [
        "..",
        "%2E%2E",
        "..%2F..%2Fetc",
        "%2Fetc%2Fpasswd",
        "a%00b",
        "%FF",
        "a%20b",
        "keys",
        "x",
        "%E2%80%AE",
        "a%2Fb",
        "..%5C..",
        "02fd6835-6001-4482-a892-13bd2085f75d",
    ] {
        for path in [
            format!("/keys/{id}/aliases/{name}"),
            format!("/key_rings/{name}"),
        ] {
            if path == "/key_rings/keys" || path.ends_with("2085f75d") && path.starts_with("/key_")
            {
                continue; // reserved among aliases alone
            }
            let answer = bench.ask("POST", &path).send().await;
            assert!(answer.status.is_client_error(), "{path}: {answer:?}");
            assert!(answer.resource()["errorMsg"].is_string(), "{path}");
        }
    }
    assert!(bench.memory.dump() == before, "something was written");
}

#[tokio::test]
async fn identity_endpoints_refuse_in_their_own_form() {
    let bench = Bench::new().await;
    let long = format!("{{\"name\":\"{}\"}}", "x".repeat(300_000));
    let cases = [
        ("GET", "/v1/policies/%FF", "", 400),
        ("GET", "/v2/policies/nobody", "", 404),
        ("DELETE", "/v1/apikeys/%FF", "", 400),
        ("POST", "/v1/serviceids", "[]", 400),
        ("POST", "/v1/serviceids", "{\"name\":", 400),
        ("POST", "/v1/serviceids", &long, 400),
        (
            "POST",
            "/v1/apikeys",
            "{\"name\":\"x\",\"iam_id\":\"../x\"}",
            400,
        ),
        ("POST", "/v2/policies", "{}", 400),
    ];
    for (method, path, body, status) in cases {
        let answer = bench.iam(method, path).text(body).send().await;
        assert_eq!(
            answer.status,
            StatusCode::from_u16(status).unwrap(),
            "{path}"
        );
        assert!(
            answer.json["errors"][0]["code"].is_string(),
            "{path}: {answer:?}"
        );
        assert_eq!(answer.json["status_code"], status, "{path}");
    }
    for body in [
        "",
        "grant_type=x",
        "apikey=x",
        "%FF",
        "{}",
        &"x".repeat(300_000),
    ] {
        let answer = bench.bare("POST", "/identity/token").text(body);
        let answer = answer.send().await.ok(400);
        assert!(answer.json["errorCode"].is_string(), "{answer:?}");
    }
}
