//! A kept slot, and the fingerprint of its data key.

use base64ct::{Base64UrlUnpadded, Encoding};
use ctutils::CtEq;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha512;
use zeroize::Zeroize;

use crate::context::Context;
use crate::error::{Error, Problem};
use crate::key::DataKey;
use crate::message::Slot;
use crate::secret::scrub_stack;

/// Keeps the fingerprint apart from everything else that is derived from a data key.
const LABEL: &[u8] = b"tsutsumi slot fingerprint v1";

/// Base64url of 32 bytes.
pub(super) const FINGERPRINT_LEN: usize = 43;

/// Base64url of a SHA-384.
pub(super) const DIGEST_LEN: usize = 64;

/// One wrapped copy of a data key, kept beside what the key opens.
///
/// # Example
/// ```
/// use tsutsumi::slot::StoredSlot;
/// use tsutsumi::{Context, DataKey, Secret, WrappingKey};
///
/// let root = WrappingKey::new("example", "root", &Secret::generate()?)?;
/// let (key, context) = (DataKey::generate()?, Context::new([("object", "a.bin")])?);
/// let slot = root.wrap(&key, &context)?;
/// let stored = StoredSlot::new(&slot, None, &key, &context, "2026-01-31T12:00:00Z")?;
///
/// let slots = StoredSlot::read_all(&format!("[{}]", stored.to_json()))?;
/// let opened = root.unwrap(&slots[0].slot(Some(&context))?, &context)?;
/// slots[0].verify(&opened)?;
/// # Ok::<(), tsutsumi::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredSlot {
    /// Who wrapped it, such as `ibm-key-protect`.
    pub provider: String,
    /// Under which root key, as the provider writes it.
    pub root_key: Vec<u8>,
    /// Under which version of it, where the provider tells.
    pub root_key_version: Option<String>,
    /// The wrapped data key, as the provider returned it.
    pub wrapped: Vec<u8>,
    /// The string that stands for the context: its [`digest`](Context::digest).
    pub aad: String,
    /// When it was made, in UTC: `2026-01-31T12:00:00Z`.
    pub created: String,
    /// The [`fingerprint`] of the data key.
    pub fingerprint: String,
}

impl StoredSlot {
    /// Slots that one list may have, and bytes of its text.
    pub const COUNT_MAX: usize = 16;
    /// Bytes that a list may have as text.
    pub const LEN_MAX: usize = 1 << 20;

    /// Makes a slot that is kept out of what a root key returned.
    ///
    /// # Errors
    /// `ERR_FORMAT_INVALID` if a text is empty, too long, or no time where one is meant.
    pub fn new(
        slot: &Slot,
        version: Option<&str>,
        key: &DataKey,
        context: &Context,
        created: &str,
    ) -> Result<Self, Error> {
        Self::of(slot, version, created, context.digest(), fingerprint(key)).checked()
    }

    /// This slot with what a provider that rewraps returned for it; the data key is the same.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn renewed(
        &self,
        slot: &Slot,
        version: Option<&str>,
        created: &str,
    ) -> Result<Self, Error> {
        let (aad, fingerprint) = (self.aad.clone(), self.fingerprint.clone());
        Self::of(slot, version, created, aad, fingerprint).checked()
    }

    fn of(
        slot: &Slot,
        version: Option<&str>,
        created: &str,
        aad: String,
        fingerprint: String,
    ) -> Self {
        Self {
            provider: slot.provider.clone(),
            root_key: slot.info.clone(),
            root_key_version: version.map(Into::into),
            wrapped: slot.ciphertext.clone(),
            aad,
            created: created.into(),
            fingerprint,
        }
    }

    /// The slot as a root key takes it.
    ///
    /// # Arguments
    /// * `context` - which it has to be bound to; absent, that is left to the provider.
    ///
    /// # Errors
    /// `ERR_POLICY_CONTEXT` if it is bound to another context.
    pub fn slot(&self, context: Option<&Context>) -> Result<Slot, Error> {
        // spec: S-5
        if context.is_some_and(|context| context.digest() != self.aad) {
            return Err(Problem::StoredSlotContext.into());
        }
        Slot::new(&*self.provider, &*self.root_key, &*self.wrapped)
    }

    /// Checks that a data key is the one that the slot was made of.
    ///
    /// # Errors
    /// `ERR_OPEN_FAILED` if it is another one.
    pub fn verify(&self, key: &DataKey) -> Result<(), Error> {
        // spec: S-6
        let mut expected = fingerprint(key).into_bytes();
        let same = expected.ct_eq(self.fingerprint.as_bytes()).to_bool();
        // Of a wrong key: nobody was to know it.
        expected.zeroize();
        if same {
            Ok(())
        } else {
            Err(Problem::OpenFailed.into())
        }
    }

    pub(super) fn checked(self) -> Result<Self, Error> {
        let base64url = |text: &str, len: usize| {
            let good = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
            text.len() == len && text.bytes().all(good)
        };
        let short = |text: &str, max: usize| !text.is_empty() && text.len() <= max;
        let longest = self.root_key.len().max(self.wrapped.len());
        let good = short(&self.provider, 255)
            && !self.wrapped.is_empty()
            && u16::try_from(longest).is_ok()
            && self
                .root_key_version
                .as_deref()
                .is_none_or(|text| short(text, 1024))
            && base64url(&self.aad, DIGEST_LEN)
            && base64url(&self.fingerprint, FINGERPRINT_LEN)
            && is_time(&self.created);
        if good {
            Ok(self)
        } else {
            Err(Problem::StoredSlotMalformed.into())
        }
    }
}

/// What a data key is known by: base64url of HKDF-Expand-SHA-512 of it, 32 bytes, under a label of
/// its own.
///
/// It tells nothing about the key, which has 256 random bits; and no second key can be found that
/// has the same fingerprint, which is as hard as a collision of SHA-512 cut to 256 bits.
#[must_use]
pub fn fingerprint(key: &DataKey) -> String {
    // INVARIANT: a key of 32 bytes is padded to a block, so this is HMAC whatever the key.
    let mut padded = [0; 128];
    padded[..DataKey::LEN].copy_from_slice(key.secret().as_bytes());
    let mut mac = Hmac::<Sha512>::new(&padded.into());
    padded.zeroize();
    mac.update(LABEL);
    mac.update(&[1]);
    let bytes = mac.finalize().into_bytes();
    scrub_stack();
    Base64UrlUnpadded::encode_string(&bytes[..32])
}

/// Whether a text is `YYYY-MM-DDThh:mm:ssZ`.
fn is_time(text: &str) -> bool {
    let pattern = b"0000-00-00T00:00:00Z";
    text.len() == pattern.len()
        && text
            .bytes()
            .zip(pattern)
            .all(|(byte, expected)| match expected {
                b'0' => byte.is_ascii_digit(),
                _ => byte == *expected,
            })
}
