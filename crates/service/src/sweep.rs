//! What happens by itself: keys are rotated when due and purged when long deleted.

use crate::api::{forget, rotate_if_due};
use crate::record::account::InstanceRecord;
use crate::record::key::KeyRecord;
use crate::service::{Service, ServiceError};
use crate::store::StoreError;
use crate::store::typed::{Held, load_all, load_page};

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
    /// that are not. Costs one pass over all keys.
    ///
    /// # Errors
    /// [`ServiceError::Store`] if the store fails; what was done by then is done.
    pub async fn sweep(&self) -> Result<Swept, ServiceError> {
        #[cfg(feature = "native")]
        self.limiter().tidy();
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
        let (prefix, now) = (KeyRecord::row(&instance.id, ""), self.now());
        let mut after = String::new();
        loop {
            let page: Vec<Held<KeyRecord>> =
                load_page(self.store(), &prefix, &after, READ_COUNT).await?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            after = KeyRecord::row(&instance.id, &last.value.id);
            for held in page {
                if held.value.purge_due().is_some_and(|due| due <= now) {
                    forget(self, &held.value).await.map_err(unavailable)?;
                    swept.purged += 1;
                    continue;
                }
                let before = held.value.version.id.clone();
                let held = rotate_if_due(self, instance, held, now)
                    .await
                    .map_err(unavailable)?;
                swept.rotated += usize::from(held.value.version.id != before);
            }
        }
    }
}
