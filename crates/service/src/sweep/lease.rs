//! Who sweeps: one process at a time, and another one if that dies.

use serde::{Deserialize, Serialize};

use crate::service::{Service, new_id};
use crate::store::StoreError;
use crate::store::typed::{Batch, Record, load};

/// How long a sweep keeps the others from sweeping, unless it ends before.
const LIFE_S: i64 = 600;

/// The right to sweep.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Lease {
    holder: String,
    until: i64,
}

impl Record for Lease {
    const KIND: &'static str = "lease";

    fn row_id(&self) -> String {
        "sweep".to_owned()
    }
}

/// Takes the lease; `None` while somebody else has it.
pub(super) async fn take(service: &Service) -> Result<Option<Lease>, StoreError> {
    let lease = Lease {
        holder: new_id().map_err(|_| StoreError::Unavailable)?,
        until: service.now() + LIFE_S,
    };
    let mut batch = Batch::default();
    match load::<Lease>(service.store(), &lease.row_id()).await? {
        Some(held) if held.value.until > service.now() => return Ok(None),
        Some(mut held) => {
            held.value = lease.clone();
            batch.update(&held)?;
        }
        None => batch.insert(&lease)?,
    }
    match batch.commit(service.store()).await {
        Ok(()) => Ok(Some(lease)),
        Err(StoreError::Conflict) => Ok(None),
        Err(error) => Err(error),
    }
}

impl Lease {
    /// Lets others sweep. If that fails they wait until the lease has run out.
    pub(super) async fn give_back(&self, service: &Service) {
        let Ok(Some(held)) = load::<Self>(service.store(), &self.row_id()).await else {
            return;
        };
        if held.value.holder != self.holder {
            return;
        }
        let mut batch = Batch::default();
        batch.remove(&held);
        if let Err(error) = batch.commit(service.store()).await {
            tracing::warn!(%error, "the lease of the sweep is not given back");
        }
    }
}
