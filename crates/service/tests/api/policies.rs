//! Policies of keys, each enforced.

use serde_json::{Value, json};

use crate::harness::{Answer, Bench, collection};

fn body(policy: Value) -> Value {
    json!({
        "metadata": {
            "collectionType": "application/vnd.ibm.kms.policy+json",
            "collectionTotal": 1,
        },
        "resources": [policy],
    })
}

async fn put(bench: &Bench, key: &str, policy: Value) -> Answer {
    bench
        .ask("PUT", &format!("/keys/{key}/policies"))
        .json(&body(policy))
        .send()
        .await
}

#[tokio::test]
async fn policies_are_set_kept_and_shown() {
    let bench = Bench::new().await;
    let key = bench.root_key().await;
    let path = format!("/keys/{key}/policies");
    let none = bench.ask("GET", &path).send().await.ok(200);
    let empty = json!({"metadata": {
        "collectionType": "application/vnd.ibm.kms.policy+json", "collectionTotal": 0,
    }});
    assert_eq!(none.json, empty);
    let set = put(
        &bench,
        &key,
        json!({"rotation": {"enabled": true, "interval_month": 3}}),
    )
    .await;
    let set = set.ok(200);
    assert_eq!(
        set.resource()["rotation"],
        json!({"enabled": true, "interval_month": 3})
    );
    let crn = set.resource()["crn"].as_str().unwrap();
    assert!(crn.ends_with(&format!(
        ":policy:{}",
        set.resource()["id"].as_str().unwrap()
    )));
    let off = put(&bench, &key, json!({"rotation": {"enabled": false}}))
        .await
        .ok(200);
    assert_eq!(
        off.resource()["rotation"],
        json!({"enabled": false, "interval_month": 3})
    );
    assert_eq!(off.resource()["id"], set.resource()["id"]);
    let on = put(&bench, &key, json!({"rotation": {"interval_month": 5}}))
        .await
        .ok(200);
    assert_eq!(
        on.resource()["rotation"],
        json!({"enabled": true, "interval_month": 5})
    );
    put(&bench, &key, json!({"dualAuthDelete": {"enabled": false}}))
        .await
        .ok(200);
    let all = bench.ask("GET", &path).send().await.ok(200);
    assert_eq!(all.json["metadata"]["collectionTotal"], 2);
    let one = bench
        .ask("GET", &format!("{path}?policy=dualAuthDelete"))
        .send()
        .await
        .ok(200);
    assert_eq!(one.json["metadata"]["collectionTotal"], 1);
}

#[tokio::test]
async fn bodies_that_do_not_fit_are_refused() {
    let bench = Bench::new().await;
    let key = bench.root_key().await;
    let path = format!("/keys/{key}/policies");
    let rotation = json!({"rotation": {"enabled": true, "interval_month": 3}});
    let ask = |query: &str, body: &Value| {
        bench
            .ask("PUT", &format!("{path}{query}"))
            .json(body)
            .send()
    };
    let mismatch = ask("?policy=dualAuthDelete", &body(rotation.clone())).await;
    mismatch.refused(400, "BODY_QUERY_PARAM_MISMATCH_ERR");
    ask("?policy=colour", &body(rotation.clone()))
        .await
        .refused(400, "INVALID_QUERY_PARAM_ERR");
    let mut wrong = body(rotation.clone());
    wrong["metadata"]["collectionTotal"] = json!(2);
    ask("", &wrong)
        .await
        .refused(400, "COLLECTION_TOTAL_MISMATCH_ERR");
    wrong["resources"] = json!([rotation, rotation]);
    ask("?policy=rotation", &wrong)
        .await
        .refused(400, "NUM_COLLECTION_RESOURCE_ERR");
    ask("", &body(json!({"colour": {}})))
        .await
        .refused(400, "BAD_BODY_ERR");
    ask("", &body(json!({}))).await.refused(400, "BAD_BODY_ERR");
    for interval in [json!(0), json!(13), json!(-1)] {
        let policy = json!({"rotation": {"enabled": true, "interval_month": interval}});
        ask("", &body(policy))
            .await
            .refused(400, "INVALID_FIELD_ERR");
    }
    let standard = bench
        .create(json!({"name": "standard", "extractable": true}))
        .await;
    put(&bench, &standard, rotation.clone())
        .await
        .refused(400, "KEY_ROOT_REQ_ERR");
    let payload = "AAECAwQFBgcICQoLDA0ODw==";
    let imported = json!({"name": "byok", "extractable": false, "payload": payload});
    let imported = bench.create(imported).await;
    put(&bench, &imported, rotation)
        .await
        .refused(400, "INVALID_FIELD_ERR");
}

#[tokio::test]
async fn a_key_rotates_by_itself_when_its_policy_says_so() {
    let bench = Bench::new().await;
    let key = bench.root_key().await;
    put(
        &bench,
        &key,
        json!({"rotation": {"enabled": true, "interval_month": 1}}),
    )
    .await
    .ok(200);
    let wrapped = bench.act(&key, "wrap", &json!({})).await.ok(200);
    assert_eq!(wrapped.json["keyVersion"]["id"], key);
    for month in 1..=2 {
        bench.clock.advance(30 * 24 * 3600);
        let token = bench.fresh_token().await;
        let path = format!("/keys/{key}/actions/wrap");
        let again = bench.ask_as(&token, "POST", &path).send().await.ok(200);
        assert_ne!(again.json["keyVersion"]["id"], key);
        let path = format!("/keys/{key}/versions?totalCount=true");
        let versions = bench.ask_as(&token, "GET", &path).send().await.ok(200);
        assert_eq!(versions.json["metadata"]["totalCount"], month + 1);
    }
}

#[tokio::test]
async fn keys_nobody_asks_for_are_rotated_and_purged_by_the_sweep() {
    let bench = Bench::new().await;
    let (key, old) = (bench.root_key().await, bench.root_key().await);
    put(
        &bench,
        &key,
        json!({"rotation": {"enabled": true, "interval_month": 1}}),
    )
    .await
    .ok(200);
    bench
        .ask("DELETE", &format!("/keys/{old}"))
        .send()
        .await
        .ok(204);
    let quiet = bench.service.sweep().await.unwrap();
    assert_eq!((quiet.rotated, quiet.purged), (0, 0));
    bench.clock.advance(89 * 24 * 3600);
    let swept = bench.service.sweep().await.unwrap();
    assert_eq!((swept.rotated, swept.purged), (1, 0));
    bench.clock.advance(24 * 3600);
    let swept = bench.service.sweep().await.unwrap();
    assert_eq!((swept.rotated, swept.purged), (0, 1));
    let token = bench.fresh_token().await;
    let gone = bench
        .ask_as(&token, "GET", &format!("/keys/{old}"))
        .send()
        .await;
    gone.refused(404, "KEY_NOT_FOUND_ERR");
}

#[tokio::test]
async fn overrides_come_with_the_key() {
    let bench = Bench::new().await;
    let key = collection(json!({
        "name": "root", "extractable": false,
        "dualAuthDelete": {"enabled": true}, "rotation": {"enabled": true, "interval_month": 6},
    }));
    let made = bench
        .ask("POST", "/keys_with_policy_overrides")
        .json(&key)
        .send()
        .await
        .ok(201);
    assert_eq!(
        made.resource()["rotation"],
        json!({"enabled": true, "interval_month": 6})
    );
    assert_eq!(made.resource()["dualAuthDelete"]["enabled"], true);
    bench
        .ask("POST", "/keys")
        .json(&key)
        .send()
        .await
        .refused(400, "BAD_BODY_ERR");
}

#[tokio::test]
async fn a_key_under_dual_authorisation_takes_two_to_delete() {
    let bench = Bench::new().await;
    let second = bench.user_with("second", "Manager").await;
    let key = bench.root_key().await;
    let path = format!("/keys/{key}");
    bench
        .act(&key, "setKeyForDeletion", &json!(null))
        .await
        .refused(409, "NOT_DUAL_AUTH_ERR");
    put(&bench, &key, json!({"dualAuthDelete": {"enabled": true}}))
        .await
        .ok(200);
    let off = put(&bench, &key, json!({"dualAuthDelete": {"enabled": false}})).await;
    off.refused(400, "INVALID_FIELD_ERR");
    let delete = |token: &str| bench.ask_as(token, "DELETE", &path).send();
    delete(&bench.token)
        .await
        .refused(409, "AUTHORIZATIONS_NOT_MET");
    bench
        .act(&key, "setKeyForDeletion", &json!(null))
        .await
        .ok(204);
    let read = bench.ask("GET", &path).send().await.ok(200);
    assert_eq!(read.resource()["dualAuthDelete"]["keySetForDeletion"], true);
    assert!(read.resource()["dualAuthDelete"]["authExpiration"].is_string());
    delete(&bench.token)
        .await
        .refused(409, "AUTHORIZATIONS_NOT_MET");
    bench
        .act(&key, "unsetKeyForDeletion", &json!(null))
        .await
        .ok(204);
    delete(&second).await.refused(409, "AUTHORIZATIONS_NOT_MET");
    bench
        .act(&key, "setKeyForDeletion", &json!(null))
        .await
        .ok(204);
    bench.clock.advance(7 * 24 * 3600);
    let owner = bench.fresh_token().await;
    let body = json!({"name": "key", "iam_id": "IBMid-second"});
    let late = bench
        .iam_as(&owner, "POST", "/v1/apikeys")
        .json(&body)
        .send()
        .await
        .ok(201);
    let late = crate::harness::token(&bench.service, &late.text("apikey")).await;
    delete(&late).await.refused(409, "AUTHORIZATIONS_NOT_MET");
}

#[tokio::test]
async fn another_user_deletes_what_one_has_set_for_deletion() {
    let bench = Bench::new().await;
    let second = bench.user_with("second", "Manager").await;
    let key = bench.root_key().await;
    put(&bench, &key, json!({"dualAuthDelete": {"enabled": true}}))
        .await
        .ok(200);
    bench
        .act(&key, "setKeyForDeletion", &json!(null))
        .await
        .ok(204);
    bench
        .ask_as(&second, "DELETE", &format!("/keys/{key}"))
        .send()
        .await
        .ok(204);
}
