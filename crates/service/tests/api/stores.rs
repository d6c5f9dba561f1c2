//! What every store promises, asked of each one.

use std::sync::Arc;

use tsutsumi_service::{Change, MemoryStore, SqliteStore, Store, StoreError, Write};

fn write(id: &str, change: Change) -> Write {
    Write::new("thing", id.to_owned(), change)
}

fn insert(id: &str, body: &str) -> Write {
    write(id, Change::Insert(format!("\"{body}\"").into_bytes()))
}

fn update(id: &str, revision: u64, body: &str) -> Write {
    write(
        id,
        Change::Update(revision, format!("\"{body}\"").into_bytes()),
    )
}

async fn ids(store: &dyn Store, prefix: &str, after: &str, limit: usize) -> Vec<String> {
    let rows = store.scan("thing", prefix, after, limit).await.unwrap();
    rows.into_iter().map(|row| row.id).collect()
}

async fn keeps_its_promises(store: Arc<dyn Store>) {
    assert_eq!(store.get("thing", "a").await.unwrap(), None);
    store
        .commit(vec![insert("a", "one"), insert("b", "two")])
        .await
        .unwrap();
    let row = store.get("thing", "a").await.unwrap().unwrap();
    assert_eq!(
        (row.id.as_str(), row.revision, &row.body[..]),
        ("a", 1, &b"\"one\""[..])
    );
    assert_eq!(store.get("other", "a").await.unwrap(), None);

    let conflict = Err(StoreError::Conflict);
    assert_eq!(store.commit(vec![insert("a", "again")]).await, conflict);
    assert_eq!(store.commit(vec![update("a", 2, "early")]).await, conflict);
    assert_eq!(store.commit(vec![update("c", 1, "absent")]).await, conflict);
    assert_eq!(
        store.commit(vec![write("b", Change::Remove(7))]).await,
        conflict
    );
    store.commit(vec![update("a", 1, "new")]).await.unwrap();
    assert_eq!(store.get("thing", "a").await.unwrap().unwrap().revision, 2);

    let half = vec![insert("c", "three"), update("a", 1, "stale")];
    assert_eq!(store.commit(half).await, conflict);
    assert_eq!(
        store.get("thing", "c").await.unwrap(),
        None,
        "nothing of a refused batch stays"
    );

    store
        .commit(vec![write("b", Change::Remove(1))])
        .await
        .unwrap();
    assert_eq!(store.get("thing", "b").await.unwrap(), None);
    scans_in_order(&*store).await;
    has_one_winner(store).await;
}

async fn scans_in_order(store: &dyn Store) {
    let names = ["s/1", "s/10", "s/2", "s/ü", "s/\u{10FFFD}", "t/1", "s"];
    store
        .commit(names.iter().map(|name| insert(name, "x")).collect())
        .await
        .unwrap();
    let all = ["s/1", "s/10", "s/2", "s/ü", "s/\u{10FFFD}"];
    assert_eq!(ids(store, "s/", "", 100).await, all);
    assert_eq!(ids(store, "s/", "", 2).await, all[..2]);
    assert_eq!(ids(store, "s/", "s/10", 100).await, all[2..]);
    assert_eq!(ids(store, "s/", "s/\u{10FFFD}", 100).await, [""; 0]);
    assert_eq!(ids(store, "nothing", "", 100).await, [""; 0]);
}

async fn has_one_winner(store: Arc<dyn Store>) {
    store.commit(vec![insert("race", "start")]).await.unwrap();
    let racers = (0..20).map(|n| {
        let store = Arc::clone(&store);
        tokio::spawn(async move { store.commit(vec![update("race", 1, &n.to_string())]).await })
    });
    let mut won = 0;
    for racer in racers.collect::<Vec<_>>() {
        match racer.await.unwrap() {
            Ok(()) => won += 1,
            Err(error) => assert_eq!(error, StoreError::Conflict),
        }
    }
    assert_eq!(won, 1);
    assert_eq!(
        store.get("thing", "race").await.unwrap().unwrap().revision,
        2
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_memory_store_keeps_its_promises() {
    keeps_its_promises(Arc::new(MemoryStore::default())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sqlite_store_keeps_its_promises_and_its_rows() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("service.db");
    let store = SqliteStore::open(&path).await.unwrap();
    keeps_its_promises(Arc::new(store.clone())).await;
    let copy = directory.path().join("copy.db");
    store.backup(&copy).await.unwrap();
    assert_eq!(
        store.backup(&copy).await,
        Err(StoreError::Unavailable),
        "a copy is never replaced"
    );
    store.close().await;
    for path in [path, copy] {
        let again = SqliteStore::open(&path).await.unwrap();
        assert_eq!(
            again.get("thing", "race").await.unwrap().unwrap().revision,
            2
        );
        #[cfg(unix)]
        {
            let mode = std::fs::metadata(&path).unwrap();
            let mode = std::os::unix::fs::PermissionsExt::mode(&mode.permissions());
            assert_eq!(mode & 0o777, 0o600);
        }
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("service.db");
    std::fs::write(
        &path,
        "this is a text, and no database at all, however long it may be",
    )
    .unwrap();
    assert!(SqliteStore::open(&path).await.is_err());
}
