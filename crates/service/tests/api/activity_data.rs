//! What activity events tell of a call: what was asked, what came of it, what it changed.

use serde_json::{Value, json};

use crate::activity::events;
use crate::harness::{Bench, collection};

/// The last event before the one of asking for it.
async fn last(bench: &Bench) -> Value {
    events(bench, "limit=1000").await.pop().unwrap()
}

#[tokio::test]
async fn a_key_is_told_of_as_it_was_left() {
    let mut bench = Bench::new().await;
    let key = bench.root_key().await;
    let made = last(&bench).await;
    assert_eq!(made["requestData"]["requestURI"], "/api/v2/keys");
    assert_eq!(made["requestData"]["keyType"], "root");
    assert_eq!(made["responseData"]["keyId"], key);
    let target = made["target"]["id"].as_str().unwrap();
    assert!(target.ends_with(&format!(":key:{key}")), "{target}");
    assert_eq!(
        made["responseData"]["keyVersionCreationDate"],
        made["eventTime"]
    );
    bench
        .create(json!({"name": "plain", "extractable": true}))
        .await;
    assert_eq!(last(&bench).await["requestData"]["keyType"], "standard");

    bench.clock.advance(4000);
    bench.token = bench.fresh_token().await;
    bench.act(&key, "rotate", &json!({})).await.ok(204);
    let turned = last(&bench).await;
    let version = &turned["responseData"]["keyVersionId"];
    assert_ne!(version, &made["responseData"]["keyVersionId"]);
    assert_eq!(
        turned["responseData"]["keyVersionCreationDate"],
        turned["eventTime"]
    );
    assert!(turned["initialValue"].is_null(), "{turned}");

    let wrapped = bench.act(&key, "wrap", &json!({})).await.ok(200);
    let busy = last(&bench).await;
    let uri = format!("/api/v2/keys/{key}/actions/wrap");
    assert_eq!(busy["requestData"]["requestURI"], uri);
    assert_eq!(&busy["responseData"]["keyVersionId"], version);
    let body = json!({"ciphertext": wrapped.json["ciphertext"]});
    bench.act(&key, "rewrap", &body).await.ok(200);
    assert_eq!(
        &last(&bench).await["responseData"]["rewrappedKeyVersionId"],
        version
    );

    bench
        .ask("DELETE", &format!("/keys/{key}"))
        .send()
        .await
        .ok(204);
    let deleted = last(&bench).await;
    assert_eq!(
        deleted["responseData"]["deletionDate"],
        deleted["eventTime"]
    );
    assert!(deleted["responseData"]["purgeAllowedFrom"].is_string());
    assert_eq!(deleted["initialValue"], json!({"keyState": 1}));
    assert_eq!(deleted["newValue"], json!({"keyState": 5}));
}

#[tokio::test]
async fn a_change_tells_what_was_and_what_is() {
    let bench = Bench::new().await;
    let key = bench.root_key().await;
    bench.act(&key, "disable", &json!({})).await.ok(204);
    let event = last(&bench).await;
    assert_eq!(event["initialValue"], json!({"keyState": 1}));
    assert_eq!(event["newValue"], json!({"keyState": 2}));
    assert_eq!(event["responseData"]["keyState"], 2);
    bench.act(&key, "enable", &json!({})).await.ok(409);
    let event = last(&bench).await;
    assert!(event["newValue"].is_null(), "nothing was changed: {event}");
    assert_eq!(event["responseData"]["keyState"], 2);

    bench.ask("POST", "/key_rings/second").send().await.ok(201);
    let path = format!("/keys/{key}");
    let body = json!({"keyRingID": "second"});
    bench.ask("PATCH", &path).json(&body).send().await.ok(200);
    let event = last(&bench).await;
    assert_eq!(event["initialValue"], json!({"keyRingId": "default"}));
    assert_eq!(event["newValue"], json!({"keyRingId": "second"}));

    let path = format!("/keys/{key}/policies?policy=dualAuthDelete");
    let policy = collection(json!({"dualAuthDelete": {"enabled": true}}));
    bench.ask("PUT", &path).json(&policy).send().await.ok(200);
    let event = last(&bench).await;
    let on = json!({"policyDualAuthDeleteEnabled": true});
    assert_eq!(event["newValue"], on);
    assert!(event["initialValue"].is_null());
    bench
        .act(&key, "setKeyForDeletion", &json!({}))
        .await
        .ok(204);
    let event = last(&bench).await;
    assert_eq!(event["newValue"]["authID"], event["initiator"]["id"]);
    assert!(event["newValue"]["authExpiration"].is_string());
}

#[tokio::test]
async fn policies_tokens_and_lists_are_told_of() {
    let bench = Bench::new().await;
    bench.root_key().await;
    bench.root_key().await;
    bench.ask("GET", "/keys?limit=5").send().await.ok(200);
    let event = last(&bench).await;
    assert_eq!(event["requestData"]["requestURI"], "/api/v2/keys?limit=5");
    assert_eq!(event["responseData"], json!({"totalResources": 2}));
    bench.ask("HEAD", "/keys").send().await.ok(200);
    assert_eq!(last(&bench).await["responseData"]["totalResources"], 2);

    let policy = |access: bool| {
        collection(json!({
            "policy_type": "keyCreateImportAccess",
            "policy_data": {"enabled": true, "attributes": {
                "create_root_key": access, "create_standard_key": true, "import_root_key": true,
                "import_standard_key": true, "enforce_token": false,
            }},
        }))
    };
    for access in [true, false] {
        let put = bench.ask("PUT", "/instance/policies").json(&policy(access));
        put.send().await.ok(204);
    }
    let event = last(&bench).await;
    assert_eq!(event["initialValue"], json!({"PolicyKCIAAttrCRK": true}));
    assert_eq!(event["newValue"], json!({"PolicyKCIAAttrCRK": false}));

    let body = json!({"expiration": 300, "maxAllowedRetrievals": 3});
    bench
        .ask("POST", "/import_token")
        .json(&body)
        .send()
        .await
        .ok(200);
    bench.ask("GET", "/import_token").send().await.ok(200);
    let event = last(&bench).await;
    assert_eq!(event["responseData"]["maxAllowedRetrievals"], 3);
    assert_eq!(event["responseData"]["remainingRetrievals"], 2);
}

#[tokio::test]
async fn requests_that_lead_nowhere_leave_an_event_too() {
    let bench = Bench::new().await;
    let key = bench.root_key().await;
    for (method, path, status, action) in [
        ("PUT", "/keys".to_owned(), 405, "kms.secrets.default"),
        (
            "PUT",
            format!("/keys/{key}/aliases/a"),
            405,
            "kms.secrets-alias.request",
        ),
        (
            "PATCH",
            format!("/keys/{key}/policies"),
            405,
            "kms.policies.default",
        ),
        (
            "PATCH",
            "/instance/policies".to_owned(),
            405,
            "kms.instance-policies.request",
        ),
        (
            "PUT",
            "/key_rings/a".to_owned(),
            405,
            "kms.key-rings.request",
        ),
        (
            "PUT",
            "/import_token".to_owned(),
            405,
            "kms.import-token.request",
        ),
        (
            "PUT",
            "/keys/registrations".to_owned(),
            405,
            "kms.registrations.default",
        ),
        (
            "PUT",
            "/kmip_adapters".to_owned(),
            405,
            "kms.kmip-management.default",
        ),
        (
            "GET",
            format!("/keys/{key}/nothing"),
            404,
            "kms.secrets.default",
        ),
    ] {
        let answer = bench.ask(method, &path).send().await;
        assert_eq!(answer.status, status, "{method} {path}: {answer:?}");
        let event = last(&bench).await;
        assert_eq!(event["action"], action, "{method} {path}");
        assert_eq!(event["reason"]["reasonCode"], status);
        assert_eq!(event["requestData"]["requestURI"], format!("/api/v2{path}"));
    }
    let count = events(&bench, "limit=1000").await.len();
    bench.bare("PUT", "/api/v2/keys").send().await.ok(405);
    bench.bare("GET", "/nothing").send().await.ok(404);
    // The one more is that of asking
    assert_eq!(events(&bench, "limit=1000").await.len(), count + 1);
}
