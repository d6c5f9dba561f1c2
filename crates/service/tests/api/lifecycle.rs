//! The states of a key and what each allows.

use serde_json::json;

use crate::harness::Bench;

#[tokio::test]
async fn a_disabled_key_does_nothing_until_it_is_enabled() {
    let bench = Bench::new().await;
    let key = bench.root_key().await;
    let wrapped = bench.act(&key, "wrap", &json!({})).await;
    let body = json!({"ciphertext": wrapped.json["ciphertext"]});
    bench
        .act(&key, "enable", &json!(null))
        .await
        .refused(409, "KEY_ACTION_INVALID_STATE_ERR");
    bench.act(&key, "disable", &json!(null)).await.ok(204);
    for (action, body) in [
        ("wrap", &json!({})),
        ("unwrap", &body),
        ("rewrap", &body),
        ("rotate", &json!({})),
        ("disable", &json!({})),
    ] {
        let answer = bench.act(&key, action, body).await;
        answer.refused(409, "KEY_ACTION_INVALID_STATE_ERR");
    }
    let read = bench
        .ask("GET", &format!("/keys/{key}"))
        .send()
        .await
        .ok(200);
    assert_eq!(read.resource()["state"], 2);
    let versions = format!("/keys/{key}/versions");
    let refused = bench.ask("GET", &versions).send().await;
    refused.refused(409, "KEY_ACTION_INVALID_STATE_ERR");
    bench
        .ask("GET", &format!("{versions}?allKeyStates=true"))
        .send()
        .await
        .ok(200);

    bench.clock.advance(20);
    bench
        .act(&key, "enable", &json!(null))
        .await
        .refused(409, "REQ_TOO_EARLY_ERR");
    bench.clock.advance(11);
    bench.act(&key, "enable", &json!(null)).await.ok(204);
    bench.act(&key, "unwrap", &body).await.ok(200);
}

#[tokio::test]
async fn a_deleted_key_is_gone_for_everything_but_reading() {
    let bench = Bench::new().await;
    let key = bench.root_key().await;
    let wrapped = bench.act(&key, "wrap", &json!({})).await;
    let path = format!("/keys/{key}");
    let ask = bench
        .ask("DELETE", &path)
        .header("prefer", "return=representation");
    let deleted = ask.send().await.ok(200);
    assert_eq!(deleted.resource()["state"], 5);
    assert_eq!(deleted.resource()["deleted"], true);
    assert_eq!(deleted.resource()["restoreAllowed"], true);
    assert_eq!(deleted.resource()["purgeAllowed"], false);
    bench
        .ask("DELETE", &path)
        .send()
        .await
        .refused(410, "KEY_DELETED_ERR");
    let body = json!({"ciphertext": wrapped.json["ciphertext"]});
    for action in ["wrap", "unwrap", "rewrap", "rotate", "disable", "enable"] {
        let body = if action.contains("wrap") && action != "wrap" {
            &body
        } else {
            &json!({})
        };
        bench
            .act(&key, action, body)
            .await
            .refused(410, "KEY_DELETED_ERR");
    }
    bench
        .ask("POST", &format!("{path}/aliases/late"))
        .send()
        .await
        .refused(410, "KEY_DELETED_ERR");
    let read = bench.ask("GET", &path).send().await.ok(200);
    assert_eq!(read.resource()["state"], 5);
}

#[tokio::test]
async fn a_deleted_standard_key_no_longer_shows_its_payload() {
    let bench = Bench::new().await;
    let key = json!({"name": "secret", "extractable": true, "payload": "c2VjcmV0"});
    let key = bench.create(key).await;
    bench
        .ask("DELETE", &format!("/keys/{key}"))
        .send()
        .await
        .ok(204);
    let read = bench
        .ask("GET", &format!("/keys/{key}"))
        .send()
        .await
        .ok(200);
    assert!(read.resource()["payload"].is_null());
}

#[tokio::test]
async fn an_expired_key_unwraps_and_does_not_wrap() {
    let bench = Bench::new().await;
    let soon = bench.clock.now() + 60;
    let date = time::OffsetDateTime::from_unix_timestamp(soon).unwrap();
    let date = date
        .format(&time::format_description::well_known::Rfc3339)
        .unwrap();
    let key = json!({"name": "short", "extractable": false, "expirationDate": date});
    let key = bench.create(key).await;
    let wrapped = bench.act(&key, "wrap", &json!({})).await.ok(200);
    bench.clock.advance(61);
    let read = bench
        .ask("GET", &format!("/keys/{key}"))
        .send()
        .await
        .ok(200);
    assert_eq!(read.resource()["state"], 3);
    let refused = bench.act(&key, "wrap", &json!({})).await;
    refused.refused(409, "KEY_ACTION_INVALID_STATE_ERR");
    let body = json!({"ciphertext": wrapped.json["ciphertext"]});
    bench.act(&key, "unwrap", &body).await.ok(200);
    bench.act(&key, "rewrap", &body).await.ok(200);
    bench.act(&key, "rotate", &json!({})).await.ok(204);
    bench.act(&key, "unwrap", &body).await.ok(200);
}

#[tokio::test]
async fn actions_have_the_older_form_too() {
    let bench = Bench::new().await;
    let key = bench.root_key().await;
    for action in ["rotate", "disable"] {
        bench
            .ask("POST", &format!("/keys/{key}?action={action}"))
            .send()
            .await
            .ok(204);
    }
    bench.clock.advance(31);
    bench
        .ask("POST", &format!("/keys/{key}?action=enable"))
        .send()
        .await
        .ok(204);
}
