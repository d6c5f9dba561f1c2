//! Key rings.

use serde::{Deserialize, Serialize};

use crate::store::typed::Record;

/// The key ring that every instance has and that needs no row.
pub(crate) const DEFAULT_RING: &str = "default";

/// A key ring that somebody made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct RingRecord {
    pub(crate) instance: String,
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) created_by: String,
}

impl RingRecord {
    /// The id of the row of a ring; with an empty `id`, the prefix of all of the instance's.
    pub(crate) fn row(instance: &str, id: &str) -> String {
        format!("{instance}/{id}")
    }
}

impl Record for RingRecord {
    const KIND: &'static str = "ring";

    fn row_id(&self) -> String {
        Self::row(&self.instance, &self.id)
    }
}
