//! Key rings.

use serde_json::json;

use crate::harness::{Bench, collection};

#[tokio::test]
async fn a_key_lives_in_one_ring_and_moves_between_them() {
    let bench = Bench::new().await;
    let made = bench.ask("POST", "/key_rings/orders").send().await.ok(201);
    assert!(made.bytes.is_empty());
    let key = collection(json!({"name": "root", "extractable": false}));
    let ask = || bench.ask("POST", "/keys").json(&key);
    let made = ask()
        .header("x-kms-key-ring", "orders")
        .send()
        .await
        .ok(201);
    assert_eq!(made.resource()["keyRingID"], "orders");
    ask()
        .header("x-kms-key-ring", "none")
        .send()
        .await
        .refused(404, "KEY_RING_NOT_FOUND_ERR");
    let id = made.resource()["id"].as_str().unwrap();
    let path = format!("/keys/{id}");
    for (name, ring) in [("keyRingID", "default"), ("KeyRingID", "orders")] {
        let moved = bench
            .ask("PATCH", &path)
            .json(&json!({name: ring}))
            .send()
            .await
            .ok(200);
        assert_eq!(moved.resource()["keyRingID"], ring);
    }
    let patch = |body: &serde_json::Value| bench.ask("PATCH", &path).json(body).send();
    patch(&json!({"keyRingID": "none"}))
        .await
        .refused(404, "KEY_RING_NOT_FOUND_ERR");
    for body in [
        json!({}),
        json!({"keyRingID": 1}),
        json!({"keyRingID": "a", "name": "b"}),
    ] {
        patch(&body).await.refused(400, "BAD_BODY_ERR");
    }
}

#[tokio::test]
async fn rings_are_listed_and_limited() {
    let bench = Bench::new().await;
    for n in 1..50 {
        bench
            .ask("POST", &format!("/key_rings/ring-{n}"))
            .send()
            .await
            .ok(201);
    }
    let list = bench
        .ask("GET", "/key_rings?limit=2&totalCount=true")
        .send()
        .await
        .ok(200);
    assert_eq!(*list.resource(), json!({"id": "default"}));
    assert_eq!(list.json["metadata"]["collectionTotal"], 2);
    assert_eq!(list.json["metadata"]["totalCount"], 50);
    let full = bench.ask("POST", "/key_rings/one-more").send().await;
    full.refused(409, "KEY_RING_QUOTA_ERR");
    for ring in ["default", "ring-1"] {
        let again = bench
            .ask("POST", &format!("/key_rings/{ring}"))
            .send()
            .await;
        again.refused(409, "KEY_RING_EXISTS_ERR");
    }
    for ring in ["a", "a_b", "02fd6835-6001-4482-a892-13bd2085f75d"] {
        let bad = bench
            .ask("POST", &format!("/key_rings/{ring}"))
            .send()
            .await;
        bad.refused(400, "INVALID_FIELD_ERR");
    }
}

#[tokio::test]
async fn a_ring_goes_when_it_is_empty_or_all_its_keys_are_deleted() {
    let bench = Bench::new().await;
    bench.ask("POST", "/key_rings/orders").send().await.ok(201);
    let key = collection(json!({"name": "root", "extractable": false}));
    let made = bench
        .ask("POST", "/keys")
        .header("x-kms-key-ring", "orders")
        .json(&key);
    let made = made.send().await.ok(201);
    let id = made.resource()["id"].as_str().unwrap();
    let remove = |query: &str| {
        bench
            .ask("DELETE", &format!("/key_rings/orders{query}"))
            .send()
    };
    remove("").await.refused(409, "KEY_RING_NOT_EMPTY_ERR");
    remove("?force=true")
        .await
        .refused(409, "KEY_RING_NOT_EMPTY_ERR");
    bench
        .ask("DELETE", &format!("/keys/{id}"))
        .send()
        .await
        .ok(204);
    remove("").await.refused(409, "KEY_RING_NOT_EMPTY_ERR");
    remove("?force=true").await.ok(204);
    let read = bench
        .ask("GET", &format!("/keys/{id}"))
        .send()
        .await
        .ok(200);
    assert_eq!(read.resource()["keyRingID"], "default");
    remove("").await.refused(404, "KEY_RING_NOT_FOUND_ERR");
    let default = bench.ask("DELETE", "/key_rings/default").send().await;
    default.refused(409, "KEY_RING_NOT_EMPTY_ERR");
}
