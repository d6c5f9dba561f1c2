//! Registrations: written by services, read by users, in the way of deletion.

use serde_json::json;

use crate::harness::{Ask, Bench, collection};
use crate::identities::storage_crn;

/// A service that may read the instance's keys, and a bucket of it.
async fn storage(bench: &Bench) -> (String, String) {
    let account = bench.service.account();
    bench.authorize(account, "cloud-object-storage").await;
    let crn = storage_crn(account, "global");
    let bucket = format!("{}bucket:orders", crn.strip_suffix(':').unwrap());
    (bench.token_of(&format!("crn-{crn}")).await, bucket)
}

fn encode(crn: &str) -> String {
    crn.replace(':', "%3A").replace('/', "%2F")
}

fn register(bench: &Bench, token: &str, method: &'static str, key: &str, crn: &str) -> Ask {
    bench.ask_as(
        token,
        method,
        &format!("/keys/{key}/registrations/{}", encode(crn)),
    )
}

#[tokio::test]
async fn a_service_registers_its_resource_and_users_see_it() {
    let bench = Bench::new().await;
    let key = bench.root_key().await;
    let (service, bucket) = storage(&bench).await;
    let body = collection(json!({"description": "a bucket", "registrationMetadata": "own notes"}));
    let made = register(&bench, &service, "POST", &key, &bucket)
        .json(&body)
        .send()
        .await
        .ok(201);
    assert_eq!(made.resource()["registrationMetadata"], "own notes");
    let again = register(&bench, &service, "POST", &key, &bucket)
        .send()
        .await;
    again.refused(409, "REGISTRATION_EXISTS_ERR");
    for path in [
        format!("/keys/{key}/registrations"),
        "/keys/registrations".to_owned(),
    ] {
        let list = bench.ask("GET", &path).send().await.ok(200);
        let seen = list.resource();
        assert_eq!(seen["resourceCrn"], bucket);
        assert_eq!(seen["keyId"], key);
        assert_eq!(seen["keyVersion"]["id"], key);
        assert!(
            seen["registrationMetadata"].is_null(),
            "the notes are the service's own"
        );
        assert!(
            seen["createdBy"]
                .as_str()
                .unwrap()
                .starts_with("crn-crn:v1:")
        );
    }
    let start = bucket.rsplit_once(':').unwrap().0;
    for (query, count) in [
        (format!("urlEncodedResourceCRNQuery={}", encode(&bucket)), 1),
        (
            format!("urlEncodedResourceCRNQuery={}%3A*", encode(start)),
            1,
        ),
        (
            format!("urlEncodedResourceCRNQuery={}%3Aother", encode(start)),
            0,
        ),
        ("preventKeyDeletion=true".to_owned(), 0),
        ("preventKeyDeletion=false&totalCount=true".to_owned(), 1),
    ] {
        let list = bench
            .ask("GET", &format!("/keys/registrations?{query}"))
            .send()
            .await
            .ok(200);
        assert_eq!(list.json["metadata"]["collectionTotal"], count, "{query}");
    }
    let wild = "/keys/registrations?urlEncodedResourceCRNQuery=crn%3Av1%3A*";
    bench
        .ask("GET", wild)
        .send()
        .await
        .refused(400, "INVALID_QUERY_PARAM_ERR");
}

#[tokio::test]
async fn users_and_other_services_cannot_register() {
    let bench = Bench::new().await;
    let key = bench.root_key().await;
    let (service, bucket) = storage(&bench).await;
    let user = register(&bench, &bench.token, "POST", &key, &bucket)
        .send()
        .await;
    user.refused(403, "SERVICE_ONLY_ERR");
    let foreign = bucket.replace("11111111", "99999999");
    let other = register(&bench, &service, "POST", &key, &foreign)
        .send()
        .await;
    other.refused(403, "RESOURCE_OWNER_ERR");
    let text = register(&bench, &service, "POST", &key, "nonsense")
        .send()
        .await;
    text.refused(400, "INVALID_FIELD_ERR");
    let standard = bench
        .create(json!({"name": "standard", "extractable": true}))
        .await;
    let standard = register(&bench, &service, "POST", &standard, &bucket)
        .send()
        .await;
    standard.refused(422, "KEY_ROOT_REQ_REG_ERR");
    bench.act(&key, "disable", &json!(null)).await.ok(204);
    let disabled = register(&bench, &service, "POST", &key, &bucket)
        .send()
        .await;
    disabled.refused(422, "KEY_INVALID_STATE_ERR");
}

#[tokio::test]
async fn a_registered_key_is_deleted_by_force_and_a_retained_one_not_at_all() {
    let bench = Bench::new().await;
    let key = bench.root_key().await;
    let (service, bucket) = storage(&bench).await;
    let ask = |method| register(&bench, &service, method, &key, &bucket);
    let retain = |wanted: bool| collection(json!({"preventKeyDeletion": wanted}));
    ask("POST").json(&retain(true)).send().await.ok(201);
    let delete = |query: &str| bench.ask("DELETE", &format!("/keys/{key}{query}")).send();
    delete("").await.refused(409, "PREV_KEY_DEL_ERR");
    delete("?force=true").await.refused(409, "PREV_KEY_DEL_ERR");
    ask("PATCH").json(&retain(false)).send().await.ok(200);
    let blocked = delete("").await;
    blocked.refused(409, "PROTECTED_RESOURCE_ERR");
    let target = &blocked.resource()["reasons"][0]["target"];
    assert_eq!(*target, json!({"type": "query_param", "name": "force"}));
    delete("?force=true").await.ok(204);
    bench.clock.advance(31);
    bench
        .ask("POST", &format!("/keys/{key}/restore"))
        .send()
        .await
        .ok(201);
    ask("DELETE").send().await.ok(204);
    ask("DELETE")
        .send()
        .await
        .refused(404, "REGISTRATION_NOT_FOUND_ERR");
    delete("").await.ok(204);
}

#[tokio::test]
async fn a_service_acknowledges_newer_versions_only_and_under_the_etag() {
    let bench = Bench::new().await;
    let key = bench.root_key().await;
    let (service, bucket) = storage(&bench).await;
    let ask = |method| register(&bench, &service, method, &key, &bucket);
    let made = ask("POST").send().await.ok(201);
    let etag = made.header("etag").to_owned();
    let version = |id: &str| collection(json!({"keyVersionId": id}));
    ask("PATCH")
        .json(&version(&key))
        .send()
        .await
        .refused(422, "KEY_VERSION_INVALID");
    bench.act(&key, "rotate", &json!({})).await.ok(204);
    let read = bench.ask("GET", &format!("/keys/{key}")).send().await;
    let newest = read.resource()["keyVersion"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let stale = ask("PATCH")
        .header("if-match", "W/\"77\"")
        .json(&version(&newest));
    stale.send().await.refused(412, "PRECONDITION_FAILED_ERR");
    let fresh = ask("PATCH")
        .header("if-match", &format!("\"9\", {etag}"))
        .json(&version(&newest));
    let changed = fresh.send().await.ok(200);
    assert_eq!(changed.resource()["keyVersion"]["id"], newest);
    assert_ne!(changed.header("etag"), etag);
    ask("PATCH")
        .json(&version("no-version"))
        .send()
        .await
        .refused(422, "KEY_VERSION_INVALID");
}

#[tokio::test]
async fn sync_is_once_an_hour_for_registered_keys() {
    let bench = Bench::new().await;
    let key = bench.root_key().await;
    bench.act(&key, "sync", &json!(null)).await.ok(204);
    bench.act(&key, "sync", &json!(null)).await.ok(204);
    let (service, bucket) = storage(&bench).await;
    register(&bench, &service, "POST", &key, &bucket)
        .send()
        .await
        .ok(201);
    bench.act(&key, "sync", &json!(null)).await.ok(204);
    bench
        .act(&key, "sync", &json!(null))
        .await
        .refused(409, "REQ_TOO_EARLY_ERR");
}

#[tokio::test]
async fn a_service_acknowledges_that_a_key_is_deleted_in_the_older_way() {
    let bench = Bench::new().await;
    let key = bench.root_key().await;
    let (service, bucket) = storage(&bench).await;
    let made = register(&bench, &service, "POST", &key, &bucket);
    made.send().await.ok(201);
    let path = format!("/keys/{key}/registrations");
    let deactivate = |token: &str, crn: &str| {
        let ask = bench.ask_as(token, "POST", &format!("{path}?action=deactivate"));
        ask.json(&collection(json!({"resourceCrn": crn}))).send()
    };
    let early = deactivate(&service, &bucket).await;
    early.refused(422, "KEY_INVALID_STATE_ERR");
    let force = bench.ask("DELETE", &format!("/keys/{key}?force=true"));
    force.send().await.ok(204);

    let user = deactivate(&bench.token, &bucket).await;
    user.refused(403, "SERVICE_ONLY_ERR");
    let other = deactivate(&service, &format!("{bucket}-2")).await;
    other.refused(404, "REGISTRATION_NOT_FOUND_ERR");
    let foreign = bucket.replace("cloud-object-storage", "containers-kubernetes");
    let foreign = deactivate(&service, &foreign).await;
    foreign.refused(403, "RESOURCE_OWNER_ERR");
    for action in ["", "?action=sing"] {
        let ask = bench.ask_as(&service, "POST", &format!("{path}{action}"));
        ask.send().await.refused(400, "INVALID_QUERY_PARAM_ERR");
    }
    let empty = bench.ask_as(&service, "POST", &format!("{path}?action=deactivate"));
    empty.send().await.refused(400, "NO_BODY_ERR");

    deactivate(&service, &bucket).await.ok(204);
    deactivate(&service, &bucket).await.ok(204);
    // It stays on record, and a restored key is deleted without force
    let listed = bench.ask("GET", &path).send().await.ok(200);
    assert_eq!(listed.resource()["resourceCrn"], bucket);
    bench.clock.advance(31);
    let restore = bench.ask("POST", &format!("/keys/{key}/restore"));
    restore.send().await.ok(201);
    let delete = bench.ask("DELETE", &format!("/keys/{key}"));
    delete.send().await.ok(204);
}
