//! Rows as the types they hold.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::facets::Facets;
use super::find::Find;
use super::{Change, Row, Store, StoreError, Write};
use crate::record::key::KeyRecord;

/// A type that is kept as rows of one kind.
pub(crate) trait Record: Serialize + DeserializeOwned + Send + Sync {
    /// The kind of its rows.
    const KIND: &'static str;

    /// The id of its row.
    fn row_id(&self) -> String;

    /// What its row is found by, if it is.
    fn facets(&self) -> Option<Facets> {
        None
    }
}

/// What a stored row is found by: what its record says.
pub(crate) fn facets_of(kind: &str, body: &[u8]) -> Result<Option<Facets>, StoreError> {
    if kind != KeyRecord::KIND {
        return Ok(None);
    }
    let key: KeyRecord = serde_json::from_slice(body).map_err(|_| StoreError::Corrupt)?;
    Ok(key.facets())
}

/// A record together with the revision at which it was read.
#[derive(Clone, Debug)]
pub(crate) struct Held<T> {
    pub(crate) value: T,
    revision: u64,
}

impl<T: Record> Held<T> {
    /// The revision at which it was read.
    pub(crate) const fn revision(&self) -> u64 {
        self.revision
    }

    /// A record that was just inserted.
    pub(crate) const fn inserted(value: T) -> Self {
        Self { value, revision: 1 }
    }

    /// The record after it was updated.
    pub(crate) const fn updated(&mut self) {
        self.revision += 1;
    }

    fn read(row: &Row) -> Result<Self, StoreError> {
        let value = serde_json::from_slice(&row.body).map_err(|_| StoreError::Corrupt)?;
        Ok(Self {
            value,
            revision: row.revision,
        })
    }
}

/// Loads one record.
pub(crate) async fn load<T: Record>(
    store: &dyn Store,
    id: &str,
) -> Result<Option<Held<T>>, StoreError> {
    store
        .get(T::KIND, id)
        .await?
        .map(|row| Held::read(&row))
        .transpose()
}

/// Loads one record as it is, or was within the last second: see [`Store::recent`].
pub(crate) async fn load_recent<T: Record>(
    store: &dyn Store,
    id: &str,
) -> Result<Option<Held<T>>, StoreError> {
    let row = store.recent(T::KIND, id).await?;
    row.map(|row| Held::read(&row)).transpose()
}

/// Loads up to `limit` records whose id starts with `prefix` and sorts after `after`.
pub(crate) async fn load_page<T: Record>(
    store: &dyn Store,
    prefix: &str,
    after: &str,
    limit: usize,
) -> Result<Vec<Held<T>>, StoreError> {
    store
        .scan(T::KIND, prefix, after, limit)
        .await?
        .iter()
        .map(Held::read)
        .collect()
}

/// Loads every record whose id starts with `prefix`, page by page.
pub(crate) async fn load_all<T: Record>(
    store: &dyn Store,
    prefix: &str,
) -> Result<Vec<Held<T>>, StoreError> {
    const PAGE: usize = 1000;
    let mut all: Vec<Held<T>> = Vec::new();
    let mut after = String::new();
    loop {
        let page = load_page::<T>(store, prefix, &after, PAGE).await?;
        let full = page.len() == PAGE;
        all.extend(page);
        match all.last() {
            Some(last) if full => after = last.value.row_id(),
            _ => return Ok(all),
        }
    }
}

/// Finds the records that are asked for.
pub(crate) async fn find<T: Record>(
    store: &dyn Store,
    find: &Find,
) -> Result<Vec<Held<T>>, StoreError> {
    let rows = store.find(T::KIND, find).await?;
    rows.iter().map(Held::read).collect()
}

/// Writes that are applied together or not at all.
#[derive(Debug, Default)]
pub(crate) struct Batch(Vec<Write>);

impl Batch {
    /// The record must not exist yet.
    pub(crate) fn insert<T: Record>(&mut self, record: &T) -> Result<(), StoreError> {
        self.write(record, Change::Insert(body(record)?));
        Ok(())
    }

    /// The record must still be as it was read.
    pub(crate) fn update<T: Record>(&mut self, held: &Held<T>) -> Result<(), StoreError> {
        let change = Change::Update(held.revision, body(&held.value)?);
        self.write(&held.value, change);
        Ok(())
    }

    /// The record must still be as it was read; it stays so, and whoever read it before must read
    /// it again.
    pub(crate) fn hold<T: Record>(&mut self, held: &Held<T>) -> Result<(), StoreError> {
        self.update(held)
    }

    /// The record must still be as it was read; it is removed.
    pub(crate) fn remove<T: Record>(&mut self, held: &Held<T>) {
        self.write(&held.value, Change::Remove(held.revision));
    }

    fn write<T: Record>(&mut self, record: &T, change: Change) {
        let mut write = Write::new(T::KIND, record.row_id(), change);
        write.facets = record.facets().map(Box::new);
        self.0.push(write);
    }

    /// Applies the batch.
    pub(crate) async fn commit(self, store: &dyn Store) -> Result<(), StoreError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            store.commit(self.0).await
        }
    }
}

fn body<T: Record>(record: &T) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(record).map_err(|_| StoreError::Corrupt)
}
