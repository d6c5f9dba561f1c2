//! kube-apiserver's side of the socket: calls with a time limit, counted and timed.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};
use tsutsumi_kms_api::{
    DecryptRequest, EncryptRequest, EncryptResponse, KeyManagementServiceClient, StatusRequest,
    StatusResponse,
};

/// How long kube-apiserver waits unless it is told otherwise.
pub const TIMEOUT: Duration = Duration::from_secs(3);
const RECORDED_MAX: usize = 1 << 20;

/// A plugin behind a socket. Copies count together.
#[derive(Clone)]
pub struct Client {
    calls: KeyManagementServiceClient<Channel>,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    statuses: AtomicU64,
    encrypts: AtomicU64,
    decrypts: AtomicU64,
    times: Mutex<Vec<(Method, Duration)>>,
}

/// Which call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)]
pub enum Method {
    /// How the plugin is.
    Status,
    /// Encrypt.
    Encrypt,
    /// Decrypt.
    Decrypt,
}

impl Client {
    /// Takes the socket at `path`; connects at the first call, and again when need be.
    ///
    /// # Errors
    /// A sentence, if the path is no path of a socket.
    pub fn new(path: &Path) -> Result<Self, String> {
        let shown = path.display();
        let endpoint = Endpoint::from_shared(format!("unix://{shown}"));
        let endpoint = endpoint.map_err(|error| format!("`{shown}`: {error}"))?;
        Ok(Self {
            calls: KeyManagementServiceClient::new(endpoint.connect_lazy()),
            counts: Arc::default(),
        })
    }

    /// Asks how the plugin is.
    ///
    /// # Errors
    /// What the plugin answers instead, or that it does not in time.
    pub async fn status(&self) -> Result<StatusResponse, Status> {
        let mut calls = self.calls.clone();
        self.timed(Method::Status, calls.status(Request::new(StatusRequest {})))
            .await
    }

    /// Has something encrypted.
    ///
    /// # Errors
    /// What the plugin answers instead, or that it does not in time.
    pub async fn encrypt(&self, plaintext: &[u8]) -> Result<EncryptResponse, Status> {
        let mut calls = self.calls.clone();
        let request = EncryptRequest {
            plaintext: plaintext.to_vec(),
            uid: uid(),
        };
        self.timed(Method::Encrypt, calls.encrypt(Request::new(request)))
            .await
    }

    /// Has something decrypted that [`encrypt`](Self::encrypt) gave.
    ///
    /// # Errors
    /// What the plugin answers instead, or that it does not in time.
    pub async fn decrypt(&self, encrypted: &EncryptResponse) -> Result<Vec<u8>, Status> {
        let mut calls = self.calls.clone();
        let request = DecryptRequest {
            ciphertext: encrypted.ciphertext.clone(),
            uid: uid(),
            key_id: encrypted.key_id.clone(),
            annotations: encrypted.annotations.clone(),
        };
        let answer = self
            .timed(Method::Decrypt, calls.decrypt(Request::new(request)))
            .await?;
        Ok(answer.plaintext.clone())
    }

    /// How many calls went out.
    #[must_use]
    pub fn count(&self, method: Method) -> u64 {
        self.counts.of(method).load(Ordering::Relaxed)
    }

    /// How long the calls that were answered took, and forgets it.
    #[must_use]
    pub fn take_times(&self, method: Method) -> Vec<Duration> {
        let mut times = self
            .counts
            .times
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let (wanted, rest) = times.drain(..).partition(|(which, _)| *which == method);
        *times = rest;
        let wanted: Vec<(Method, Duration)> = wanted;
        wanted.into_iter().map(|(_, time)| time).collect()
    }

    async fn timed<T>(
        &self,
        method: Method,
        call: impl Future<Output = Result<tonic::Response<T>, Status>>,
    ) -> Result<T, Status> {
        self.counts.of(method).fetch_add(1, Ordering::Relaxed);
        let begun = Instant::now();
        let answer = tokio::time::timeout(TIMEOUT, call)
            .await
            .map_err(|_| Status::new(Code::DeadlineExceeded, "no answer within three seconds"))??;
        let mut times = self
            .counts
            .times
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if times.len() < RECORDED_MAX {
            times.push((method, begun.elapsed()));
        }
        drop(times);
        Ok(answer.into_inner())
    }
}

impl Counts {
    const fn of(&self, method: Method) -> &AtomicU64 {
        match method {
            Method::Status => &self.statuses,
            Method::Encrypt => &self.encrypts,
            Method::Decrypt => &self.decrypts,
        }
    }
}

fn uid() -> String {
    let mut bytes = [0; 16];
    // An id for logs need not be random.
    let drawn = getrandom::fill(&mut bytes);
    drawn.map_or_else(|_| "uid".to_owned(), |()| hex(&bytes))
}

/// Bytes as hexadecimal digits.
#[must_use]
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
