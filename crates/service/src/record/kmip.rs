//! KMIP adapters and the certificates of their clients.

use serde::{Deserialize, Serialize};

use crate::store::typed::Record;

/// An adapter. Its name is unique in its instance because it is the row's id.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct AdapterRecord {
    pub(crate) instance: String,
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) profile: String,
    /// The root key behind it.
    pub(crate) key: String,
    pub(crate) created: i64,
    pub(crate) created_by: String,
    pub(crate) updated: i64,
    pub(crate) updated_by: String,
}

impl Record for AdapterRecord {
    const KIND: &'static str = "kmip-adapter";

    fn row_id(&self) -> String {
        format!("{}/{}", self.instance, self.name)
    }
}

/// A client's certificate. Its name is unique in its adapter because it is the row's id.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct CertificateRecord {
    pub(crate) instance: String,
    pub(crate) adapter: String,
    pub(crate) id: String,
    pub(crate) name: String,
    /// PEM.
    pub(crate) certificate: String,
    pub(crate) created: i64,
    pub(crate) created_by: String,
}

impl Record for CertificateRecord {
    const KIND: &'static str = "kmip-certificate";

    fn row_id(&self) -> String {
        format!("{}/{}/{}", self.instance, self.adapter, self.name)
    }
}
