//! The API key that an embedded service keeps for its program.

use std::sync::Arc;

use serde_json::json;
use tsutsumi::Secret;
use tsutsumi_service::{Clock, MemoryStore, Options, Service};

use crate::harness::{Bench, token};

fn clock() -> Arc<Clock> {
    Arc::new(Clock::default())
}

#[tokio::test]
async fn the_kept_api_key_is_the_same_after_a_restart_and_a_new_master_key() {
    let master = Secret::<32>::generate().unwrap();
    let store = Arc::new(MemoryStore::default());
    let service = Service::create(store.clone(), &master, clock(), Options::default());
    let service = service.await.unwrap();
    let first = service.kept_api_key("kept").await.unwrap();
    let rows = store.dump();
    assert_eq!(service.kept_api_key("kept").await.unwrap(), first);
    assert!(store.dump() == rows, "nothing is issued twice");
    assert!(
        !rows
            .windows(first.len())
            .any(|part| part == first.as_bytes()),
        "the key is stored wrapped"
    );
    token(&service, &first).await;
    assert_ne!(service.issue_api_key("other").await.unwrap(), first);

    let snapshot = service.snapshot(&store).unwrap();
    let (again, store) = Service::restore(&snapshot, &master, clock()).await.unwrap();
    assert_eq!(again.kept_api_key("kept").await.unwrap(), first);
    let next = Secret::<32>::generate().unwrap();
    Service::rekey(&*store, &master, &next).await.unwrap();
    let rekeyed = Service::open(store, &next, clock()).await.unwrap();
    assert_eq!(rekeyed.kept_api_key("kept").await.unwrap(), first);
    token(&rekeyed, &first).await;
}

#[tokio::test]
async fn a_deleted_kept_api_key_is_replaced() {
    let bench = Bench::new().await;
    let first = bench.service.kept_api_key("kept").await.unwrap();
    let listed = bench.iam("GET", "/v1/apikeys").send().await.ok(200);
    let keys = listed.json["apikeys"].as_array().unwrap();
    let kept = keys
        .iter()
        .find(|key| key["name"] == json!("kept"))
        .unwrap();
    let path = format!("/v1/apikeys/{}", kept["id"].as_str().unwrap());
    bench.iam("DELETE", &path).send().await.ok(204);
    let second = bench.service.kept_api_key("kept").await.unwrap();
    assert_ne!(second, first);
    token(&bench.service, &second).await;
}
