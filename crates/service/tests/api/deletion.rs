//! Delete, restore, purge.

use serde_json::json;

use crate::harness::{Answer, Bench};

async fn delete(bench: &Bench, key: &str) {
    bench
        .ask("DELETE", &format!("/keys/{key}"))
        .send()
        .await
        .ok(204);
}

async fn restore(bench: &Bench, token: &str, key: &str) -> Answer {
    bench
        .ask_as(token, "POST", &format!("/keys/{key}/restore"))
        .send()
        .await
}

#[tokio::test]
async fn a_deleted_key_comes_back_with_all_it_had() {
    let bench = Bench::new().await;
    let key = bench.root_key().await;
    bench
        .ask("POST", &format!("/keys/{key}/aliases/orders"))
        .send()
        .await
        .ok(201);
    let wrapped = bench
        .act(&key, "wrap", &json!({"plaintext": "aGVsbG8="}))
        .await;
    restore(&bench, &bench.token, &key)
        .await
        .refused(409, "KEY_ACTION_INVALID_STATE_ERR");
    delete(&bench, &key).await;
    restore(&bench, &bench.token, &key)
        .await
        .refused(409, "REQ_TOO_EARLY_ERR");
    bench.clock.advance(30);
    let restored = restore(&bench, &bench.token, &key).await.ok(201);
    assert_eq!(restored.resource()["state"], 1);
    assert_eq!(restored.resource()["aliases"], json!(["orders"]));
    let body = json!({"ciphertext": wrapped.json["ciphertext"]});
    let opened = bench.act("orders", "unwrap", &body).await.ok(200);
    assert_eq!(opened.json["plaintext"], "aGVsbG8=");
}

#[tokio::test]
async fn after_thirty_days_a_key_cannot_be_restored() {
    let bench = Bench::new().await;
    let (early, late) = (bench.root_key().await, bench.root_key().await);
    delete(&bench, &early).await;
    delete(&bench, &late).await;
    bench.clock.advance(30 * 24 * 3600 - 60);
    let token = bench.fresh_token().await;
    restore(&bench, &token, &early).await.ok(201);
    bench.clock.advance(60);
    restore(&bench, &token, &late)
        .await
        .refused(400, "KEY_RESTORE_EXPIRED");
}

#[tokio::test]
async fn an_expired_key_cannot_be_restored() {
    let bench = Bench::new().await;
    let soon = time::OffsetDateTime::from_unix_timestamp(bench.clock.now() + 60).unwrap();
    let soon = soon
        .format(&time::format_description::well_known::Rfc3339)
        .unwrap();
    let key = json!({"name": "short", "extractable": false, "expirationDate": soon});
    let key = bench.create(key).await;
    delete(&bench, &key).await;
    bench.clock.advance(61);
    restore(&bench, &bench.token, &key)
        .await
        .refused(400, "KEY_EXPIRED_ERR");
}

#[tokio::test]
async fn purging_is_for_those_who_may_and_after_four_hours() {
    let bench = Bench::new().await;
    // The events of a purged key tell that it was there
    bench.service.track_activity(false);
    let key = bench.root_key().await;
    bench
        .ask("POST", &format!("/keys/{key}/aliases/orders"))
        .send()
        .await
        .ok(201);
    let path = format!("/keys/{key}/purge");
    bench.grant("IBMid-purger", "KeyPurge", json!({})).await;
    let purger = bench.token_of("IBMid-purger").await;
    let purge = |token: &str| {
        bench
            .ask_as(token, "DELETE", &path)
            .header("prefer", "return=representation")
            .send()
    };
    purge(&bench.token).await.refused(401, "");
    purge(&purger)
        .await
        .refused(409, "KEY_ACTION_INVALID_STATE_ERR");
    delete(&bench, &key).await;
    bench.clock.advance(3500);
    let early = purge(&purger).await;
    early.refused(409, "REQ_TOO_EARLY_ERR");
    let message = early.resource()["reasons"][0]["message"].as_str().unwrap();
    assert!(message.contains("4h0m0s"));
    bench.clock.advance(4 * 3600);
    let owner = bench.fresh_token().await;
    let body = json!({"name": "key", "iam_id": "IBMid-purger"});
    let made = bench
        .iam_as(&owner, "POST", "/v1/apikeys")
        .json(&body)
        .send()
        .await
        .ok(201);
    let purger = crate::harness::token(&bench.service, &made.text("apikey")).await;
    let purged = purge(&purger).await.ok(200);
    assert_eq!(purged.resource()["id"], key);
    purge(&purger).await.refused(404, "KEY_NOT_FOUND_ERR");
    let dump = String::from_utf8(bench.memory.dump()).unwrap();
    assert!(!dump.contains(&key), "nothing of a purged key stays");
    let key = json!({"name": "next", "extractable": false, "aliases": ["orders"]});
    let key = crate::harness::collection(key);
    bench
        .ask_as(&owner, "POST", "/keys")
        .json(&key)
        .send()
        .await
        .ok(201);
}
