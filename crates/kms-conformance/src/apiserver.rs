//! kube-apiserver, as far as a plugin can tell: when it asks, what it takes, what it keeps.
//!
//! It polls `Status` every minute, and every ten seconds while something is wrong. It has a seed
//! encrypted when it starts and when the key id changes, and takes it only if `Encrypt` names the
//! key id that `Status` did. It writes for three minutes after the last good poll, and reads as
//! long as it has the seed.
//!
//! # Source
//! Kubernetes, packages `server/options/encryptionconfig` and
//! `storage/value/encrypt/envelope/kmsv2` of `k8s.io/apiserver`.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use tsutsumi_kms_api::{Annotations, EncryptResponse, HEALTHY, StatusResponse};

use crate::client::Client;
use crate::clock::Time;
use crate::limits;
use crate::record::{Record, Seed};

/// How long after a good poll the next one comes.
pub const POLL_WELL: Duration = Duration::from_secs(60);
/// How long after a bad poll the next one comes.
pub const POLL_ILL: Duration = Duration::from_secs(10);
/// How long it writes after the last good poll.
pub const COASTING: Duration = Duration::from_secs(180);
/// How long it keeps a seed that it had decrypted.
const KEPT: Duration = Duration::from_secs(24 * 3600);
const VERSIONS: [&str; 2] = ["v2", "v2beta1"];

/// One kube-apiserver, from its start on.
pub struct Apiserver {
    client: Client,
    provider: String,
    now: Time,
    next_poll: Time,
    writing: Option<Writing>,
    kept: HashMap<Vec<u8>, (Seed, Time)>,
}

/// What it writes with.
struct Writing {
    seed: Seed,
    encrypted: EncryptResponse,
    until: Time,
}

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)]
pub struct Read {
    /// The data.
    pub data: Vec<u8>,
    /// Whether another key id than that in use is on it, so that it waits to be written anew.
    pub stale: bool,
}

impl Apiserver {
    /// Starts one, which knows nothing and polls at once when it is told to.
    #[must_use]
    pub fn new(client: Client, provider: &str) -> Self {
        Self {
            client,
            provider: provider.to_owned(),
            now: Time::default(),
            next_poll: Time::default(),
            writing: None,
            kept: HashMap::new(),
        }
    }

    /// The key id that it writes with.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        let writing = self.writing.as_ref()?;
        Some(&writing.encrypted.key_id)
    }

    /// Polls `Status`, and has a new seed encrypted if the key id is another.
    ///
    /// # Errors
    /// What is wrong with the plugin. What was there before goes on being used.
    pub async fn poll(&mut self) -> Result<(), String> {
        // The time counts from before the calls.
        let until = self.now.after(COASTING);
        let outcome = self.poll_until(until).await;
        let pause = if outcome.is_ok() { POLL_WELL } else { POLL_ILL };
        self.next_poll = self.now.after(pause);
        outcome
    }

    async fn poll_until(&mut self, until: Time) -> Result<(), String> {
        let status = self.client.status().await;
        let status = status.map_err(|status| format!("Status fails: {}", status.message()))?;
        check_status(&status)?;
        if let Some(writing) = &mut self.writing
            && writing.encrypted.key_id == status.key_id
        {
            writing.until = until;
            return Ok(());
        }
        let seed = Seed::generate()?;
        let encrypted = self.client.encrypt(seed.as_bytes()).await;
        let encrypted =
            encrypted.map_err(|status| format!("Encrypt fails: {}", status.message()))?;
        check_encrypted(&encrypted)?;
        if encrypted.key_id != status.key_id {
            return Err(format!(
                "Encrypt names the key id `{}` and Status `{}`, so the new seed is not taken",
                encrypted.key_id, status.key_id
            ));
        }
        self.writing = Some(Writing {
            seed,
            encrypted,
            until,
        });
        Ok(())
    }

    /// Lets time pass, polling whenever it is time to.
    ///
    /// # Returns
    /// How many polls there were, and how many of them failed.
    pub async fn pass(&mut self, time: Duration) -> (u32, u32) {
        let (end, mut polls, mut failed) = (self.now.after(time), 0, 0);
        while self.next_poll <= end {
            self.now = self.next_poll;
            polls += 1;
            failed += u32::from(self.poll().await.is_err());
        }
        self.now = end;
        (polls, failed)
    }

    /// Seals data for a place in etcd. No call of the plugin.
    ///
    /// # Errors
    /// A sentence, if there is no seed, or the last good poll is too long ago.
    pub fn write(&mut self, place: &str, data: &[u8]) -> Result<Vec<u8>, String> {
        let writing = self
            .writing
            .as_ref()
            .ok_or("there is no seed to write with")?;
        if self.now > writing.until {
            return Err("the last good poll is more than three minutes ago".to_owned());
        }
        let encrypted = &writing.encrypted;
        let sealed = writing.seed.seal(place, data)?;
        let (key_id, source) = (&encrypted.key_id, &encrypted.ciphertext);
        let record = Record::new(sealed, key_id, source, &encrypted.annotations);
        let stored = record.to_stored(&self.provider)?;
        let kept = (writing.seed.clone(), self.now.after(KEPT));
        self.kept.insert(kept_under(&record), kept);
        Ok(stored)
    }

    /// Opens what a place in etcd holds; the plugin is called once for each encrypted seed.
    ///
    /// # Errors
    /// A sentence, if it does not open.
    pub async fn read(&mut self, place: &str, stored: &[u8]) -> Result<Read, String> {
        let record = Record::of_stored(&self.provider, stored)?;
        let in_use = self.key_id().ok_or("there is no key id to compare with")?;
        let stale = record.key_id != in_use;
        let under = kept_under(&record);
        let kept = self
            .kept
            .get(&under)
            .filter(|(_, until)| self.now <= *until);
        let data = match kept {
            Some((seed, _)) => seed.open(place, &record.data)?,
            None => {
                let seed = self.decrypt(&record).await?;
                let data = seed.open(place, &record.data)?;
                self.kept.insert(under, (seed, self.now.after(KEPT)));
                data
            }
        };
        Ok(Read { data, stale })
    }

    async fn decrypt(&self, record: &Record) -> Result<Seed, String> {
        let encrypted = EncryptResponse {
            ciphertext: record.source.clone(),
            key_id: record.key_id.clone(),
            annotations: record.annotations.clone(),
        };
        let seed = self.client.decrypt(&encrypted).await;
        let seed = seed.map_err(|status| format!("Decrypt fails: {}", status.message()))?;
        Seed::from_slice(&seed)
    }
}

/// What kube-apiserver demands of an answer of `Status`.
///
/// # Errors
/// A sentence, if something is wrong.
pub(crate) fn check_status(status: &StatusResponse) -> Result<(), String> {
    if status.healthz != HEALTHY {
        return Err(format!("Status says `{}`", status.healthz));
    }
    if !VERSIONS.contains(&&*status.version) {
        return Err(format!("Status names the version `{}`", status.version));
    }
    limits::key_id(&status.key_id)
}

/// What kube-apiserver demands of an answer of `Encrypt`.
///
/// # Errors
/// A sentence, if something is wrong.
pub(crate) fn check_encrypted(encrypted: &EncryptResponse) -> Result<(), String> {
    limits::ciphertext(&encrypted.ciphertext)?;
    limits::key_id(&encrypted.key_id)?;
    limits::annotations(&encrypted.annotations)
}

/// All that says which seed a record is under, each part with its length.
fn kept_under(record: &Record) -> Vec<u8> {
    let sorted: BTreeMap<_, _> = record.annotations.iter().collect();
    let annotations = sorted
        .into_iter()
        .flat_map(|(name, value)| [name.as_bytes(), value]);
    let mut under = record.source_type.to_be_bytes().to_vec();
    for part in [&record.source[..], record.key_id.as_bytes()]
        .into_iter()
        .chain(annotations)
    {
        under.extend((part.len() as u64).to_be_bytes());
        under.extend(part);
    }
    under
}

/// Annotations that a plugin did not give.
#[must_use]
pub(crate) fn altered(annotations: &Annotations) -> Option<Annotations> {
    let mut altered = annotations.clone();
    let value = altered.values_mut().find(|value| !value.is_empty())?;
    let middle = value.len() / 2;
    value[middle] ^= 1;
    Some(altered)
}
