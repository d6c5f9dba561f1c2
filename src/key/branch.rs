//! Branch keys: one call to the key service opens them, and they open any number of data keys.

use core::fmt;

use crate::aead::Xaes256Gcm;
use crate::context::{Context, push_len, read_prefixed};
use crate::error::{Error, Problem};
use crate::key::DataKey;
use crate::message::Slot;
use crate::secret::{Secret, scrub_stack};

/// A data key as [`Xaes256Gcm`] seals it.
const SEALED_LEN: usize = DataKey::LEN + Xaes256Gcm::OVERHEAD;

/// The key of the pair in the context under which a root key wraps a branch key.
const PARTITION: &str = "tsutsumi-branch";

/// A key between a root key and data keys.
///
/// A root key wraps it once; it wraps data keys itself, here in the process, with XAES-256-GCM, so
/// that random nonces never run out. Each slot that it makes carries the branch key as the root key
/// wrapped it: whoever reads a thousand messages under one branch key has the root key unwrap it
/// once, and needs no database.
///
/// How long one is used, and for whom, is the caller's to decide.
///
/// # Example
/// ```
/// use tsutsumi::{BranchKey, Context, DataKey, Secret, WrappingKey};
///
/// let root = WrappingKey::new("example", "root", &Secret::generate()?)?;
/// let partition = BranchKey::context("acme")?;
/// let key = DataKey::generate()?;
/// let branch = BranchKey::new(&key, &root.wrap(&key, &partition)?)?;
///
/// let (data_key, context) = (DataKey::generate()?, Context::new([("row", "17")])?);
/// let slot = branch.wrap(&data_key, &context)?;
///
/// // Somebody else, who has the root key and the message:
/// let root_slot = BranchKey::root_slot(&slot, "example")?;
/// let branch = BranchKey::new(&root.unwrap(&root_slot, &partition)?, &root_slot)?;
/// assert_eq!(branch.unwrap(&slot, &context)?.secret(), data_key.secret());
/// # Ok::<(), tsutsumi::Error>(())
/// ```
pub struct BranchKey {
    info: Vec<u8>,
    wrapped: Vec<u8>,
    cipher: Xaes256Gcm,
}

impl BranchKey {
    /// The provider of slots that a branch key made.
    pub const PROVIDER: &str = "tsutsumi-branch";

    /// The context under which a root key has to wrap the branch keys of a partition: a branch key
    /// of one tenant cannot be passed off as another's.
    ///
    /// # Errors
    /// `ERR_LIMIT` if the name is over 65,000 bytes or so.
    pub fn context(partition: &str) -> Result<Context, Error> {
        // spec: B-1
        Context::new([(PARTITION, partition)])
    }

    /// Takes a key as a branch key.
    ///
    /// # Arguments
    /// * `key` - drawn for this, and used for nothing else.
    /// * `slot` - the same key, wrapped by the root key under [`context`](Self::context).
    ///
    /// # Errors
    /// `ERR_ARGUMENT` if the wrapped key is too long for a slot to carry.
    pub fn new(key: &DataKey, slot: &Slot) -> Result<Self, Error> {
        // spec: B-2
        if slot.ciphertext.len() + 2 + SEALED_LEN > usize::from(u16::MAX) {
            return Err(Problem::NameInvalid.into());
        }
        let cipher = Xaes256Gcm::new(key.secret());
        scrub_stack();
        Ok(Self {
            info: slot.info.clone(),
            wrapped: slot.ciphertext.clone(),
            cipher,
        })
    }

    /// What the root key has to unwrap before a slot can be opened.
    ///
    /// # Arguments
    /// * `slot` - one that a branch key made.
    /// * `provider` - of the root key.
    ///
    /// # Errors
    /// `ERR_POLICY_KEY` if the slot is of another provider; `ERR_FORMAT_INVALID` if it is
    /// malformed.
    pub fn root_slot(slot: &Slot, provider: &str) -> Result<Slot, Error> {
        let (wrapped, _) = split(slot)?;
        Slot::new(provider, &*slot.info, wrapped)
    }

    /// Wraps a data key into a slot, bound to a context.
    ///
    /// # Errors
    /// `ERR_INTERNAL` if the platform gives no randomness.
    pub fn wrap(&self, key: &DataKey, context: &Context) -> Result<Slot, Error> {
        let sealed = self
            .cipher
            .seal(&context.encode(), key.secret().as_bytes())?;
        let mut ciphertext = Vec::with_capacity(2 + self.wrapped.len() + sealed.len());
        push_len(&mut ciphertext, self.wrapped.len());
        ciphertext.extend_from_slice(&self.wrapped);
        ciphertext.extend_from_slice(&sealed);
        Slot::new(Self::PROVIDER, &*self.info, ciphertext)
    }

    /// Unwraps the data key out of a slot.
    ///
    /// # Errors
    /// `ERR_POLICY_KEY` if the slot is under another branch key; `ERR_FORMAT_INVALID` if it is
    /// malformed; `ERR_OPEN_FAILED` if it was altered, or wrapped under another context.
    pub fn unwrap(&self, slot: &Slot, context: &Context) -> Result<DataKey, Error> {
        let (wrapped, sealed) = split(slot)?;
        // spec: B-4
        if wrapped != self.wrapped || slot.info != self.info {
            return Err(Problem::SlotForeign.into());
        }
        // spec: B-5
        let opened = self.cipher.open(&context.encode(), sealed)?;
        let key = Secret::from_slice(opened.as_bytes())?;
        Ok(DataKey::from_secret(key))
    }
}

/// The branch key as the root key wrapped it, and the data key as the branch key did.
fn split(slot: &Slot) -> Result<(&[u8], &[u8]), Error> {
    if slot.provider != BranchKey::PROVIDER {
        return Err(Problem::SlotForeign.into());
    }
    let mut rest = &*slot.ciphertext;
    match read_prefixed(&mut rest) {
        Some(wrapped) if rest.len() == SEALED_LEN => Ok((wrapped, rest)),
        // spec: B-3
        _ => Err(Problem::SlotMalformed.into()),
    }
}

impl fmt::Debug for BranchKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BranchKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root_slot(wrapped: &[u8]) -> Slot {
        Slot::new("root", "crn", wrapped).unwrap()
    }

    fn branch(fill: u8, wrapped: &[u8]) -> BranchKey {
        let key = DataKey::from_secret(Secret::from_slice(&[fill; 32]).unwrap());
        BranchKey::new(&key, &root_slot(wrapped)).unwrap()
    }

    #[test]
    // spec: B-1, B-2
    fn a_slot_is_laid_out_as_the_format_says() {
        let context = Context::new([("a", "b")]).unwrap();
        let key = DataKey::generate().unwrap();
        let slot = branch(1, b"wrapped").wrap(&key, &context).unwrap();
        assert_eq!(
            (&*slot.provider, &*slot.info),
            ("tsutsumi-branch", &b"crn"[..])
        );
        assert_eq!(slot.ciphertext[..9], *b"\0\x07wrapped");
        assert_eq!(slot.ciphertext.len(), 9 + 24 + 32 + 16);
        // Opened by hand: the branch key is an XAES-256-GCM key, the context what it authenticates.
        let cipher = Xaes256Gcm::new(&Secret::from_slice(&[1; 32]).unwrap());
        let opened = cipher
            .open(&context.encode(), &slot.ciphertext[9..])
            .unwrap();
        assert_eq!(opened.as_bytes(), key.secret().as_bytes());
        assert_eq!(
            BranchKey::root_slot(&slot, "root").unwrap(),
            root_slot(b"wrapped")
        );
    }

    #[test]
    // spec: B-3, B-5
    fn every_flipped_bit_and_every_cut_is_refused() {
        let context = Context::default();
        let branch = branch(1, b"wrapped");
        let slot = branch
            .wrap(&DataKey::generate().unwrap(), &context)
            .unwrap();
        for bit in 0..slot.ciphertext.len() * 8 {
            let mut altered = slot.clone();
            altered.ciphertext[bit / 8] ^= 1 << (bit % 8);
            let problem = branch.unwrap(&altered, &context).unwrap_err().problem();
            let expected = match bit / 8 {
                0..2 => Problem::SlotMalformed,
                2..9 => Problem::SlotForeign,
                _ => Problem::OpenFailed,
            };
            assert_eq!(problem, expected, "bit {bit}");
        }
        for len in 0..slot.ciphertext.len() {
            let mut altered = slot.clone();
            altered.ciphertext.truncate(len);
            let problem = branch.unwrap(&altered, &context).unwrap_err().problem();
            assert_eq!(problem, Problem::SlotMalformed, "{len} bytes");
        }
        assert!(branch.unwrap(&slot, &context).is_ok());
    }

    #[test]
    // spec: B-4, B-5
    fn slots_of_other_keys_and_contexts_are_refused() {
        let (context, other) = (Context::default(), Context::new([("a", "b")]).unwrap());
        let slot = branch(1, b"one")
            .wrap(&DataKey::generate().unwrap(), &context)
            .unwrap();
        for (branch, context, problem) in [
            (branch(1, b"two"), &context, Problem::SlotForeign),
            (branch(2, b"one"), &context, Problem::OpenFailed),
            (branch(1, b"one"), &other, Problem::OpenFailed),
        ] {
            assert_eq!(
                branch.unwrap(&slot, context).unwrap_err().problem(),
                problem
            );
        }
        let mut foreign = slot.clone();
        foreign.provider = "ibm-key-protect".into();
        let problem = BranchKey::root_slot(&foreign, "root")
            .unwrap_err()
            .problem();
        assert_eq!(problem, Problem::SlotForeign);
        let mut moved = slot;
        moved.info.push(b'x');
        let problem = branch(1, b"one")
            .unwrap(&moved, &context)
            .unwrap_err()
            .problem();
        assert_eq!(problem, Problem::SlotForeign);
    }

    #[test]
    // spec: B-2
    fn a_wrapped_key_that_no_slot_can_carry_is_refused() {
        let key = DataKey::generate().unwrap();
        let longest = usize::from(u16::MAX) - 2 - SEALED_LEN;
        let context = Context::default();
        let branch = BranchKey::new(&key, &root_slot(&vec![b'x'; longest])).unwrap();
        assert_eq!(
            branch.wrap(&key, &context).unwrap().ciphertext.len(),
            65_535
        );
        let error = BranchKey::new(&key, &root_slot(&vec![b'x'; longest + 1])).unwrap_err();
        assert_eq!(error.problem(), Problem::NameInvalid);
    }
}
