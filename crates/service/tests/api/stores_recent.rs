//! What a store that keeps recent rows promises: old answers for less than a second, and never
//! after a write of its own.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tsutsumi_service::{Change, MemoryStore, RecentStore, Store, Write};

const AGE_MAX: Duration = Duration::from_secs(1);

fn key(change: Change) -> Vec<Write> {
    vec![Write::new("key", "a".to_owned(), change)]
}

async fn revision(store: &dyn Store) -> Option<u64> {
    let row = store.recent("key", "a").await.unwrap();
    row.map(|row| row.revision)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_write_is_seen_within_a_second() {
    let shared: Arc<dyn Store> = Arc::new(MemoryStore::default());
    let store = RecentStore::new(Arc::clone(&shared));
    shared.commit(key(Change::Insert(vec![1]))).await.unwrap();
    let mut old = 0;
    for written in 1..=3 {
        assert_eq!(revision(&store).await, Some(written));
        shared
            .commit(key(Change::Update(written, vec![2])))
            .await
            .unwrap();
        let start = Instant::now();
        while revision(&store).await != Some(written + 1) {
            old += 1;
            assert!(start.elapsed() < AGE_MAX, "an answer is too old");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let now = store.get("key", "a").await.unwrap().unwrap();
        assert_eq!(now.revision, written + 1);
    }
    assert!(old > 0, "the control: answers are kept at all");
    shared.commit(key(Change::Remove(4))).await.unwrap();
    tokio::time::sleep(AGE_MAX).await;
    assert_eq!(revision(&store).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_it_writes_itself_is_seen_at_once() {
    let store = Arc::new(RecentStore::new(Arc::new(MemoryStore::default())));
    store.commit(key(Change::Insert(vec![1]))).await.unwrap();
    let reader = tokio::spawn({
        let store = Arc::clone(&store);
        async move {
            // Reads that meet writes must not leave what they read behind
            for _ in 0..100_000 {
                revision(&*store).await;
                tokio::task::yield_now().await;
            }
        }
    });
    for written in 1..=2000 {
        store
            .commit(key(Change::Update(written, vec![2])))
            .await
            .unwrap();
        assert_eq!(revision(&*store).await, Some(written + 1));
    }
    reader.await.unwrap();
    // Also when a write is refused, or only begun
    let refused = store.commit(key(Change::Update(1, vec![3]))).await;
    assert!(refused.is_err());
    drop(store.commit(key(Change::Remove(2001))));
    assert_eq!(
        revision(&*store).await,
        store.get("key", "a").await.unwrap().map(|row| row.revision)
    );
}
