//! Rows read a moment ago, answered again without asking the database.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::find::Find;
use super::typed::Record;
use super::{Answer, Row, Store, StoreError, Write};
use crate::record::account::InstanceRecord;
use crate::record::key::{AliasRecord, KeyRecord, VersionRecord};

/// How old an answer of [`Store::recent`] is at most: whatever another process writes is seen
/// within a second, with half of it left for the answer to get to where it is used.
const AGE_MAX: Duration = Duration::from_millis(500);
/// How many rows of one kind are kept; all are forgotten when there are more.
const COUNT_MAX: usize = 16_384;
/// The kinds that are kept: what admits a call, and what it wraps with.
const KINDS: [&str; 4] = [
    AliasRecord::KIND,
    InstanceRecord::KIND,
    KeyRecord::KIND,
    VersionRecord::KIND,
];

/// A store that keeps the rows it was asked for by [`Store::recent`], for half a second.
///
/// What is written through it is forgotten before the write is acknowledged, so that whoever asks
/// in this process sees it at once. Every other call goes to the store behind it. Keeps at most
/// 16,384 rows of each of four kinds, as they are stored, that is, with all secrets wrapped.
///
/// # Example
/// ```
/// use std::sync::Arc;
/// use tsutsumi_service::{Change, MemoryStore, RecentStore, Store, Write};
///
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// let store = RecentStore::new(Arc::new(MemoryStore::default()));
/// let write = Write::new("key", "a".to_owned(), Change::Insert(b"{}".to_vec()));
/// store.commit(vec![write]).await.unwrap();
/// assert_eq!(store.recent("key", "a").await.unwrap().unwrap().revision, 1);
/// # });
/// ```
pub struct RecentStore {
    inner: Arc<dyn Store>,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    kinds: [HashMap<String, (Instant, Row)>; KINDS.len()],
    /// Counts the writes of kept kinds: what was read while one happened is not kept.
    writes: u64,
}

impl RecentStore {
    /// Puts itself before a store. All writes of this process have to go through it.
    #[must_use]
    pub fn new(inner: Arc<dyn Store>) -> Self {
        let kept = Mutex::default();
        Self { inner, kept }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for RecentStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecentStore").finish_non_exhaustive()
    }
}

fn place(kind: &str) -> Option<usize> {
    KINDS.iter().position(|kept| *kept == kind)
}

/// Forgets rows when it is dropped: also when the write is given up by its caller.
struct Forget<'a> {
    store: &'a RecentStore,
    rows: Vec<(usize, String)>,
}

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        if self.rows.is_empty() {
            return;
        }
        let mut kept = self.store.kept();
        kept.writes += 1;
        for (kind, id) in &self.rows {
            kept.kinds[*kind].remove(id);
        }
    }
}

impl Store for RecentStore {
    fn get<'a>(&'a self, kind: &'static str, id: &'a str) -> Answer<'a, Option<Row>> {
        self.inner.get(kind, id)
    }

    fn recent<'a>(&'a self, kind: &'static str, id: &'a str) -> Answer<'a, Option<Row>> {
        let Some(kind_index) = place(kind) else {
            return self.inner.get(kind, id);
        };
        let asked = Instant::now();
        let writes = {
            let kept = self.kept();
            if let Some((read, row)) = kept.kinds[kind_index].get(id)
                && asked.duration_since(*read) < AGE_MAX
            {
                let row = row.clone();
                return Box::pin(async { Ok(Some(row)) });
            }
            kept.writes
        };
        Box::pin(async move {
            let row = self.inner.get(kind, id).await?;
            if let Some(row) = &row {
                let mut kept = self.kept();
                if kept.writes == writes {
                    let rows = &mut kept.kinds[kind_index];
                    if rows.len() >= COUNT_MAX {
                        rows.clear();
                    }
                    rows.insert(id.to_owned(), (asked, row.clone()));
                }
            }
            Ok(row)
        })
    }

    fn scan<'a>(
        &'a self,
        kind: &'static str,
        prefix: &'a str,
        after: &'a str,
        limit: usize,
    ) -> Answer<'a, Vec<Row>> {
        self.inner.scan(kind, prefix, after, limit)
    }

    fn find<'a>(&'a self, kind: &'static str, find: &'a Find) -> Answer<'a, Vec<Row>> {
        self.inner.find(kind, find)
    }

    fn count<'a>(&'a self, kind: &'static str, find: &'a Find) -> Answer<'a, u64> {
        self.inner.count(kind, find)
    }

    fn commit(&self, batch: Vec<Write>) -> Answer<'_, ()> {
        let touched = batch
            .iter()
            .filter_map(|write| Some((place(write.kind)?, write.id.clone())));
        let forget = Forget {
            store: self,
            rows: touched.collect(),
        };
        Box::pin(async move {
            let outcome: Result<(), StoreError> = self.inner.commit(batch).await;
            drop(forget);
            outcome
        })
    }
}
