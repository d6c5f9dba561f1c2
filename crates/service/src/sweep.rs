//! What happens by itself: keys are rotated when due and purged when long deleted.

mod lease;

use crate::api::{forget, rotate_if_due};
use crate::record::account::InstanceRecord;
use crate::record::key::KeyRecord;
use crate::service::{Service, ServiceError};
use crate::store::StoreError;
use crate::store::find::{Comparison, Find, Property, Test};
use crate::store::typed::{self, load_all};

const READ_COUNT: usize = 1000;

/// What a sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Swept {
    /// How many keys were rotated.
    pub rotated: usize,
    /// How many keys were purged.
    pub purged: usize,
}

impl Service {
    /// Rotates every key whose policy wants it, and purges every key deleted 90 days ago.
    ///
    /// A key that is used is rotated when due without this; a host calls it now and then for those
    /// that are not. Costs reading the keys that are due. Of several processes over one store, one
    /// sweeps at a time: the others do nothing.
    ///
    /// # Errors
    /// [`ServiceError::Store`] if the store fails; what was done by then is done.
    pub async fn sweep(&self) -> Result<Swept, ServiceError> {
        #[cfg(feature = "native")]
        self.limiter().tidy();
        let Some(lease) = lease::take(self).await? else {
            return Ok(Swept::default());
        };
        let outcome = self.sweep_all().await;
        lease.give_back(self).await;
        outcome
    }

    async fn sweep_all(&self) -> Result<Swept, ServiceError> {
        let mut swept = Swept::default();
        for instance in load_all::<InstanceRecord>(self.store(), "").await? {
            self.sweep_instance(&instance.value, &mut swept).await?;
        }
        Ok(swept)
    }

    async fn sweep_instance(
        &self,
        instance: &InstanceRecord,
        swept: &mut Swept,
    ) -> Result<(), ServiceError> {
        let unavailable = |_| ServiceError::Store(StoreError::Unavailable);
        let now = self.now();
        let mut find = Find::all(instance.id.clone(), now);
        find.tests = vec![Test::Date(Property::Due, Comparison::Lte, now)];
        find.order = vec![(Property::Due, false)];
        find.limit = READ_COUNT;
        loop {
            let page = typed::find::<KeyRecord>(self.store(), &find).await?;
            if page.is_empty() {
                return Ok(());
            }
            for held in page {
                let before = held.value.version.id.clone();
                if held.value.purge_due().is_some_and(|due| due <= now) {
                    forget(self, &held.value).await.map_err(unavailable)?;
                    swept.purged += 1;
                    continue;
                }
                let held = rotate_if_due(self, instance, held, now)
                    .await
                    .map_err(unavailable)?;
                if held.value.version.id == before {
                    // Not one that is rotated, such as a disabled key: it stays and is passed over
                    find.skip += 1;
                } else {
                    swept.rotated += 1;
                }
            }
        }
    }
}
