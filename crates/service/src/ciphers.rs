//! The wrapping keys of root key versions that are in use, opened.
//!
//! Opening one costs more than wrapping with it: the instance key, the material and the derived key
//! each take their own step. What is kept is a key schedule that wipes itself; the row that it was
//! opened from is still read for every call, and a changed row is opened anew.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tsutsumi::aead::Xaes256Gcm;

use crate::clock::Instant;
use crate::problem::Problem;
use crate::record::account::InstanceRecord;
use crate::record::key::VersionRecord;
use crate::service::Service;
use crate::store::typed::Record;
use crate::wrapped_key;

/// How long one is kept, however much it is used.
const AGE_MAX: Duration = Duration::from_secs(60);
/// How many are kept; all are wiped when there are more.
const COUNT_MAX: usize = 4096;
/// Where there is no monotonic clock nothing is kept.
const KEEPS: bool = cfg!(not(target_arch = "wasm32"));

/// Opened wrapping keys by the row of their version.
#[derive(Default)]
pub(crate) struct Ciphers(Mutex<HashMap<String, Kept>>);

struct Kept {
    cipher: Arc<Xaes256Gcm>,
    /// What it was opened from.
    instance_key: String,
    material: String,
    since: Instant,
}

impl Ciphers {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(
        &self,
        row: &str,
        instance: &InstanceRecord,
        version: &VersionRecord,
    ) -> Option<Arc<Xaes256Gcm>> {
        let kept = self.lock();
        let kept = kept.get(row)?;
        let same = kept.material == version.material && kept.instance_key == instance.key;
        (same && kept.since.elapsed() < AGE_MAX).then(|| Arc::clone(&kept.cipher))
    }

    fn keep(&self, row: String, kept: Kept) {
        let mut all = self.lock();
        if all.len() >= COUNT_MAX {
            all.clear();
        }
        all.insert(row, kept);
    }

    /// Wipes those of one key.
    pub(crate) fn forget(&self, instance: &str, key: &str) {
        let prefix = VersionRecord::row(instance, key, "");
        self.lock().retain(|row, _| !row.starts_with(&prefix));
    }
}

impl Service {
    /// The wrapping key of a root key version.
    pub(crate) fn cipher(
        &self,
        instance: &InstanceRecord,
        version: &VersionRecord,
    ) -> Result<Arc<Xaes256Gcm>, Problem> {
        let row = version.row_id();
        if let Some(cipher) = self.ciphers().find(&row, instance, version) {
            return Ok(cipher);
        }
        let vault = self.vault().instance(&instance.id, &instance.key)?;
        let material = vault.unwrap(&version.key, &version.id, &version.material)?;
        let cipher = Arc::new(wrapped_key::cipher(&material));
        if KEEPS {
            let kept = Kept {
                cipher: Arc::clone(&cipher),
                instance_key: instance.key.clone(),
                material: version.material.clone(),
                since: Instant::now(),
            };
            self.ciphers().keep(row, kept);
        }
        Ok(cipher)
    }

    /// Wipes what is kept of root keys in memory and is older than a minute. A host calls it every
    /// few seconds.
    pub fn wipe_old(&self) {
        let fresh = |_: &String, kept: &mut Kept| kept.since.elapsed() < AGE_MAX;
        self.ciphers().lock().retain(fresh);
    }
}
