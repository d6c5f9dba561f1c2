//! Changing the master key.

use tsutsumi::Secret;

use super::{ACTIVITY_KEY, Service, ServiceError, kept_api_key, signer_place};
use crate::record::account::{AccountRecord, InstanceRecord};
use crate::store::Store;
use crate::store::typed::{Batch, load, load_all};
use crate::vault::Vault;

impl Service {
    /// Wraps everything that the old master key wraps under a new one, all or nothing.
    ///
    /// Root keys are not touched: they are wrapped by instance keys, and only those change. A
    /// process that serves the store meanwhile must be started again with the new key.
    ///
    /// # Errors
    /// [`ServiceError::WrongMasterKey`] if `old` does not open the store,
    /// [`ServiceError::Missing`] if the store holds no service, [`ServiceError::Store`] if it
    /// fails.
    pub async fn rekey(
        store: &dyn Store,
        old: &Secret<32>,
        new: &Secret<32>,
    ) -> Result<(), ServiceError> {
        let (old, new) = (Vault::new(old), Vault::new(new));
        let wrong = |_| ServiceError::WrongMasterKey;
        let account = load::<AccountRecord>(store, AccountRecord::ROW).await?;
        let mut account = account.ok_or(ServiceError::Missing)?;
        let record = &mut account.value;
        let place = signer_place(&record.signer_id);
        let signer_key = new.adopt(&old, &place, &record.signer_key).map_err(wrong)?;
        record.signer_key = signer_key;
        record.activity_key = new
            .adopt(&old, &ACTIVITY_KEY, &record.activity_key)
            .map_err(wrong)?;
        let mut batch = Batch::default();
        batch.update(&account)?;
        for mut instance in load_all::<InstanceRecord>(store, "").await? {
            let InstanceRecord { id, key, .. } = &instance.value;
            instance.value.key = new.adopt_instance_key(&old, id, key).map_err(wrong)?;
            batch.update(&instance)?;
        }
        kept_api_key::adopt(store, &old, &new, &mut batch).await?;
        Ok(batch.commit(store).await?)
    }
}
