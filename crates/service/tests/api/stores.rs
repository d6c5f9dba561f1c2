//! What every store promises, asked of each one.

use std::sync::Arc;

use tsutsumi_service::{
    Change, MemoryStore, PostgresStore, RecentStore, SqliteStore, Store, StoreError, Write,
};

use crate::harness::Bench;
use crate::postgres::Postgres;
use crate::stores_finding;

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
    takes_large_batches(&*store).await;
    takes_any_id(&*store).await;
    stores_finding::finds_by_facets(&*store).await;
    has_one_winner(store).await;
}

async fn takes_large_batches(store: &dyn Store) {
    let names: Vec<String> = (0..150).map(|n| format!("many/{n:03}")).collect();
    let batch = |names: &[String]| names.iter().map(|name| insert(name, "x")).collect();
    let refused = [&names[..], &["a".to_owned()]].concat();
    assert_eq!(
        store.commit(batch(&refused)).await,
        Err(StoreError::Conflict)
    );
    assert_eq!(ids(store, "many/", "", 1000).await, [""; 0]);
    store.commit(batch(&names)).await.unwrap();
    assert_eq!(ids(store, "many/", "", 1000).await, names);
}

async fn takes_any_id(store: &dyn Store) {
    let odd = "odd/\0' ; -- \u{1F511}%_";
    assert_eq!(store.get("thing", odd).await.unwrap(), None);
    store.commit(vec![insert(odd, "x")]).await.unwrap();
    assert_eq!(store.get("thing", odd).await.unwrap().unwrap().id, odd);
    assert_eq!(ids(store, "odd/\0", "", 10).await, [odd]);
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
async fn a_store_of_recent_rows_keeps_the_same_promises() {
    let store = RecentStore::new(Arc::new(MemoryStore::default()));
    keeps_its_promises(Arc::new(store)).await;
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

#[tokio::test(flavor = "multi_thread")]
async fn the_postgres_store_keeps_its_promises_and_its_rows() {
    let server = Postgres::start(&["fsync=off"]);
    server.create("rows");
    let url = server.url("rows");
    // As many replicas do, several open a new database at once
    let opening: Vec<_> = (0..4)
        .map(|_| {
            let url = url.clone();
            tokio::spawn(async move { PostgresStore::open(&url).await })
        })
        .collect();
    let mut stores = Vec::new();
    for opened in opening {
        stores.push(opened.await.unwrap().unwrap());
    }
    keeps_its_promises(Arc::new(stores[0].clone())).await;
    for store in &stores {
        let row = store.get("thing", "race").await.unwrap().unwrap();
        assert_eq!(row.revision, 2, "what one has written, all read");
    }
    // Connections that the server has closed are opened again, to read and to write
    let close = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'rows'";
    for (store, revision) in stores.iter().zip(2..) {
        server.query("postgres", close);
        let batch = vec![
            insert(&format!("fresh/{revision}"), "x"),
            update("race", revision, "again"),
        ];
        store.commit(batch).await.unwrap();
        server.query("postgres", close);
        let row = store.get("thing", "race").await.unwrap().unwrap();
        assert_eq!(row.revision, revision + 1, "written once");
    }
    assert_eq!(ids(&stores[0], "fresh/", "", 10).await.len(), stores.len());
    for store in &stores {
        store.close().await;
    }
    let newer = "UPDATE _sqlx_migrations SET version = 99";
    server.query("rows", newer);
    let refused = PostgresStore::open(&url).await;
    assert_eq!(
        refused.unwrap_err(),
        StoreError::Corrupt,
        "a newer program's"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_without_facets_gets_them() {
    use sqlx::Connection as _;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("service.db");
    let bench = Bench::over(Arc::new(SqliteStore::open(&path).await.unwrap())).await;
    stores_finding::some_keys(&bench).await;
    let before = stores_finding::everything_asked(&bench).await;
    // The database as the first step had left it
    let mut connection = sqlx::SqliteConnection::connect(path.to_str().unwrap())
        .await
        .unwrap();
    let undo = "DROP TABLE facet; DROP TABLE facet_count; \
        DELETE FROM _sqlx_migrations WHERE version = 2";
    sqlx::raw_sql(undo).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let again = bench
        .again(Arc::new(SqliteStore::open(&path).await.unwrap()))
        .await;
    assert_eq!(stores_finding::everything_asked(&again).await, before);
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
