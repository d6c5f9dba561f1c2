//! Rows in memory, for the embedded service and for tests.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use super::facets::Facets;
use super::find::Find;
use super::typed::facets_of;
use super::{Answer, Change, Row, Store, StoreError, Write};

/// Keeps rows in memory and hands them out as one document.
///
/// # Example
/// ```
/// use tsutsumi_service::MemoryStore;
/// let store = MemoryStore::default();
/// let copy = MemoryStore::from_dump(&store.dump()).unwrap();
/// assert_eq!(copy.dump(), store.dump());
/// ```
#[derive(Debug, Default)]
pub struct MemoryStore {
    rows: Mutex<Rows>,
}

type Rows = BTreeMap<(String, String), Kept>;

#[derive(Clone, Debug)]
struct Kept {
    revision: u64,
    body: Vec<u8>,
    facets: Option<Box<Facets>>,
}

impl Kept {
    fn row(&self, id: &str) -> Row {
        Row::new(id.to_owned(), self.revision, self.body.clone())
    }
}

#[derive(Serialize, Deserialize)]
struct DumpRow {
    kind: String,
    id: String,
    revision: u64,
    body: serde_json::Value,
}

impl MemoryStore {
    /// Returns all rows as one JSON document.
    #[must_use]
    pub fn dump(&self) -> Vec<u8> {
        let rows: Vec<_> = self
            .lock()
            .iter()
            .map(|((kind, id), kept)| DumpRow {
                kind: kind.clone(),
                id: id.clone(),
                revision: kept.revision,
                body: serde_json::from_slice(&kept.body).unwrap_or_default(),
            })
            .collect();
        serde_json::to_vec(&rows).unwrap_or_default()
    }

    /// Reads what [`MemoryStore::dump`] wrote.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if the bytes are no such document.
    pub fn from_dump(dump: &[u8]) -> Result<Self, StoreError> {
        let rows: Vec<DumpRow> = serde_json::from_slice(dump).map_err(|_| StoreError::Corrupt)?;
        let mut map = Rows::new();
        for row in rows {
            let body = serde_json::to_vec(&row.body).map_err(|_| StoreError::Corrupt)?;
            let kept = Kept {
                revision: row.revision,
                facets: facets_of(&row.kind, &body)?.map(Box::new),
                body,
            };
            map.insert((row.kind, row.id), kept);
        }
        Ok(Self {
            rows: Mutex::new(map),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Rows> {
        // A panic elsewhere cannot leave the map half changed: a batch is checked before it is
        // applied
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn apply(&self, batch: Vec<Write>) -> Result<(), StoreError> {
        let mut rows = self.lock();
        for write in &batch {
            let held = rows.get(&(write.kind.to_owned(), write.id.clone()));
            let demanded = match &write.change {
                Change::Insert(_) => None,
                Change::Remove(revision) | Change::Update(revision, _) => Some(*revision),
            };
            if held.map(|kept| kept.revision) != demanded {
                return Err(StoreError::Conflict);
            }
        }
        for write in batch {
            let key = (write.kind.to_owned(), write.id);
            let (revision, body) = match write.change {
                Change::Insert(body) => (1, body),
                Change::Update(revision, body) => (revision + 1, body),
                Change::Remove(_) => {
                    rows.remove(&key);
                    continue;
                }
            };
            let kept = Kept {
                revision,
                body,
                facets: write.facets,
            };
            rows.insert(key, kept);
        }
        Ok(())
    }
}

impl Store for MemoryStore {
    fn get<'a>(&'a self, kind: &'static str, id: &'a str) -> Answer<'a, Option<Row>> {
        let row = self
            .lock()
            .get(&(kind.to_owned(), id.to_owned()))
            .map(|kept| kept.row(id));
        Box::pin(async { Ok(row) })
    }

    fn scan<'a>(
        &'a self,
        kind: &'static str,
        prefix: &'a str,
        after: &'a str,
        limit: usize,
    ) -> Answer<'a, Vec<Row>> {
        let start = if after >= prefix && !after.is_empty() {
            Bound::Excluded((kind.to_owned(), after.to_owned()))
        } else {
            Bound::Included((kind.to_owned(), prefix.to_owned()))
        };
        let rows = self
            .lock()
            .range((start, Bound::Unbounded))
            .take_while(|((k, id), _)| k == kind && id.starts_with(prefix))
            .take(limit)
            .map(|((_, id), kept)| kept.row(id))
            .collect();
        Box::pin(async { Ok(rows) })
    }

    fn find<'a>(&'a self, kind: &'static str, find: &'a Find) -> Answer<'a, Vec<Row>> {
        let rows = self.lock();
        let mut found: Vec<_> = of_kind(&rows, kind)
            .filter(|(_, _, facets)| find.takes(facets))
            .collect();
        found.sort_by(|a, b| find.compare((a.0, a.2), (b.0, b.2)));
        let page = found.iter().skip(find.skip).take(find.limit);
        let page = page.map(|(id, kept, _)| kept.row(id)).collect();
        Box::pin(async { Ok(page) })
    }

    fn count<'a>(&'a self, kind: &'static str, find: &'a Find) -> Answer<'a, u64> {
        let rows = self.lock();
        let count = of_kind(&rows, kind)
            .filter(|(_, _, facets)| find.takes(facets))
            .count();
        Box::pin(async move { Ok(count as u64) })
    }

    fn commit(&self, batch: Vec<Write>) -> Answer<'_, ()> {
        let outcome = self.apply(batch);
        Box::pin(async move { outcome })
    }
}

/// The rows of a kind that are found by facets.
fn of_kind<'a>(
    rows: &'a Rows,
    kind: &'a str,
) -> impl Iterator<Item = (&'a str, &'a Kept, &'a Facets)> {
    rows.range((kind.to_owned(), String::new())..)
        .take_while(move |((of, _), _)| of == kind)
        .filter_map(|((_, id), kept)| Some((id.as_str(), kept, kept.facets.as_deref()?)))
}
