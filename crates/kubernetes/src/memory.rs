//! What is known of the root key, which is all that `Status` answers from.

use std::sync::{Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};
use tokio::sync::Notify;
use tsutsumi_kms_api::HEALTHY;

use crate::key_service::Failure;
use crate::metrics::Metrics;
use crate::root_key::RootKey;

/// The newest known version and the state of health.
pub struct Memory {
    root_key: RootKey,
    metrics: Metrics,
    state: Mutex<State>,
    /// Wakes the watch before its time.
    pub(crate) doubt: Notify,
    /// Tells of a version that was written with for the first time.
    pub(crate) written: tokio::sync::watch::Sender<Option<String>>,
}

#[derive(Default)]
struct State {
    version: Option<String>,
    trouble: Option<Failure>,
    ready: bool,
}

impl Memory {
    /// Knows nothing yet.
    #[must_use]
    pub fn new(root_key: RootKey, metrics: Metrics) -> Self {
        Self {
            root_key,
            metrics,
            state: Mutex::default(),
            doubt: Notify::new(),
            written: tokio::sync::watch::Sender::new(None),
        }
    }

    /// The newest version, once it is known.
    pub fn version(&self) -> Option<String> {
        self.lock().version.clone()
    }

    /// The key id, once it is known, and what `Status` says of health.
    pub fn status(&self) -> (Option<String>, String) {
        let state = self.lock();
        let key_id = state
            .version
            .as_ref()
            .map(|version| self.root_key.key_id(version));
        let trouble = state.trouble.as_ref();
        let health = trouble.map_or_else(|| HEALTHY.to_owned(), Failure::to_string);
        (key_id, health)
    }

    /// Why the root key may not be used, if the key service said so when it was last heard: what is
    /// in memory is not to be used either.
    pub(crate) fn closed(&self) -> Option<Failure> {
        let state = self.lock();
        state
            .trouble
            .clone()
            .filter(|failure| failure.kind().closes())
    }

    /// Whether the root key has wrapped and unwrapped for this plugin since it started.
    pub fn is_ready(&self) -> bool {
        self.lock().ready
    }

    /// The service answered, and this is the newest version.
    pub(crate) fn heard(&self, version: &str) {
        let mut state = self.lock();
        if let Some(trouble) = state.trouble.take() {
            tracing::info!(%trouble, "the trouble is over");
        }
        drop(state);
        self.metrics.healthy(true);
        self.saw(version);
    }

    /// A reply named this version as the newest.
    pub(crate) fn saw(&self, version: &str) {
        let mut state = self.lock();
        if state.version.as_deref() == Some(version) {
            return;
        }
        let before = state.version.replace(version.to_owned());
        drop(state);
        self.metrics.key_id(hash(&self.root_key.key_id(version)));
        if let Some(before) = before {
            self.metrics.rotated();
            tracing::info!(%before, now = version, "the root key was rotated");
        }
    }

    /// The service did not answer well.
    pub(crate) fn trouble(&self, trouble: &Failure) {
        let mut state = self.lock();
        // An outage does not open what was closed.
        let closed = state.trouble.take().filter(|before| before.kind().closes());
        let passing = trouble.is_passing() && closed.is_some();
        let now = if passing { closed } else { None }.unwrap_or_else(|| trouble.clone());
        state.trouble = Some(now);
        drop(state);
        self.metrics.healthy(false);
        tracing::warn!(%trouble, "the key service is of no use");
    }

    pub(crate) fn ready(&self) {
        self.lock().ready = true;
    }

    /// A ciphertext under this version goes to kube-apiserver.
    pub(crate) fn wrote(&self, version: &str) {
        self.saw(version);
        self.written.send_if_modified(|written| {
            let new = written.as_deref() != Some(version);
            if new {
                *written = Some(version.to_owned());
            }
            new
        });
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn hash(key_id: &str) -> String {
    let digest = Sha256::digest(key_id.as_bytes());
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key_service::Kind;

    fn memory() -> Memory {
        let crn = "crn:v1:bluemix:public:kms:us-south:a/1:i:key:root";
        Memory::new(crn.parse().unwrap(), Metrics::default())
    }

    #[test]
    fn the_key_id_follows_the_version_and_trouble_keeps_it() {
        let memory = memory();
        assert_eq!(memory.status().0, None);
        memory.heard("v1");
        assert_eq!(memory.status(), (Some("root/v1".into()), "ok".into()));
        memory.trouble(&Failure::new(Kind::Throttled, ""));
        let (key_id, health) = memory.status();
        assert_eq!(key_id.as_deref(), Some("root/v1"));
        assert!(health.contains("no more calls"), "{health}");
        memory.heard("v2");
        assert_eq!(memory.status(), (Some("root/v2".into()), "ok".into()));
        assert!(memory.metrics.text().contains("rotations_total 1"));
    }

    #[test]
    fn what_is_closed_is_not_opened_by_an_outage() {
        let memory = memory();
        memory.heard("v1");
        memory.trouble(&Failure::new(Kind::Unavailable, ""));
        assert!(memory.closed().is_none());
        memory.trouble(&Failure::new(Kind::KeyState, "state 2"));
        memory.trouble(&Failure::new(Kind::TimedOut, ""));
        assert_eq!(memory.closed().unwrap().kind(), Kind::KeyState);
        memory.heard("v1");
        assert!(memory.closed().is_none());
    }

    #[test]
    fn a_version_that_is_written_with_is_told_once() {
        let memory = memory();
        let mut written = memory.written.subscribe();
        memory.wrote("v1");
        assert!(written.has_changed().unwrap());
        written.mark_unchanged();
        memory.wrote("v1");
        assert!(!written.has_changed().unwrap());
    }
}
