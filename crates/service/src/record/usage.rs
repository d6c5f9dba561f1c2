//! How often versions of keys may have wrapped.

use serde::{Deserialize, Serialize};

use super::key::VersionRecord;
use crate::store::typed::Record;

/// The wraps of one key version that were handed out to processes, used or not.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct UsageRecord {
    pub(crate) instance: String,
    pub(crate) key: String,
    pub(crate) version: String,
    pub(crate) reserved: u64,
}

impl Record for UsageRecord {
    const KIND: &'static str = "usage";

    fn row_id(&self) -> String {
        VersionRecord::row(&self.instance, &self.key, &self.version)
    }
}
