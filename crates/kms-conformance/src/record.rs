//! Records as kube-apiserver stores them: each sealed under a key of its own, derived from a seed.
//!
//! A record is a prefix with the provider's name, and a message with the encrypted seed and the
//! data. The data is 32 bytes that the key is derived from, a nonce, and the ciphertext of
//! AES-256-GCM, which binds the place in etcd.
//!
//! # Source
//! Kubernetes, packages `storage/value/encrypt/envelope/kmsv2` and `storage/value/encrypt/aes` of
//! `k8s.io/apiserver`; RFC 5869 §2.3.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use hkdf::Hkdf;
use prost::Message;
use sha2::Sha256;
use tsutsumi_kms_api::Annotations;

use crate::limits;

/// Bytes of a seed.
pub const SEED_LEN: usize = 32;
/// Bytes that a record's key is derived from, besides the seed.
const INFO_LEN: usize = 32;
const NONCE_LEN: usize = 12;
/// The way from a seed to a record's key, by its number.
const SEED_WITH_HKDF: i32 = 1;

/// A seed, from which the keys of records are derived.
#[derive(Clone, PartialEq, Eq)]
pub struct Seed([u8; SEED_LEN]);

/// What is stored, but for the prefix.
#[derive(Clone, PartialEq, Eq, Message)]
#[allow(clippy::exhaustive_structs)]
pub struct Record {
    /// The sealed data.
    #[prost(bytes = "vec", tag = "1")]
    pub data: Vec<u8>,
    /// The key id that came with the encrypted seed.
    #[prost(string, tag = "2")]
    pub key_id: String,
    /// The seed, as the plugin encrypted it.
    #[prost(bytes = "vec", tag = "3")]
    pub source: Vec<u8>,
    /// The annotations that came with it.
    #[prost(map = "string, bytes", tag = "4")]
    pub annotations: Annotations,
    /// What the plugin encrypted: a seed, or in older records a key.
    #[prost(int32, tag = "5")]
    pub source_type: i32,
}

impl Seed {
    /// Draws a seed.
    ///
    /// # Errors
    /// A sentence, if the platform gives no randomness.
    pub fn generate() -> Result<Self, String> {
        random().map(Self)
    }

    /// Takes a seed that a plugin decrypted.
    ///
    /// # Errors
    /// A sentence, if it has another length.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, String> {
        let seed = bytes.try_into().map(Self);
        seed.map_err(|_| format!("a seed has {SEED_LEN} bytes, not {}", bytes.len()))
    }

    /// Its bytes, to be encrypted by a plugin.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; SEED_LEN] {
        &self.0
    }

    /// Seals data for a place in etcd.
    ///
    /// # Errors
    /// A sentence, if the platform gives no randomness.
    pub fn seal(&self, place: &str, data: &[u8]) -> Result<Vec<u8>, String> {
        let (info, nonce) = (random::<INFO_LEN>()?, random::<NONCE_LEN>()?);
        self.seal_with(&info, &nonce, place, data)
    }

    fn seal_with(
        &self,
        info: &[u8; INFO_LEN],
        nonce: &[u8; NONCE_LEN],
        place: &str,
        data: &[u8],
    ) -> Result<Vec<u8>, String> {
        let payload = Payload {
            msg: data,
            aad: place.as_bytes(),
        };
        let sealed = self.cipher(info)?.encrypt(&Nonce::from(*nonce), payload);
        let sealed = sealed.map_err(|_| "the data is too long".to_owned())?;
        Ok([&info[..], nonce, &sealed].concat())
    }

    /// Opens what [`seal`](Self::seal) made.
    ///
    /// # Errors
    /// A sentence, if it was altered, or is of another place or seed.
    pub fn open(&self, place: &str, sealed: &[u8]) -> Result<Vec<u8>, String> {
        let short = || "the data is too short".to_owned();
        let (info, rest) = sealed.split_first_chunk::<INFO_LEN>().ok_or_else(short)?;
        let (nonce, rest) = rest.split_first_chunk::<NONCE_LEN>().ok_or_else(short)?;
        let payload = Payload {
            msg: rest,
            aad: place.as_bytes(),
        };
        let opened = self.cipher(info)?.decrypt(&Nonce::from(*nonce), payload);
        opened.map_err(|_| format!("the data of `{place}` does not open under this seed"))
    }

    /// Expands the seed as it is; there is no extraction before.
    fn cipher(&self, info: &[u8; INFO_LEN]) -> Result<Aes256Gcm, String> {
        let mut key = [0; 32];
        Hkdf::<Sha256>::from_prk(&self.0)
            .map_err(|_| "the seed is too short".to_owned())?
            .expand(info, &mut key)
            .map_err(|_| "the key is too long".to_owned())?;
        Ok(Aes256Gcm::new(&key.into()))
    }
}

impl Record {
    /// A record of seed-derived keys; its data is sealed already.
    #[must_use]
    pub fn new(data: Vec<u8>, key_id: &str, source: &[u8], annotations: &Annotations) -> Self {
        Self {
            data,
            key_id: key_id.to_owned(),
            source: source.to_vec(),
            annotations: annotations.clone(),
            source_type: SEED_WITH_HKDF,
        }
    }

    /// The bytes that go into etcd.
    ///
    /// # Errors
    /// A sentence, if a part is over its limit.
    pub fn to_stored(&self, provider: &str) -> Result<Vec<u8>, String> {
        self.check()?;
        let mut stored = prefix(provider).into_bytes();
        stored.extend(self.encode_to_vec());
        Ok(stored)
    }

    /// Reads what came from etcd.
    ///
    /// # Errors
    /// A sentence, if it is of another provider, no record, or a part is over its limit.
    pub fn of_stored(provider: &str, stored: &[u8]) -> Result<Self, String> {
        let prefix = prefix(provider);
        let message = stored.strip_prefix(prefix.as_bytes());
        let message = message.ok_or_else(|| format!("the value does not begin with `{prefix}`"))?;
        let record = Self::decode(message).map_err(|error| format!("no record: {error}"))?;
        record.check()?;
        Ok(record)
    }

    fn check(&self) -> Result<(), String> {
        if self.data.is_empty() {
            return Err("the record has no data".to_owned());
        }
        if self.source_type != SEED_WITH_HKDF {
            return Err(format!("the record's seed is of type {}", self.source_type));
        }
        limits::ciphertext(&self.source)?;
        limits::key_id(&self.key_id)?;
        limits::annotations(&self.annotations)
    }
}

fn prefix(provider: &str) -> String {
    format!("k8s:enc:kms:v2:{provider}:")
}

fn random<const N: usize>() -> Result<[u8; N], String> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| format!("no randomness: {error}"))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: &str = "/registry/secrets/default/one";

    /// Made by pyca/cryptography (`HKDFExpand`, `AESGCM`): seed 00…1f, info 20…3f, nonce 40…4b.
    const KNOWN: &str = "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f\
        404142434445464748494a4b63615fc0d51a960b08859f92ac4b9d22dbcca88e";

    fn seed() -> Seed {
        Seed(std::array::from_fn(|at| u8::try_from(at).unwrap()))
    }

    #[test]
    fn a_record_is_what_another_implementation_makes() {
        let info = std::array::from_fn(|at| u8::try_from(at + 0x20).unwrap());
        let nonce = std::array::from_fn(|at| u8::try_from(at + 0x40).unwrap());
        let sealed = seed().seal_with(&info, &nonce, PLACE, b"data").unwrap();
        let hex: String = sealed.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, KNOWN);
        assert_eq!(seed().open(PLACE, &sealed).unwrap(), b"data");
    }

    #[test]
    fn a_record_opens_in_its_place_and_unaltered_alone() {
        let sealed = seed().seal(PLACE, b"data").unwrap();
        assert!(
            seed()
                .open("/registry/secrets/default/two", &sealed)
                .is_err()
        );
        for at in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            assert!(seed().open(PLACE, &altered).is_err(), "{at}");
            assert!(seed().open(PLACE, &sealed[..at]).is_err(), "{at}");
        }
    }

    #[test]
    fn what_is_stored_names_its_provider() {
        let annotations = Annotations::from([("a.b".into(), vec![1])]);
        let record = Record::new(vec![1], "k", &[2], &annotations);
        let stored = record.to_stored("p").unwrap();
        assert!(stored.starts_with(b"k8s:enc:kms:v2:p:\x0a\x01\x01\x12\x01k\x1a\x01\x02"));
        assert!(stored.ends_with(b"\x28\x01"));
        assert_eq!(Record::of_stored("p", &stored).unwrap(), record);
        assert!(Record::of_stored("q", &stored).is_err());
        let over = Record::new(vec![1], "", &[2], &annotations);
        assert!(over.to_stored("p").is_err());
    }
}
