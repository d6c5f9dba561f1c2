//! Which cloud resources a key protects.

use serde::{Deserialize, Serialize};

use super::key::VersionRef;
use crate::store::typed::Record;

/// A resource of a service that is protected by a root key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct RegistrationRecord {
    pub(crate) instance: String,
    pub(crate) key: String,
    /// The resource's CRN.
    pub(crate) resource: String,
    pub(crate) description: String,
    /// Whether the resource forbids the deletion of the key.
    pub(crate) prevents_deletion: bool,
    /// What the service keeps here for itself; nobody else sees it.
    pub(crate) metadata: String,
    /// The version of the key that the service has acknowledged.
    pub(crate) version: VersionRef,
    pub(crate) created: i64,
    pub(crate) created_by: String,
    pub(crate) updated: i64,
    pub(crate) updated_by: String,
    /// When the service acknowledged that the key is deleted; the resource stands in the way of
    /// nothing since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) deactivated: Option<i64>,
}

impl RegistrationRecord {
    /// Whether it counts among those that stand in the way of the key's deletion.
    pub(crate) const fn counts(&self) -> bool {
        self.deactivated.is_none()
    }

    /// Whether it forbids the key's deletion.
    pub(crate) const fn retains(&self) -> bool {
        self.counts() && self.prevents_deletion
    }

    /// The id of the row; with an empty `resource`, the prefix of all of the key's.
    pub(crate) fn row(instance: &str, key: &str, resource: &str) -> String {
        format!("{instance}/{key}/{resource}")
    }
}

impl Record for RegistrationRecord {
    const KIND: &'static str = "registration";

    fn row_id(&self) -> String {
        Self::row(&self.instance, &self.key, &self.resource)
    }
}
