//! The account and its instances.

use serde::{Deserialize, Serialize};

use super::instance_policy::InstancePolicies;
use crate::store::typed::Record;
use crate::vault::Wrapped;

/// The one row that says what this service is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct AccountRecord {
    pub(crate) id: String,
    pub(crate) region: String,
    /// The instance that exists from the start.
    pub(crate) instance: String,
    pub(crate) owner: String,
    pub(crate) signer_id: String,
    /// The private key that signs tokens.
    pub(crate) signer_key: Wrapped,
    /// The key that tags activity events.
    pub(crate) activity_key: Wrapped,
}

impl AccountRecord {
    /// The row's id; there is one.
    pub(crate) const ROW: &'static str = "account";
}

impl Record for AccountRecord {
    const KIND: &'static str = "account";

    fn row_id(&self) -> String {
        Self::ROW.to_owned()
    }
}

/// A service instance.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct InstanceRecord {
    pub(crate) id: String,
    pub(crate) account: String,
    pub(crate) region: String,
    pub(crate) key: Wrapped,
    pub(crate) created: i64,
    #[serde(default)]
    pub(crate) policies: InstancePolicies,
}

impl InstanceRecord {
    /// The CRN of something in this instance.
    pub(crate) fn crn(&self, kind: &str, id: &str) -> String {
        crate::crn::of(&self.region, &self.account, &self.id, kind, id)
    }
}

impl Record for InstanceRecord {
    const KIND: &'static str = "instance";

    fn row_id(&self) -> String {
        self.id.clone()
    }
}
