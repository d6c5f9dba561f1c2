//! Roles, policies, authorizations between services.

use serde_json::json;

use crate::harness::{Bench, collection};
use crate::identities::storage_crn;

#[tokio::test]
async fn every_operation_is_open_to_exactly_the_roles_of_the_table() {
    let table = include_str!("../roles.tsv");
    let mut lines = table.lines().filter(|line| !line.starts_with('#'));
    let roles: Vec<_> = lines.next().unwrap().split('\t').skip(2).collect();
    let bench = Bench::new().await;
    let mut tokens = Vec::new();
    for name in &roles {
        tokens.push(match *name {
            "none" => bench.token_of("IBMid-none").await,
            name => bench.user_with(name, name).await,
        });
    }
    let standard = bench
        .create(json!({"name": "standard", "extractable": true}))
        .await;
    let mut cells = 0;
    for line in lines {
        let mut fields = line.split('\t');
        let (method, path) = (fields.next().unwrap(), fields.next().unwrap());
        let method = ["HEAD", "GET", "POST", "PUT", "PATCH", "DELETE"]
            .into_iter()
            .find(|known| *known == method)
            .unwrap();
        for (expected, (name, token)) in fields.zip(roles.iter().zip(&tokens)) {
            let key = bench.root_key().await;
            if path.contains("{old}") {
                bench
                    .ask("DELETE", &format!("/keys/{key}"))
                    .send()
                    .await
                    .ok(204);
            }
            let path = path.replace("{key}", &key).replace("{old}", &key);
            let path = path.replace("{std}", &standard);
            let status = bench.ask_as(token, method, &path).send().await.status;
            let allowed = if status == 401 { "-" } else { "x" };
            assert_eq!(allowed, expected, "{method} {path} as {name}: {status}");
            cells += 1;
        }
    }
    println!("{cells} cells of operations and roles");
    assert_eq!(cells, 56 * 7);
}

#[tokio::test]
async fn a_grant_on_one_key_or_ring_reaches_no_further() {
    let bench = Bench::new().await;
    bench.ask("POST", "/key_rings/orders").send().await.ok(201);
    let in_ring = bench
        .ask("POST", "/keys")
        .header("x-kms-key-ring", "orders");
    let key = collection(json!({"name": "in ring", "extractable": false}));
    let in_ring = in_ring.json(&key).send().await.ok(201);
    let in_ring = in_ring.resource()["id"].as_str().unwrap().to_owned();
    let (one, other) = (bench.root_key().await, bench.root_key().await);

    bench
        .grant(
            "IBMid-key",
            "Reader",
            json!({"resourceType": "key", "resource": one}),
        )
        .await;
    let token = bench.token_of("IBMid-key").await;
    let wrap = |token: &str, key: &str| {
        bench
            .ask_as(token, "POST", &format!("/keys/{key}/actions/wrap"))
            .send()
    };
    wrap(&token, &one).await.ok(200);
    wrap(&token, &other).await.refused(401, "");
    wrap(&token, "02fd6835-6001-4482-a892-13bd2085f75d")
        .await
        .refused(401, "");
    bench
        .ask_as(&token, "GET", "/keys")
        .send()
        .await
        .refused(401, "");

    bench
        .grant("IBMid-ring", "Writer", json!({"keyRing": "orders"}))
        .await;
    let token = bench.token_of("IBMid-ring").await;
    wrap(&token, &in_ring).await.ok(200);
    wrap(&token, &one).await.refused(401, "");
    let list = bench.ask_as(&token, "GET", "/keys").send().await.ok(200);
    assert_eq!(list.json["metadata"]["collectionTotal"], 1);
    assert_eq!(list.resource()["id"], in_ring);
    bench
        .ask_as(&token, "POST", "/keys")
        .json(&key)
        .send()
        .await
        .refused(401, "");
    let ask = bench
        .ask_as(&token, "POST", "/keys")
        .header("x-kms-key-ring", "orders");
    ask.json(&key).send().await.ok(201);
}

/// The walk through the documents that the service follows: authorize a source service, let it use
/// the root keys, refuse it without the authorization, from elsewhere, and after its removal.
#[tokio::test]
async fn a_service_uses_root_keys_as_long_as_it_is_authorized() {
    let bench = Bench::new().await;
    let key = bench.root_key().await;
    let account = bench.service.account();
    let near = bench
        .token_of(&format!("crn-{}", storage_crn(account, "us-south")))
        .await;
    let global = bench
        .token_of(&format!("crn-{}", storage_crn(account, "global")))
        .await;
    let far = bench
        .token_of(&format!("crn-{}", storage_crn(account, "eu-de")))
        .await;
    let other = storage_crn(&"f".repeat(32), "us-south");
    let other = bench.token_of(&format!("crn-{other}")).await;
    let wrap = |token: &str| {
        bench
            .ask_as(token, "POST", &format!("/keys/{key}/actions/wrap"))
            .send()
    };
    for token in [&near, &global, &far, &other] {
        wrap(token).await.refused(401, "");
    }
    let policy = bench.authorize(account, "cloud-object-storage").await;
    for token in [&near, &global] {
        let list = bench.ask_as(token, "GET", "/keys").send().await.ok(200);
        assert_eq!(list.resource()["id"], key);
        let wrapped = wrap(token).await.ok(200);
        let body = json!({"ciphertext": wrapped.json["ciphertext"]});
        let path = format!("/keys/{key}/actions/unwrap");
        bench
            .ask_as(token, "POST", &path)
            .json(&body)
            .send()
            .await
            .ok(200);
        let path = format!("/keys/{key}/actions/rotate");
        bench
            .ask_as(token, "POST", &path)
            .send()
            .await
            .refused(401, "");
    }
    for token in [&far, &other] {
        wrap(token).await.refused(401, "");
    }
    bench
        .iam("DELETE", &format!("/v2/policies/{policy}"))
        .send()
        .await
        .ok(204);
    for token in [&near, &global] {
        wrap(token).await.refused(401, "");
    }
}
