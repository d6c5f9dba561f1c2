//! A wrapping key in the process: the raw AES keyring of the AWS Encryption SDK.

use core::fmt;

use crate::aead::{Gcm, NONCE_LEN, OpeningGcm, TAG_LEN};
use crate::context::Context;
use crate::error::{Error, Problem};
use crate::key::{DataKey, LegacyKey};
use crate::message::Slot;
use crate::pool::draw;
use crate::secret::{Secret, SecretBytes, scrub_stack};

/// Namespaces that belong to another kind of keyring.
const RESERVED_NAMESPACE: &str = "aws-kms";

/// What follows the name in a slot's info: tag bits, nonce length, and the nonce itself.
const INFO_TAIL: [u8; 8] = [0, 0, 0, 128, 0, 0, 0, 12];

/// A 256-bit key that wraps data keys here, in the process, with AES-256-GCM.
///
/// What it writes is read by the raw AES keyring of any AWS Encryption SDK that is given the same
/// key, namespace and name. Wrapping draws a random 96-bit nonce, so one key should wrap fewer than
/// 2³² data keys.
///
/// # Example
/// ```
/// use tsutsumi::{Context, DataKey, Secret, WrappingKey};
///
/// let wrapping = WrappingKey::new("example", "key 1", &Secret::generate()?)?;
/// let context = Context::new([("tenant", "acme")])?;
/// let key = DataKey::generate()?;
/// let slot = wrapping.wrap(&key, &context)?;
/// assert_eq!(wrapping.unwrap(&slot, &context)?.secret(), key.secret());
/// assert!(wrapping.unwrap(&slot, &Context::default()).is_err());
/// # Ok::<(), tsutsumi::Error>(())
/// ```
///
/// # Source
/// AWS Encryption SDK specification, "Raw AES Keyring".
pub struct WrappingKey {
    namespace: String,
    name: String,
    cipher: OpeningGcm,
}

impl WrappingKey {
    /// Takes a key and the two names by which a slot finds it again.
    ///
    /// # Arguments
    /// * `namespace` - becomes the slot's provider; ASCII is read by every other implementation.
    /// * `name` - which key of the namespace it is.
    /// * `key` - copied into an expanded form; the caller still holds the key.
    ///
    /// # Errors
    /// `ERR_ARGUMENT` if a name is empty or longer than 1,024 bytes, or if the namespace begins
    /// with `aws-kms`.
    pub fn new(
        namespace: impl Into<String>,
        name: impl Into<String>,
        key: &Secret<32>,
    ) -> Result<Self, Error> {
        let (namespace, name) = (namespace.into(), name.into());
        check_names(&namespace, &name)?;
        Ok(Self {
            namespace,
            name,
            cipher: Gcm::new(key).of_any_size(),
        })
    }

    /// As [`new`](Self::new), of 16, 24 or 32 bytes: for reading what other writers wrapped. One of
    /// fewer than 32 bytes wraps nothing.
    ///
    /// # Errors
    /// As [`new`](Self::new), and `ERR_ARGUMENT` for another length.
    #[cfg(any(not(target_arch = "wasm32"), feature = "formats"))]
    pub fn of_size(
        namespace: impl Into<String>,
        name: impl Into<String>,
        key: &[u8],
    ) -> Result<Self, Error> {
        let (namespace, name) = (namespace.into(), name.into());
        check_names(&namespace, &name)?;
        let cipher = OpeningGcm::new(key).map_err(|_| Problem::KeyLength)?;
        Ok(Self {
            namespace,
            name,
            cipher,
        })
    }

    /// Wraps a data key into a slot, bound to a context.
    ///
    /// # Errors
    /// `ERR_INTERNAL` if the platform gives no randomness; `ERR_ARGUMENT` if this key has fewer
    /// than 32 bytes.
    pub fn wrap(&self, key: &DataKey, context: &Context) -> Result<Slot, Error> {
        let mut nonce = [0; NONCE_LEN];
        // spec: W-4
        draw(&mut nonce)?;
        let mut wrapped = SecretBytes::with_capacity(DataKey::LEN + TAG_LEN);
        wrapped.extend_from_slice(key.secret().as_bytes());
        let tag = self
            .cipher
            .seal(&nonce, &context.encode(), wrapped.as_mut_bytes())?;
        wrapped.extend_from_slice(&tag);
        scrub_stack();
        let info = [self.name.as_bytes(), &INFO_TAIL, &nonce].concat();
        Slot::new(&*self.namespace, info, wrapped.as_bytes())
    }

    /// Whether a slot says that it was wrapped by this key.
    #[must_use]
    pub fn owns(&self, slot: &Slot) -> bool {
        self.nonce_of(slot).is_some()
    }

    /// Unwraps the data key out of a slot.
    ///
    /// # Errors
    /// `ERR_POLICY_KEY` if the slot names another key; `ERR_OPEN_FAILED` if it was altered, or
    /// wrapped under another key of the same name or another context.
    pub fn unwrap(&self, slot: &Slot, context: &Context) -> Result<DataKey, Error> {
        self.unwrap_legacy(slot, context)?.into_data_key()
    }

    /// As [`unwrap`](Self::unwrap), for a message of version 1, whose data key may be shorter.
    ///
    /// # Errors
    /// As [`unwrap`](Self::unwrap).
    pub fn unwrap_legacy(&self, slot: &Slot, context: &Context) -> Result<LegacyKey, Error> {
        let nonce = self.nonce_of(slot).ok_or(Problem::SlotForeign)?;
        let failed = Error::from(Problem::OpenFailed);
        let (wrapped, tag) = slot
            .ciphertext
            .split_last_chunk::<TAG_LEN>()
            .ok_or(failed)?;
        // spec: W-3
        let mut key = LegacyKey::from_slice(wrapped)?;
        self.cipher
            .open(nonce, &context.encode(), key.as_mut_bytes(), tag)?;
        scrub_stack();
        Ok(key)
    }

    // spec: W-2
    fn nonce_of<'a>(&self, slot: &'a Slot) -> Option<&'a [u8; NONCE_LEN]> {
        let tail = slot
            .info
            .strip_prefix(self.name.as_bytes())?
            .strip_prefix(&INFO_TAIL)?;
        if slot.provider == self.namespace {
            tail.try_into().ok()
        } else {
            None
        }
    }
}

/// Checks the names by which slots say whose they are.
pub(super) fn check_names(namespace: &str, name: &str) -> Result<(), Error> {
    if [namespace, name]
        .iter()
        .any(|text| text.is_empty() || text.len() > 1024)
    {
        return Err(Problem::NameInvalid.into());
    }
    // spec: W-1
    if namespace.starts_with(RESERVED_NAMESPACE) {
        return Err(Problem::ProviderReserved.into());
    }
    Ok(())
}

impl fmt::Debug for WrappingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WrappingKey({:?}, {:?})", self.namespace, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapping_key(fill: u8) -> WrappingKey {
        WrappingKey::new("space", "name", &Secret::from_slice(&[fill; 32]).unwrap()).unwrap()
    }

    #[test]
    fn another_key_of_the_same_name_fails_to_open() {
        let context = Context::default();
        let slot = wrapping_key(1)
            .wrap(&DataKey::generate().unwrap(), &context)
            .unwrap();
        let opened = wrapping_key(2).unwrap(&slot, &context);
        assert_eq!(opened.unwrap_err().problem(), Problem::OpenFailed);
    }

    #[test]
    // spec: W-2
    fn slots_of_other_names_and_lengths_are_foreign() {
        let key = wrapping_key(1);
        let context = Context::default();
        let slot = key.wrap(&DataKey::generate().unwrap(), &context).unwrap();
        assert!(key.owns(&slot));
        let alterations: [fn(&mut Slot); 5] = [
            |slot| slot.provider.push('x'),
            |slot| slot.info[0] ^= 1,
            |slot| slot.info[7] ^= 1,
            |slot| slot.info.truncate(slot.info.len() - 1),
            |slot| slot.info.push(0),
        ];
        for alter in alterations {
            let mut altered = slot.clone();
            alter(&mut altered);
            assert!(!key.owns(&altered));
            let problem = key.unwrap(&altered, &context).unwrap_err().problem();
            assert_eq!(problem, Problem::SlotForeign);
        }
    }

    #[test]
    // spec: W-3
    fn every_flipped_bit_of_the_wrapped_key_is_refused() {
        let key = wrapping_key(1);
        let context = Context::new([("a", "b")]).unwrap();
        let slot = key.wrap(&DataKey::generate().unwrap(), &context).unwrap();
        for bit in 0..slot.ciphertext.len() * 8 {
            let mut altered = slot.clone();
            altered.ciphertext[bit / 8] ^= 1 << (bit % 8);
            let problem = key.unwrap(&altered, &context).unwrap_err().problem();
            assert_eq!(problem, Problem::OpenFailed);
        }
        assert!(key.unwrap(&slot, &context).is_ok());
    }

    #[test]
    fn shorter_keys_unwrap_what_others_wrapped_and_wrap_nothing() {
        use aes_gcm::aead::{Aead, KeyInit, Payload};

        let context = Context::new([("a", "b")]).unwrap();
        let key = WrappingKey::of_size("space", "name", &[1; 16]).unwrap();
        let cipher = aes_gcm::Aes128Gcm::new_from_slice(&[1; 16]).unwrap();
        let (aad, msg) = (&context.encode()[..], &[9; 24][..]);
        let nonce = [7; NONCE_LEN];
        let wrapped = cipher.encrypt(&nonce.into(), Payload { msg, aad }).unwrap();
        let info = [b"name", &INFO_TAIL[..], &nonce].concat();
        let slot = Slot::new("space", info, wrapped).unwrap();
        assert_eq!(key.unwrap_legacy(&slot, &context).unwrap().as_bytes(), msg);
        assert!(key.unwrap(&slot, &context).is_err());
        assert!(key.unwrap_legacy(&slot, &Context::default()).is_err());
        let error = key.wrap(&DataKey::generate().unwrap(), &context);
        assert_eq!(error.unwrap_err().problem(), Problem::KeyLength);

        let whole = WrappingKey::of_size("space", "name", &[1; 32]).unwrap();
        let slot = whole.wrap(&DataKey::generate().unwrap(), &context).unwrap();
        assert!(wrapping_key(1).unwrap(&slot, &context).is_ok());
        for len in [0, 15, 17, 33] {
            let error = WrappingKey::of_size("space", "name", &vec![1; len]).unwrap_err();
            assert_eq!(error.problem(), Problem::KeyLength);
        }
    }

    #[test]
    // spec: W-1
    fn names_are_checked() {
        let secret = Secret::generate().unwrap();
        let long = "x".repeat(1025);
        for (namespace, name, problem) in [
            ("", "name", Problem::NameInvalid),
            ("space", "", Problem::NameInvalid),
            ("space", &*long, Problem::NameInvalid),
            ("aws-kms-mine", "name", Problem::ProviderReserved),
        ] {
            let error = WrappingKey::new(namespace, name, &secret).unwrap_err();
            assert_eq!(error.problem(), problem);
        }
    }
}
