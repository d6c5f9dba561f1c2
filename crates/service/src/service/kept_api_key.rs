//! The API key that an embedded service keeps for its program.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{Service, ServiceError};
use crate::identity::api_key::{ApiKeyRecord, digest};
use crate::store::Store;
use crate::store::typed::{Batch, Record, load};
use crate::vault::{Vault, Wrapped};

/// Where the key is wrapped.
const PLACE: [&str; 1] = ["kept api key"];

/// The text of the key, wrapped by the master key.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct KeptApiKey {
    text: Wrapped,
}

impl Record for KeptApiKey {
    const KIND: &'static str = "kept-api-key";

    fn row_id(&self) -> String {
        ROW.to_owned()
    }
}

const ROW: &str = "owner";

/// Takes the key over from another vault, if there is one.
pub(super) async fn adopt(
    store: &dyn Store,
    old: &Vault,
    new: &Vault,
    batch: &mut Batch,
) -> Result<(), ServiceError> {
    if let Some(mut held) = load::<KeptApiKey>(store, ROW).await? {
        let text = new.adopt(old, &PLACE, &held.value.text);
        held.value.text = text.map_err(|_| ServiceError::WrongMasterKey)?;
        batch.update(&held)?;
    }
    Ok(())
}

impl Service {
    /// Returns the API key of the account's owner that the program around an embedded service uses:
    /// the same one each time, also after [`Service::restore`], until it is deleted.
    ///
    /// It is stored wrapped by the master key, beside the hash that every API key is stored as.
    ///
    /// # Errors
    /// [`ServiceError::Store`] if it cannot be stored; [`ServiceError::WrongMasterKey`] if what is
    /// stored was altered.
    pub async fn kept_api_key(&self, name: &str) -> Result<Zeroizing<String>, ServiceError> {
        let altered = |_| ServiceError::WrongMasterKey;
        let held = load::<KeptApiKey>(self.store(), ROW).await?;
        if let Some(held) = &held {
            let bytes = self.vault().unwrap(&PLACE, &held.value.text);
            let bytes = bytes.map_err(altered)?;
            let text = std::str::from_utf8(bytes.as_bytes());
            let text = Zeroizing::new(text.map_err(|_| ServiceError::WrongMasterKey)?.to_owned());
            let issued = load::<ApiKeyRecord>(self.store(), &digest(&text)).await?;
            if issued.is_some() {
                return Ok(text);
            }
        }
        let (record, text) =
            ApiKeyRecord::generate(name, self.owner(), self.account(), self.now())?;
        let kept = KeptApiKey {
            text: self.vault().wrap(&PLACE, text.as_bytes())?,
        };
        let mut batch = Batch::default();
        batch.insert(&record)?;
        match held {
            Some(mut held) => {
                held.value = kept;
                batch.update(&held)?;
            }
            None => batch.insert(&kept)?,
        }
        batch.commit(self.store()).await?;
        Ok(text)
    }
}
