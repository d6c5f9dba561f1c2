//! Policies of the instance, each enforced.

use axum::http::Request;
use serde_json::{Value, json};
use tower::ServiceExt;
use tsutsumi_service::Peer;

use crate::harness::{Answer, Bench, collection};

async fn put(bench: &Bench, policy_type: &str, enabled: bool, attributes: Value) -> Answer {
    let mut data = json!({"enabled": enabled});
    if !attributes.is_null() {
        data["attributes"] = attributes;
    }
    let body = collection(json!({"policy_type": policy_type, "policy_data": data}));
    let path = format!("/instance/policies?policy={policy_type}");
    bench.ask("PUT", &path).json(&body).send().await
}

/// The status of a list of keys that comes from an address.
async fn list_from(bench: &Bench, address: [u8; 4], private: bool) -> u16 {
    let request = Request::get("/api/v2/keys")
        .header("authorization", format!("Bearer {}", bench.token))
        .header("bluemix-instance", bench.service.instance())
        .extension(Peer::new(address.into(), private))
        .body(axum::body::Body::empty())
        .unwrap();
    bench
        .service
        .router()
        .oneshot(request)
        .await
        .unwrap()
        .status()
        .as_u16()
}

#[tokio::test]
async fn policies_are_set_and_shown() {
    let bench = Bench::new().await;
    let none = bench.ask("GET", "/instance/policies").send().await.ok(200);
    assert_eq!(none.json["metadata"]["collectionTotal"], 0);
    put(&bench, "rotation", true, json!({"interval_month": 4}))
        .await
        .ok(204);
    put(&bench, "metrics", true, Value::Null).await.ok(204);
    let all = bench.ask("GET", "/instance/policies").send().await.ok(200);
    assert_eq!(all.json["metadata"]["collectionTotal"], 2);
    let one = bench
        .ask("GET", "/instance/policies?policy=rotation")
        .send()
        .await
        .ok(200);
    let shown = one.resource();
    assert_eq!(shown["policy_type"], "rotation");
    let data = json!({"enabled": true, "attributes": {"interval_month": 4}});
    assert_eq!(shown["policy_data"], data);
    assert!(shown["creationDate"].is_string() && shown["lastUpdated"].is_string());
    put(&bench, "rotation", false, Value::Null).await.ok(204);
    let off = bench
        .ask("GET", "/instance/policies?policy=rotation")
        .send()
        .await
        .ok(200);
    assert_eq!(off.resource()["policy_data"], json!({"enabled": false}));
}

#[tokio::test]
async fn attributes_must_fit_their_policy() {
    let bench = Bench::new().await;
    for (policy_type, enabled, attributes) in [
        ("rotation", true, Value::Null),
        ("rotation", true, json!({"interval_month": 13})),
        ("rotation", false, json!({"interval_month": 3})),
        ("metrics", true, json!({"interval_month": 3})),
        ("allowedNetwork", true, json!({"allowed_network": "moon"})),
        ("allowedNetwork", true, Value::Null),
        ("allowedIP", true, json!({"allowed_ip": []})),
        ("allowedIP", true, json!({"allowed_ip": ["1.2.3.4/33"]})),
        ("dualAuthDelete", true, json!({"enforce_token": true})),
    ] {
        let answer = put(&bench, policy_type, enabled, attributes.clone()).await;
        assert_eq!(
            answer.code(),
            "INVALID_FIELD_ERR",
            "{policy_type} {attributes}: {answer:?}"
        );
    }
    put(
        &bench,
        "allowedNetwork",
        false,
        json!({"allowed_network": "private-only"}),
    )
    .await
    .ok(204);
    let refused = put(&bench, "colour", true, Value::Null).await;
    refused.refused(400, "INVALID_QUERY_PARAM_ERR");
    put(&bench, "metrics", true, json!({"colour": 1}))
        .await
        .refused(400, "BAD_BODY_ERR");
}

#[tokio::test]
async fn new_keys_inherit_rotation_and_dual_authorisation() {
    let bench = Bench::new().await;
    let before = bench.root_key().await;
    put(&bench, "rotation", true, json!({"interval_month": 4}))
        .await
        .ok(204);
    put(&bench, "dualAuthDelete", true, Value::Null)
        .await
        .ok(204);
    let bench = &bench;
    let shown = |id: String| async move { bench.ask("GET", &format!("/keys/{id}")).send().await };
    let old = shown(before).await;
    assert!(old.resource()["rotation"].is_null());
    let new = shown(bench.root_key().await).await;
    assert_eq!(
        new.resource()["rotation"],
        json!({"enabled": true, "interval_month": 4})
    );
    assert_eq!(new.resource()["dualAuthDelete"]["enabled"], true);
    let key = collection(json!({
        "name": "other", "extractable": false, "rotation": {"enabled": true, "interval_month": 9},
    }));
    let other = bench
        .ask("POST", "/keys_with_policy_overrides")
        .json(&key)
        .send()
        .await
        .ok(201);
    assert_eq!(other.resource()["rotation"]["interval_month"], 9);
    let standard = bench
        .create(json!({"name": "standard", "extractable": true}))
        .await;
    assert!(shown(standard).await.resource()["rotation"].is_null());
}

#[tokio::test]
async fn creating_and_importing_can_be_forbidden_kind_by_kind() {
    let bench = Bench::new().await;
    let payload = "AAECAwQFBgcICQoLDA0ODw==";
    let kinds = [
        (
            "create_root_key",
            json!({"name": "key", "extractable": false}),
        ),
        (
            "create_standard_key",
            json!({"name": "key", "extractable": true}),
        ),
        (
            "import_root_key",
            json!({"name": "key", "extractable": false, "payload": payload}),
        ),
        (
            "import_standard_key",
            json!({"name": "key", "extractable": true, "payload": payload}),
        ),
    ];
    let imported = bench.create(kinds[2].1.clone()).await;
    for (forbidden, _) in &kinds {
        put(
            &bench,
            "keyCreateImportAccess",
            true,
            json!({*forbidden: false}),
        )
        .await
        .ok(204);
        for (kind, key) in &kinds {
            let answer = bench
                .ask("POST", "/keys")
                .json(&collection(key.clone()))
                .send()
                .await;
            if kind == forbidden {
                answer.refused(409, "KEY_CREATE_IMPORT_ACCESS_ERR");
            } else {
                assert_eq!(answer.status, 201, "{kind} while {forbidden} is off");
            }
        }
    }
    put(
        &bench,
        "keyCreateImportAccess",
        true,
        json!({"enforce_token": true}),
    )
    .await
    .ok(204);
    let body = collection(kinds[2].1.clone());
    let plain = bench.ask("POST", "/keys").json(&body).send().await;
    plain.refused(409, "KEY_CREATE_IMPORT_ACCESS_ERR");
    let rotated = bench
        .act(&imported, "rotate", &json!({"payload": payload}))
        .await;
    rotated.refused(409, "KEY_CREATE_IMPORT_ACCESS_ERR");
    put(&bench, "keyCreateImportAccess", false, Value::Null)
        .await
        .ok(204);
    bench.ask("POST", "/keys").json(&body).send().await.ok(201);
}

#[tokio::test]
async fn requests_from_elsewhere_are_refused() {
    let bench = Bench::new().await;
    let (near, far) = ([10, 0, 0, 1], [203, 0, 113, 9]);
    put(
        &bench,
        "allowedIP",
        true,
        json!({"allowed_ip": ["10.0.0.0/8", "::1"]}),
    )
    .await
    .ok(204);
    assert_eq!(list_from(&bench, near, false).await, 200);
    assert_eq!(list_from(&bench, far, false).await, 401);
    put(&bench, "allowedIP", false, Value::Null).await.ok(204);
    assert_eq!(list_from(&bench, far, false).await, 200);
    put(
        &bench,
        "allowedNetwork",
        true,
        json!({"allowed_network": "private-only"}),
    )
    .await
    .ok(204);
    assert_eq!(list_from(&bench, near, false).await, 401);
    assert_eq!(list_from(&bench, far, true).await, 200);
}

#[tokio::test]
async fn the_private_port_is_told_while_addresses_are_limited() {
    let bench = Bench::new().await;
    bench.service.set_private_port(8441);
    let path = "/instance/allowed_ip_port";
    let open = bench.ask("GET", path).send().await.ok(200);
    assert_eq!(open.json["metadata"]["collectionTotal"], 0);
    put(
        &bench,
        "allowedIP",
        true,
        json!({"allowed_ip": ["10.0.0.0/8"]}),
    )
    .await
    .ok(204);
    let told = bench.ask("GET", path).send().await.ok(200);
    assert_eq!(*told.resource(), json!({"private_endpoint_port": 8441}));
}
