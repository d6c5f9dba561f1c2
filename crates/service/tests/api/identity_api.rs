//! The endpoints that change policies and identities.

use serde_json::json;

use crate::harness::{Bench, collection, token};
use crate::identities::{role, storage_crn};

#[tokio::test]
async fn both_versions_of_the_policy_api_show_the_same_policy() {
    let bench = Bench::new().await;
    let id = bench
        .authorize(bench.service.account(), "cloud-object-storage")
        .await;
    let two = bench
        .iam("GET", &format!("/v2/policies/{id}"))
        .send()
        .await
        .ok(200);
    assert_eq!(
        two.json["control"]["grant"]["roles"][0]["role_id"],
        role("Reader")
    );
    let one = bench
        .iam("GET", &format!("/v1/policies/{id}"))
        .send()
        .await
        .ok(200);
    assert_eq!(one.json["roles"][0]["role_id"], role("Reader"));
    assert_eq!(one.json["type"], "authorization");
    assert_eq!(one.header("etag"), two.header("etag"));
    let subject = one.json["subjects"][0]["attributes"].as_array().unwrap();
    assert!(subject.contains(&json!({
        "name": "serviceName", "value": "cloud-object-storage", "operator": "stringEquals",
    })));
    let path = format!(
        "/v1/policies?account_id={}&type=authorization",
        bench.service.account()
    );
    let list = bench.iam("GET", &path).send().await.ok(200);
    assert_eq!(list.json["policies"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_policy_is_replaced_under_its_etag_only() {
    let bench = Bench::new().await;
    let token = bench.user_with("worker", "Reader").await;
    let list = bench
        .iam("GET", "/v1/policies?iam_id=IBMid-worker")
        .send()
        .await
        .ok(200);
    let mut policy = list.json["policies"][0].clone();
    let path = format!("/v1/policies/{}", policy["id"].as_str().unwrap());
    let etag = bench
        .iam("GET", &path)
        .send()
        .await
        .ok(200)
        .header("etag")
        .to_owned();
    policy["roles"] = json!([{"role_id": role("Writer")}]);
    let put = || bench.iam("PUT", &path).json(&policy);
    put().send().await.ok(412);
    put().header("if-match", "\"99\"").send().await.ok(412);
    let create = collection(json!({"name": "made", "extractable": false}));
    bench
        .ask_as(&token, "POST", "/keys")
        .json(&create)
        .send()
        .await
        .refused(401, "");
    put().header("if-match", &etag).send().await.ok(200);
    bench
        .ask_as(&token, "POST", "/keys")
        .json(&create)
        .send()
        .await
        .ok(201);
    put().header("if-match", &etag).send().await.ok(412);
}

#[tokio::test]
async fn policies_that_say_nothing_or_too_much_are_refused() {
    let bench = Bench::new().await;
    let attribute = |name: &str, value: &str| json!({"name": name, "value": value});
    let good = json!({
        "type": "access",
        "subjects": [{"attributes": [attribute("iam_id", "IBMid-1")]}],
        "roles": [{"role_id": role("Reader")}],
        "resources": [{"attributes": [
            attribute("accountId", bench.service.account()),
            attribute("serviceName", "kms"),
        ]}],
    });
    let post = |body: &serde_json::Value| bench.iam("POST", "/v1/policies").json(body).send();
    for (pointer, value) in [
        ("/type", json!("other")),
        ("/type", json!("authorization")),
        ("/roles", json!([])),
        (
            "/roles/0/role_id",
            json!("crn:v1:bluemix:public:iam::::role:Administrator"),
        ),
        ("/subjects", json!([])),
        ("/subjects/0/attributes", json!([])),
        ("/resources/0/attributes/0/value", json!("another account")),
        (
            "/resources/0/attributes/1/value",
            json!("cloud-object-storage"),
        ),
        ("/resources/0/attributes/1/name", json!("colour")),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = value.clone();
        let answer = post(&bad).await;
        assert_eq!(answer.status, 400, "{pointer} {value}: {answer:?}");
        assert_eq!(answer.json["status_code"], 400);
        assert!(answer.json["errors"][0]["code"].is_string());
    }
    post(&good).await.ok(201);
    post(&good).await.ok(409);
}

#[tokio::test]
async fn who_may_change_policies_and_identities() {
    let bench = Bench::new().await;
    let (reader, manager) = (
        bench.user_with("reader", "Reader").await,
        bench.user_with("manager", "Manager").await,
    );
    let service = format!("crn-{}", storage_crn(bench.service.account(), "us-south"));
    let service = bench.token_of(&service).await;
    let attribute = |name: &str, value: &str| json!({"name": name, "value": value});
    let policy = |role_name: &str, instance: &str| {
        json!({
            "type": "access",
            "subjects": [{"attributes": [attribute("iam_id", "IBMid-friend")]}],
            "roles": [{"role_id": role(role_name)}],
            "resources": [{"attributes": [
                attribute("accountId", bench.service.account()),
                attribute("serviceName", "kms"),
                attribute("serviceInstance", instance),
            ]}],
        })
    };
    let own = bench.service.instance();
    let other = "02fd6835-6001-4482-a892-13bd2085f75d";
    for (token, role_name, instance, status) in [
        (&reader, "Reader", own, 403),
        (&service, "Reader", own, 403),
        (&manager, "KeyPurge", own, 403),
        (&manager, "Reader", other, 403),
        (&manager, "Reader", own, 201),
        (&bench.token, "KeyPurge", own, 201),
    ] {
        let body = policy(role_name, instance);
        let answer = bench
            .iam_as(token, "POST", "/v1/policies")
            .json(&body)
            .send()
            .await;
        assert_eq!(answer.status, status, "{role_name} {instance}");
    }
    let body = json!({"name": "key", "iam_id": "IBMid-friend"});
    bench
        .iam_as(&manager, "POST", "/v1/apikeys")
        .json(&body)
        .send()
        .await
        .ok(403);
    bench
        .iam_as(&manager, "POST", "/v1/serviceids")
        .json(&body)
        .send()
        .await
        .ok(403);
    let body = json!({"name": "key", "iam_id": "IBMid-manager"});
    bench
        .iam_as(&manager, "POST", "/v1/apikeys")
        .json(&body)
        .send()
        .await
        .ok(201);
    bench
        .iam_as("nonsense", "GET", "/v1/policies")
        .send()
        .await
        .ok(401);
    bench.bare("GET", "/v1/apikeys").send().await.ok(401);
    bench
        .iam_as(&service, "GET", "/v1/policies")
        .send()
        .await
        .ok(403);
}

#[tokio::test]
async fn a_service_id_works_until_it_is_removed() {
    let bench = Bench::new().await;
    let body = json!({"name": "worker"});
    let made = bench
        .iam("POST", "/v1/serviceids")
        .json(&body)
        .send()
        .await
        .ok(201);
    let (id, iam_id) = (made.text("id"), made.text("iam_id"));
    bench.grant(&iam_id, "Reader", json!({})).await;
    let body = json!({"name": "key", "iam_id": iam_id});
    let key = bench
        .iam("POST", "/v1/apikeys")
        .json(&body)
        .send()
        .await
        .ok(201)
        .text("apikey");
    let first = token(&bench.service, &key).await;
    bench.ask_as(&first, "GET", "/keys").send().await.ok(200);
    let list = bench
        .iam("GET", &format!("/v1/apikeys?iam_id={iam_id}"))
        .send()
        .await
        .ok(200);
    assert_eq!(list.json["apikeys"].as_array().unwrap().len(), 1);
    assert!(
        list.json["apikeys"][0]["apikey"].is_null(),
        "a key is shown once"
    );
    bench
        .iam("DELETE", &format!("/v1/serviceids/{id}"))
        .send()
        .await
        .ok(204);
    bench
        .iam("GET", &format!("/v1/serviceids/{id}"))
        .send()
        .await
        .ok(404);
    let form = format!("grant_type=urn:ibm:params:oauth:grant-type:apikey&apikey={key}");
    bench
        .bare("POST", "/identity/token")
        .text(&form)
        .send()
        .await
        .ok(400);
}

#[tokio::test]
async fn removing_an_api_key_ends_its_refresh_tokens() {
    let bench = Bench::new().await;
    let body = json!({"name": "key", "iam_id": "IBMid-1"});
    let made = bench
        .iam("POST", "/v1/apikeys")
        .json(&body)
        .send()
        .await
        .ok(201);
    let (id, key) = (made.text("id"), made.text("apikey"));
    let form = format!("grant_type=urn:ibm:params:oauth:grant-type:apikey&apikey={key}");
    let tokens = bench
        .bare("POST", "/identity/token")
        .text(&form)
        .send()
        .await
        .ok(200);
    let form = format!(
        "grant_type=refresh_token&refresh_token={}",
        tokens.text("refresh_token")
    );
    bench
        .bare("POST", "/identity/token")
        .text(&form)
        .send()
        .await
        .ok(200);
    bench
        .iam("DELETE", &format!("/v1/apikeys/{id}"))
        .send()
        .await
        .ok(204);
    bench
        .bare("POST", "/identity/token")
        .text(&form)
        .send()
        .await
        .ok(400);
}

#[tokio::test]
async fn an_api_key_is_for_an_identity_that_can_be() {
    let bench = Bench::new().await;
    for iam_id in [
        "",
        "somebody",
        "IBMid-",
        "IBMid-a b",
        "iam-ServiceId-none",
        "crn-nonsense",
    ] {
        let body = json!({"name": "key", "iam_id": iam_id});
        bench
            .iam("POST", "/v1/apikeys")
            .json(&body)
            .send()
            .await
            .ok(400);
    }
}
