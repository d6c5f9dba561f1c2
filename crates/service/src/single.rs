//! Writes of one record.

use crate::store::typed::{Batch, Held, Record};
use crate::store::{Store, StoreError};

/// Writes a record that must not exist yet.
pub(crate) async fn insert<T: Record>(store: &dyn Store, record: &T) -> Result<(), StoreError> {
    let mut batch = Batch::default();
    batch.insert(record)?;
    batch.commit(store).await
}

/// Rewrites a record that must still be as it was read.
pub(crate) async fn update<T: Record>(store: &dyn Store, held: &Held<T>) -> Result<(), StoreError> {
    let mut batch = Batch::default();
    batch.update(held)?;
    batch.commit(store).await
}

/// Removes a record that must still be as it was read.
pub(crate) async fn remove<T: Record>(store: &dyn Store, held: &Held<T>) -> Result<(), StoreError> {
    let mut batch = Batch::default();
    batch.remove(held);
    batch.commit(store).await
}
