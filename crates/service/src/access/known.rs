//! The policies as they are known here.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::decision::Policies;
use super::policy::PolicyRecord;
use crate::store::typed::load_all;
use crate::store::{Store, StoreError};

/// How long policies are used before they are read again: a change made by another process over the
/// same store is seen within this time, one made by this process at once.
const AGE_MAX_S: i64 = 1;

/// Policies that were read within the last second.
#[derive(Default)]
pub(crate) struct KnownPolicies(Mutex<Known>);

#[derive(Default)]
struct Known {
    read: Option<(i64, Arc<Policies>)>,
    /// Counts the changes made here: what was read while one happened is not kept.
    changes: u64,
}

impl KnownPolicies {
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the policies again before the next decision.
    pub(crate) fn forget(&self) {
        let mut known = self.lock();
        known.changes += 1;
        known.read = None;
    }

    /// The policies of an account.
    pub(crate) async fn of(
        &self,
        store: &dyn Store,
        account: &str,
        now: i64,
    ) -> Result<Arc<Policies>, StoreError> {
        let changes = {
            let known = self.lock();
            if let Some((read, policies)) = &known.read
                && (now - read).abs() < AGE_MAX_S
            {
                return Ok(Arc::clone(policies));
            }
            known.changes
        };
        let rows = load_all::<PolicyRecord>(store, account).await?;
        let policies = rows.into_iter().map(|held| held.value).collect();
        let policies = Arc::new(Policies::new(policies));
        let mut known = self.lock();
        if known.changes == changes {
            known.read = Some((now, Arc::clone(&policies)));
        }
        Ok(policies)
    }
}
