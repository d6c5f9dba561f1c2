//! What is stored, and what happens when it is altered.

use std::sync::Arc;

use base64ct::{Base64, Encoding};
use serde_json::{Value, json};
use tsutsumi::Secret;
use tsutsumi_service::{MemoryStore, Service, ServiceError};

use crate::harness::{Bench, bare, token};

/// Opens a changed copy of the bench's store.
async fn reopen(
    bench: &Bench,
    change: impl FnOnce(&mut Vec<Value>),
) -> Result<Service, ServiceError> {
    let mut rows: Vec<Value> = serde_json::from_slice(&bench.memory.dump()).unwrap();
    change(&mut rows);
    let dump = serde_json::to_vec(&rows).unwrap();
    let store = Arc::new(MemoryStore::from_dump(&dump).unwrap());
    Service::open(store, &bench.master, Arc::clone(&bench.clock)).await
}

async fn wrap_status(service: &Service, bench: &Bench, key: &str) -> u16 {
    let answer = bare(service, "POST", &format!("/api/v2/keys/{key}/actions/wrap"))
        .header(
            "authorization",
            &format!("Bearer {}", token(service, &bench.api_key).await),
        )
        .header("bluemix-instance", service.instance())
        .send()
        .await;
    answer.status.as_u16()
}

fn material<'a>(rows: &'a mut [Value], key: &str) -> &'a mut Value {
    let mut versions = rows.iter_mut().filter(|row| row["kind"] == "version");
    &mut versions.find(|row| row["body"]["key"] == key).unwrap()["body"]["material"]
}

#[tokio::test]
async fn swapped_material_is_noticed() {
    let bench = Bench::new().await;
    let (one, two) = (bench.root_key().await, bench.root_key().await);
    let same = reopen(&bench, |_| ()).await.unwrap();
    assert_eq!(wrap_status(&same, &bench, &one).await, 200);
    let swapped = reopen(&bench, |rows| {
        let (first, second) = (material(rows, &one).clone(), material(rows, &two).clone());
        *material(rows, &one) = second;
        *material(rows, &two) = first;
    });
    let swapped = swapped.await.unwrap();
    assert_eq!(wrap_status(&swapped, &bench, &one).await, 500);
    assert_eq!(wrap_status(&swapped, &bench, &two).await, 500);
}

#[tokio::test]
async fn altered_material_is_noticed() {
    let bench = Bench::new().await;
    let key = bench.root_key().await;
    let altered = reopen(&bench, |rows| {
        let mut bytes = Base64::decode_vec(material(rows, &key).as_str().unwrap()).unwrap();
        bytes[30] ^= 1;
        *material(rows, &key) = json!(Base64::encode_string(&bytes));
    });
    assert_eq!(
        wrap_status(&altered.await.unwrap(), &bench, &key).await,
        500
    );
}

#[tokio::test]
async fn an_altered_instance_key_or_signer_is_noticed_at_start() {
    let bench = Bench::new().await;
    for (kind, field) in [
        ("instance", "key"),
        ("account", "signer_key"),
        ("account", "activity_key"),
    ] {
        let altered = reopen(&bench, |rows| {
            let row = rows.iter_mut().find(|row| row["kind"] == kind).unwrap();
            let mut bytes = Base64::decode_vec(row["body"][field].as_str().unwrap()).unwrap();
            bytes[30] ^= 1;
            row["body"][field] = json!(Base64::encode_string(&bytes));
        });
        assert_eq!(
            altered.await.unwrap_err(),
            ServiceError::WrongMasterKey,
            "{kind}"
        );
    }
}

#[tokio::test]
async fn another_master_key_opens_nothing() {
    let bench = Bench::new().await;
    let other = Secret::generate().unwrap();
    let store = Arc::clone(&bench.memory) as _;
    let opened = Service::open(store, &other, Arc::clone(&bench.clock)).await;
    assert_eq!(opened.unwrap_err(), ServiceError::WrongMasterKey);
}

#[tokio::test]
async fn an_empty_store_holds_no_service_and_a_full_one_takes_no_second() {
    let bench = Bench::new().await;
    let empty = Service::open(
        Arc::new(MemoryStore::default()),
        &bench.master,
        Arc::default(),
    )
    .await;
    assert_eq!(empty.unwrap_err(), ServiceError::Missing);
    let store = Arc::clone(&bench.memory) as _;
    let again = Service::create(store, &bench.master, Arc::default(), Default::default()).await;
    assert!(matches!(again.unwrap_err(), ServiceError::Store(_)));
}

#[tokio::test]
async fn a_snapshot_brings_everything_back() {
    let bench = Bench::new().await;
    let key = bench.root_key().await;
    let wrapped = bench
        .act(&key, "wrap", &json!({"plaintext": "aGVsbG8="}))
        .await;
    let snapshot = bench.service.snapshot(&bench.memory).unwrap();
    let restored = Service::restore(&snapshot, &bench.master, Arc::clone(&bench.clock)).await;
    let (service, _store) = restored.unwrap();
    assert_eq!(service.instance(), bench.service.instance());
    let answer = bare(
        &service,
        "POST",
        &format!("/api/v2/keys/{key}/actions/unwrap"),
    )
    .header("authorization", &format!("Bearer {}", bench.token))
    .header("bluemix-instance", service.instance())
    .json(&json!({"ciphertext": wrapped.json["ciphertext"]}))
    .send()
    .await;
    assert_eq!(answer.json["plaintext"], "aGVsbG8=");
}

#[tokio::test]
async fn a_snapshot_opens_whole_and_with_its_master_key_only() {
    let bench = Bench::new().await;
    bench.root_key().await;
    let snapshot = bench.service.snapshot(&bench.memory).unwrap();
    let other = Secret::generate().unwrap();
    let wrong = Service::restore(&snapshot, &other, Arc::default()).await;
    assert_eq!(wrong.unwrap_err(), ServiceError::WrongMasterKey);
    for at in (0..snapshot.len()).step_by(97).chain([snapshot.len() - 1]) {
        let mut altered = snapshot.clone();
        altered[at] ^= 1;
        let opened = Service::restore(&altered, &bench.master, Arc::default()).await;
        assert!(opened.is_err(), "byte {at}");
    }
    for len in [0, 10, 28, 60, snapshot.len() - 1] {
        let opened = Service::restore(&snapshot[..len], &bench.master, Arc::default()).await;
        assert!(opened.is_err(), "length {len}");
    }
}

#[tokio::test]
async fn the_master_key_can_be_changed() {
    let bench = Bench::new().await;
    let key = bench.root_key().await;
    let wrapped = bench
        .act(&key, "wrap", &json!({"plaintext": "aGVsbG8="}))
        .await;
    let (new, other) = (Secret::generate().unwrap(), Secret::generate().unwrap());
    let before = bench.memory.dump();
    let refused = Service::rekey(&*bench.memory, &other, &new).await;
    assert_eq!(refused.unwrap_err(), ServiceError::WrongMasterKey);
    assert_eq!(
        bench.memory.dump(),
        before,
        "a refused change changes nothing"
    );
    Service::rekey(&*bench.memory, &bench.master, &new)
        .await
        .unwrap();
    let open = |master| {
        let store = Arc::clone(&bench.memory) as _;
        Service::open(store, master, Arc::clone(&bench.clock))
    };
    assert_eq!(
        open(&bench.master).await.unwrap_err(),
        ServiceError::WrongMasterKey
    );
    let service = open(&new).await.unwrap();
    let answer = bare(
        &service,
        "POST",
        &format!("/api/v2/keys/{key}/actions/unwrap"),
    )
    .header("authorization", &format!("Bearer {}", bench.token))
    .header("bluemix-instance", service.instance())
    .json(&json!({"ciphertext": wrapped.json["ciphertext"]}))
    .send()
    .await;
    assert_eq!(answer.json["plaintext"], "aGVsbG8=");
    assert!(
        service.verify_activity().await.unwrap().is_ok(),
        "events stay verifiable"
    );
}
