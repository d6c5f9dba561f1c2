//! Aliases, usable wherever an id is.

use serde_json::json;

use crate::harness::{Bench, collection};

#[tokio::test]
async fn an_alias_stands_for_the_id_everywhere() {
    let bench = Bench::new().await;
    let key = bench.root_key().await;
    let made = bench
        .ask("POST", &format!("/keys/{key}/aliases/orders"))
        .send()
        .await
        .ok(201);
    assert_eq!(made.resource()["keyId"], key);
    assert_eq!(made.resource()["alias"], "orders");
    let wrapped = bench.act("orders", "wrap", &json!({})).await.ok(200);
    let body = json!({"ciphertext": wrapped.json["ciphertext"]});
    bench
        .ask("POST", "/keys/orders?action=unwrap")
        .json(&body)
        .send()
        .await
        .ok(200);
    for path in ["/keys/orders", "/keys/orders/metadata"] {
        let read = bench.ask("GET", path).send().await.ok(200);
        assert_eq!(read.resource()["id"], key);
        assert_eq!(read.resource()["aliases"], json!(["orders"]));
    }
    bench
        .ask("GET", "/keys/orders/versions")
        .send()
        .await
        .ok(200);
    bench
        .ask("POST", "/keys/orders/aliases/second")
        .send()
        .await
        .ok(201);
    bench
        .ask("DELETE", "/keys/second/aliases/orders")
        .send()
        .await
        .ok(204);
    bench
        .ask("GET", "/keys/orders")
        .send()
        .await
        .refused(404, "KEY_NOT_FOUND_ERR");
    bench.ask("DELETE", "/keys/second").send().await.ok(204);
}

#[tokio::test]
async fn an_alias_is_unique_in_its_instance() {
    let bench = Bench::new().await;
    let (one, two) = (bench.root_key().await, bench.root_key().await);
    bench
        .ask("POST", &format!("/keys/{one}/aliases/orders"))
        .send()
        .await
        .ok(201);
    let again = bench
        .ask("POST", &format!("/keys/{two}/aliases/orders"))
        .send()
        .await;
    again.refused(409, "KEY_ALIAS_NOT_UNIQUE_ERR");
    let key = collection(json!({"name": "new", "extractable": false, "aliases": ["orders"]}));
    let created = bench.ask("POST", "/keys").json(&key).send().await;
    created.refused(409, "KEY_ALIAS_NOT_UNIQUE_ERR");
    let head = bench.ask("HEAD", "/keys").send().await.ok(200);
    assert_eq!(head.header("key-total"), "2");
    let other = bench
        .ask("DELETE", &format!("/keys/{two}/aliases/orders"))
        .send()
        .await;
    other.refused(404, "KEY_NOT_FOUND_ERR");
}

#[tokio::test]
async fn a_key_has_five_aliases_at_most() {
    let bench = Bench::new().await;
    let key = bench.root_key().await;
    for n in 0..5 {
        bench
            .ask("POST", &format!("/keys/{key}/aliases/alias{n}"))
            .send()
            .await
            .ok(201);
    }
    let sixth = bench
        .ask("POST", &format!("/keys/{key}/aliases/alias5"))
        .send()
        .await;
    sixth.refused(409, "KEY_ALIAS_QUOTA_ERR");
}

#[tokio::test]
async fn text_that_cannot_be_an_alias_is_refused() {
    let bench = Bench::new().await;
    let key = bench.root_key().await;
    for alias in [
        "a",
        "a%20b",
        "..%2F..",
        "versions",
        "%00%00",
        "ünï",
        &"a".repeat(91),
    ] {
        let alias = alias.replace('ü', "%C3%BC").replace('ï', "%C3%AF");
        let answer = bench
            .ask("POST", &format!("/keys/{key}/aliases/{alias}"))
            .send()
            .await;
        answer.refused(400, "INVALID_FIELD_ERR");
    }
}
