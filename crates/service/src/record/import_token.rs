//! Import tokens.

use serde::{Deserialize, Serialize};

use crate::store::typed::Record;
use crate::vault::Wrapped;

/// The key pair and the nonce that protect imported material on its way. An instance has at most
/// one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ImportTokenRecord {
    pub(crate) instance: String,
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) expires: i64,
    pub(crate) retrievals_max: u32,
    pub(crate) retrievals_left: u32,
    /// The public key, PEM.
    pub(crate) public_key: String,
    /// The private key, PKCS #8, wrapped.
    pub(crate) private_key: Wrapped,
    /// The nonce, base64.
    pub(crate) nonce: String,
}

impl Record for ImportTokenRecord {
    const KIND: &'static str = "import-token";

    fn row_id(&self) -> String {
        self.instance.clone()
    }
}
