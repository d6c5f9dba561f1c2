//! One run against one plugin: what it may do, and what it has found.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::apiserver::Apiserver;
use crate::client::Client;
use crate::etcd::Store;
use crate::report::Report;

/// Something that is done to the plugin or to its key service.
pub type Hook = Arc<dyn Fn() -> Result<(), String> + Send + Sync>;

/// What can be done, each if it is known how.
#[derive(Clone, Default)]
#[allow(clippy::exhaustive_structs)]
pub struct Hooks {
    /// Rotates the key in the key service.
    pub rotate: Option<Hook>,
    /// Ends the plugin and starts it anew.
    pub restart: Option<Hook>,
    /// Ends the key service and starts it anew.
    pub restart_service: Option<Hook>,
    /// Cuts the plugin off from its key service.
    pub cut: Option<Hook>,
    /// Ends that.
    pub mend: Option<Hook>,
}

/// How long things may take, in real time.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs)]
pub struct Patience {
    /// Until `Status` tells of a rotation or of an outage.
    pub notice: Duration,
    /// Until `Status` is well again after an outage: one poll of kube-apiserver.
    pub recover: Duration,
    /// Until the plugin answers after it was started.
    pub start: Duration,
}

/// A run.
#[allow(clippy::exhaustive_structs)]
pub struct Session {
    /// The plugin.
    pub client: Client,
    /// The provider's name in records.
    pub provider: String,
    /// How many secrets are stored.
    pub secrets: usize,
    /// Where they are stored.
    pub store: Store,
    /// What can be done.
    pub hooks: Hooks,
    /// How long things may take.
    pub patience: Patience,
    /// What was found.
    pub report: Report,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            notice: Duration::from_secs(60),
            recover: Duration::from_secs(10),
            start: Duration::from_secs(30),
        }
    }
}

impl Session {
    /// A kube-apiserver that has polled once, and well.
    ///
    /// # Errors
    /// What the poll found wrong.
    pub async fn apiserver(&self) -> Result<Apiserver, String> {
        let mut apiserver = Apiserver::new(self.client.clone(), &self.provider);
        apiserver.poll().await?;
        Ok(apiserver)
    }

    /// Waits until `Status` is as wanted.
    ///
    /// # Returns
    /// How long that took.
    ///
    /// # Errors
    /// What `Status` was last, if that does not happen in time.
    pub async fn wait(
        &self,
        time: Duration,
        wanted: impl Fn(&Result<String, String>) -> bool,
    ) -> Result<Duration, String> {
        let begun = Instant::now();
        loop {
            let now = self.health().await;
            if wanted(&now) {
                return Ok(begun.elapsed());
            }
            if begun.elapsed() >= time {
                let now = now.map_or_else(|ill| ill, |key_id| format!("well, `{key_id}`"));
                return Err(format!("after {time:?} Status still is: {now}"));
            }
            tokio::time::sleep(Duration::from_millis(100).min(time / 10)).await;
        }
    }

    /// The key id, or what is wrong.
    async fn health(&self) -> Result<String, String> {
        let status = self.client.status().await;
        let status = status.map_err(|status| status.message().to_owned())?;
        crate::apiserver::check_status(&status)?;
        Ok(status.key_id)
    }

    /// All stored secrets, read by a kube-apiserver.
    ///
    /// # Returns
    /// How many of them are stale.
    ///
    /// # Errors
    /// A sentence, if one is missing, does not open or is another.
    pub async fn read_all(&mut self, apiserver: &mut Apiserver) -> Result<usize, String> {
        let stored = self.store.get(PREFIX).await?;
        if stored.len() != self.secrets {
            return Err(format!(
                "{} secrets are stored, not {}",
                stored.len(),
                self.secrets
            ));
        }
        let mut stale = 0;
        for (place, value) in &stored {
            let read = apiserver.read(place, value).await?;
            if read.data != secret(place) {
                return Err(format!("`{place}` holds another secret than was written"));
            }
            stale += usize::from(read.stale);
        }
        Ok(stale)
    }

    /// Writes all secrets through a kube-apiserver.
    ///
    /// # Errors
    /// A sentence, if one cannot be written.
    pub async fn write_all(&mut self, apiserver: &mut Apiserver) -> Result<(), String> {
        let mut records = BTreeMap::new();
        for number in 0..self.secrets {
            let place = format!("{PREFIX}default/secret-{number:06}");
            let stored = apiserver.write(&place, &secret(&place))?;
            records.insert(place, stored);
        }
        self.store.put(records).await
    }
}

/// Runs a hook where it may take its time.
///
/// # Errors
/// What the hook says.
pub(crate) async fn run(hook: &Hook) -> Result<(), String> {
    let hook = Arc::clone(hook);
    let ran = tokio::task::spawn_blocking(move || hook()).await;
    ran.unwrap_or_else(|error| Err(error.to_string()))
}

/// Where the secrets are in etcd.
const PREFIX: &str = "/registry/secrets/";

/// A secret as long as many are, told from others by its place.
fn secret(place: &str) -> Vec<u8> {
    let object = format!("{{\"kind\":\"Secret\",\"place\":\"{place}\",\"data\":\"");
    let mut secret = object.into_bytes();
    secret.resize(secret.len() + 160, b'x');
    secret.extend(b"\"}");
    secret
}
