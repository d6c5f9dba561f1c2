//! API keys: random, shown once, stored only as a hash.

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tsutsumi::Secret;
use zeroize::Zeroizing;

use crate::store::typed::Record;

/// A stored API key: whose it is, and the hash of its text.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ApiKeyRecord {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) iam_id: String,
    pub(crate) account: String,
    pub(crate) created: i64,
    digest: String,
}

impl ApiKeyRecord {
    /// Draws a new key. The text is 33 random bytes in base64url, 44 characters, and is kept
    /// nowhere.
    pub(crate) fn generate(
        name: &str,
        iam_id: &str,
        account: &str,
        now: i64,
    ) -> Result<(Self, Zeroizing<String>), tsutsumi::Error> {
        let secret = Secret::<33>::generate()?;
        let text = Zeroizing::new(Base64UrlUnpadded::encode_string(secret.as_bytes()));
        let record = Self {
            id: format!("ApiKey-{}", crate::service::new_id()?),
            name: name.to_owned(),
            iam_id: iam_id.to_owned(),
            account: account.to_owned(),
            created: now,
            digest: digest(&text),
        };
        Ok((record, text))
    }

    /// Whether `text` is this key. Takes the same time for every wrong text.
    pub(crate) fn is(&self, text: &str) -> bool {
        self.digest.as_bytes().ct_eq(digest(text).as_bytes()).into()
    }
}

impl Record for ApiKeyRecord {
    const KIND: &'static str = "api-key";

    fn row_id(&self) -> String {
        self.digest.clone()
    }
}

/// The row id of an API key. The text has 264 random bits, so a plain hash cannot be reversed, and
/// a look-up by hash tells nothing of other keys.
pub(crate) fn digest(text: &str) -> String {
    let hash = Sha256::new_with_prefix(b"tsutsumi api key\0")
        .chain_update(text.as_bytes())
        .finalize();
    Base64UrlUnpadded::encode_string(&hash)
}
