//! Counts how often each version of a root key wraps, and ends it before there are too many.
//!
//! A process reserves wraps in blocks and writes once for each block, before it uses the first of
//! them. A process that ends leaves the rest of its blocks unused: the count is never too low.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::call::ATTEMPTS_MAX;
use crate::problem::{Problem, code};
use crate::record::key::VersionRecord;
use crate::record::usage::UsageRecord;
use crate::service::Service;
use crate::store::StoreError;
use crate::store::typed::{Batch, Record, load};

/// As many messages as NIST SP 800-38D section 8.3 allows under one key with random nonces. The
/// service's own form has longer nonces and would bear far more; the count keeps it within the rule
/// that auditors know.
const CAPACITY: u64 = 1 << 32;
/// How many wraps are reserved at once.
const BLOCK_MAX: u64 = 1 << 16;
/// How many versions are remembered at most. Forgetting one costs the rest of its block.
const VERSIONS_MAX: usize = 1 << 20;

/// The blocks that this process has reserved and not used up.
pub(crate) struct Usage {
    left: Mutex<HashMap<String, u64>>,
    capacity: AtomicU64,
}

impl Default for Usage {
    fn default() -> Self {
        Self {
            left: Mutex::default(),
            capacity: AtomicU64::new(CAPACITY),
        }
    }
}

impl Usage {
    fn left(&self) -> MutexGuard<'_, HashMap<String, u64>> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Uses one wrap of those that are reserved.
    fn take(&self, version: &str) -> bool {
        match self.left().get_mut(version) {
            Some(left) if *left > 0 => {
                *left -= 1;
                true
            }
            _ => false,
        }
    }

    fn add(&self, version: &str, count: u64) {
        let mut left = self.left();
        if left.len() >= VERSIONS_MAX {
            left.clear();
        }
        *left.entry(version.to_owned()).or_default() += count;
    }
}

impl Service {
    /// Sets how many wraps of one key version count as 100 %, 2³² if this is not called: the log
    /// warns from 80 % on, and from 90 % on wrapping is refused by `KEY_USAGE_LIMIT_ERR` until the
    /// key is rotated.
    ///
    /// # Arguments
    /// * `count` - at least 16; less is taken for 16.
    pub fn set_usage_capacity(&self, count: u64) {
        let capacity = &self.usage().capacity;
        capacity.store(count.max(16), Ordering::Relaxed);
    }

    /// Counts one wrap under a version, before it is done.
    pub(crate) async fn count_wrap(&self, version: &VersionRecord) -> Result<(), Problem> {
        for _ in 0..ATTEMPTS_MAX {
            if self.usage().take(&version.id) {
                return Ok(());
            }
            match self.reserve(version).await {
                Ok(0) => return Err(code::KEY_USAGE_LIMIT.into()),
                Ok(count) => {
                    self.usage().add(&version.id, count - 1);
                    return Ok(());
                }
                // Somebody else has reserved meanwhile, perhaps in this process
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(code::BUSY.into())
    }

    /// Reserves the next block: how many wraps it has, 0 if there are none left.
    async fn reserve(&self, version: &VersionRecord) -> Result<u64, StoreError> {
        let capacity = self.usage().capacity.load(Ordering::Relaxed);
        let (warn_at, limit) = (capacity / 10 * 8, capacity / 10 * 9);
        let block = (capacity / 16).min(BLOCK_MAX);
        let mut batch = Batch::default();
        let held = load::<UsageRecord>(self.store(), &version.row_id()).await?;
        let used = held.as_ref().map_or(0, |held| held.value.reserved);
        let reserved = (used + block).min(limit);
        if reserved <= used {
            return Ok(0);
        }
        match held {
            Some(mut held) => {
                held.value.reserved = reserved;
                batch.update(&held)?;
            }
            None => batch.insert(&UsageRecord {
                instance: version.instance.clone(),
                key: version.key.clone(),
                version: version.id.clone(),
                reserved,
            })?,
        }
        batch.commit(self.store()).await?;
        if reserved > warn_at {
            let (key, version) = (&version.key, &version.id);
            tracing::warn!(key, version, reserved, limit, "rotate this root key soon");
            self.metrics().heavily_used(key, reserved, capacity);
        }
        Ok(reserved - used)
    }
}
