//! Service IDs: identities of programs.

use serde::{Deserialize, Serialize};

use crate::store::typed::Record;

/// A service ID.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ServiceIdRecord {
    pub(crate) id: String,
    pub(crate) iam_id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) account: String,
    pub(crate) created: i64,
}

impl Record for ServiceIdRecord {
    const KIND: &'static str = "service-id";

    fn row_id(&self) -> String {
        self.id.clone()
    }
}
