//! Root keys in bulk, to measure with.

use tsutsumi::Secret;

use super::{Service, ServiceError, new_id};
use crate::record::account::InstanceRecord;
use crate::record::key::{KeyRecord, VersionRecord};
use crate::store::typed::{Batch, load};

/// How many keys go into one transaction.
const BATCH: usize = 1000;

impl Service {
    /// Makes root keys like those that the API makes, a thousand in a transaction, without an event
    /// for each: to fill a service before it is measured.
    ///
    /// # Arguments
    /// * `count` - how many; their names end in a number.
    ///
    /// # Errors
    /// [`ServiceError::Store`] if they cannot be stored; whole thousands may be there already.
    pub async fn populate(&self, count: usize) -> Result<(), ServiceError> {
        let instance = load::<InstanceRecord>(self.store(), self.instance()).await?;
        let instance = instance.ok_or(ServiceError::Missing)?.value;
        let vault = self.vault().instance(&instance.id, &instance.key)?;
        let ids: Result<Vec<String>, _> = (0..count).map(|_| new_id()).collect();
        let mut ids = ids?;
        // In the order of the tables, so that a transaction touches few of their pages
        ids.sort_unstable();
        for (part, start) in ids.chunks(BATCH).zip((0..).step_by(BATCH)) {
            let mut batch = Batch::default();
            for (id, number) in part.iter().zip(start..) {
                let material = Secret::<32>::generate()?;
                batch.insert(&VersionRecord {
                    instance: instance.id.clone(),
                    key: id.clone(),
                    id: id.clone(),
                    created: self.now(),
                    number: 1,
                    material: vault.wrap(id, id, material.as_bytes())?,
                })?;
                let mut key = KeyRecord::new(&instance.id, id.clone(), (self.now(), self.owner()));
                key.name = format!("populated-{number:07}");
                batch.insert(&key)?;
            }
            batch.commit(self.store()).await?;
        }
        Ok(())
    }
}
