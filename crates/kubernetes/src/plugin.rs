//! The three calls of kube-apiserver.

use std::sync::Arc;
use std::time::Instant;

use tonic::{Code, Request, Response, Status, async_trait};
use tsutsumi::{DataKey, Secret};
use tsutsumi_kms_api::{
    ANNOTATIONS_LEN_MAX, Annotations, CIPHERTEXT_LEN_MAX, DecryptRequest, DecryptResponse,
    EncryptRequest, EncryptResponse, KEY_ID_LEN_MAX, KeyManagementService, StatusRequest,
    StatusResponse, VERSION,
};

use crate::key_service::{CALL_TIMEOUT, Call, Failure, KeyService};
use crate::local_kek::{ANNOTATION, LocalKeks};
use crate::memory::Memory;
use crate::metrics::Metrics;
use crate::scope::Scope;

/// How long the id of a call may be.
const UID_LEN_MAX: usize = 128;

/// Answers kube-apiserver.
#[derive(Clone)]
pub struct Plugin(Arc<Inner>);

struct Inner {
    service: Arc<KeyService>,
    memory: Arc<Memory>,
    metrics: Metrics,
    scope: Scope,
    local_kek: bool,
    keks: LocalKeks,
}

/// What a decryption gave, wiped by whoever takes it.
type Plaintext = Vec<u8>;

impl Plugin {
    /// * `local_kek` - whether a local KEK seals, instead of the root key for each call; what is
    ///   opened does not depend on it.
    #[must_use]
    pub fn new(
        service: Arc<KeyService>,
        memory: Arc<Memory>,
        metrics: Metrics,
        scope: Scope,
        local_kek: bool,
    ) -> Self {
        Self(Arc::new(Inner {
            service,
            memory,
            metrics,
            scope,
            local_kek,
            keks: LocalKeks::default(),
        }))
    }

    /// Has a key wrapped and unwrapped, which shows that both are allowed.
    ///
    /// # Errors
    /// The failure of either.
    pub(crate) async fn try_out(&self) -> Result<(), Failure> {
        let inner = &self.0;
        let call = Call::begin("readiness");
        if inner.local_kek {
            let version = inner.memory.version();
            let (service, scope) = (&inner.service, &inner.scope);
            let kek = inner
                .keks
                .sealing(service, scope, version.as_deref(), &call)
                .await?;
            let aad = scope.of_local_kek();
            return service.unwrap(&kek.wrapped, &aad, &call).await.map(drop);
        }
        let aad = inner.scope.of_seed();
        let wrapped = inner
            .service
            .wrap(&DataKey::generate()?, &aad, &call)
            .await?;
        let ciphertext = wrapped.ciphertext.as_bytes();
        inner
            .service
            .unwrap(ciphertext, &aad, &call)
            .await
            .map(drop)
    }
}

impl Inner {
    async fn encrypt(&self, request: &EncryptRequest) -> Result<EncryptResponse, Status> {
        let plaintext = &*request.plaintext;
        if plaintext.is_empty() {
            return Err(Status::invalid_argument("there is nothing to encrypt"));
        }
        let call = Call::begin(uid(&request.uid)?);
        let direct = !self.local_kek && plaintext.len() == DataKey::LEN;
        let (ciphertext, version, annotations) = if direct {
            let key = Secret::from_slice(plaintext).map_err(Failure::from)?;
            let key = DataKey::from_secret(key);
            let wrapped = self
                .service
                .wrap(&key, &self.scope.of_seed(), &call)
                .await?;
            let version = self.service.version_or_first(wrapped.key_version);
            (wrapped.ciphertext.into_bytes(), version, Annotations::new())
        } else {
            self.open_still().await?;
            let version = self.memory.version();
            let sealing = self
                .keks
                .sealing(&self.service, &self.scope, version.as_deref(), &call);
            let kek = sealing.await?;
            let key_id = self.service.root_key().key_id(&kek.version);
            let sealed = kek.seal(&self.scope, &key_id, plaintext)?;
            let annotations = Annotations::from([(ANNOTATION.to_owned(), kek.wrapped.clone())]);
            (sealed, kek.version.clone(), annotations)
        };
        let response = EncryptResponse {
            ciphertext,
            key_id: self.service.root_key().key_id(&version),
            annotations,
        };
        within_limits(&response)?;
        self.memory.wrote(&version);
        Ok(response)
    }

    /// Refuses to go by memory where the key service has said that the root key may not be used.
    async fn open_still(&self) -> Result<(), Failure> {
        match self.memory.closed() {
            Some(failure) => {
                self.keks.clear().await;
                Err(failure)
            }
            None => Ok(()),
        }
    }

    async fn decrypt(&self, request: &DecryptRequest) -> Result<Plaintext, Status> {
        let call = Call::begin(uid(&request.uid)?);
        let named = self.service.root_key().version_of(&request.key_id);
        let named = named.map_err(Status::invalid_argument)?;
        if request.ciphertext.is_empty() || request.ciphertext.len() > CIPHERTEXT_LEN_MAX {
            return Err(Status::invalid_argument(format!(
                "a ciphertext of this plugin has 1 to {CIPHERTEXT_LEN_MAX} bytes"
            )));
        }
        if request.annotations.keys().any(|name| name != ANNOTATION) {
            return Err(Status::invalid_argument(
                "there is an annotation of another plugin",
            ));
        }
        match request.annotations.get(ANNOTATION) {
            Some(wrapped) => {
                self.open_still().await?;
                let keks = &self.keks;
                let kek = keks
                    .opened(&self.service, &self.scope, wrapped, &call)
                    .await?;
                same_version(named, &kek.version)?;
                let opened = kek.open(&self.scope, &request.key_id, &request.ciphertext)?;
                Ok(opened.as_bytes().to_vec())
            }
            None => {
                let aad = self.scope.of_seed();
                let unwrapped = self
                    .service
                    .unwrap(&request.ciphertext, &aad, &call)
                    .await?;
                let version = self.service.version_or_first(unwrapped.key_version);
                if let Some(newest) = unwrapped.rewrapped.and_then(|newer| newer.key_version) {
                    self.memory.saw(&newest);
                }
                same_version(named, &version)?;
                Ok(unwrapped.key.secret().as_bytes().to_vec())
            }
        }
    }

    /// Counts a call, logs what failed, and has the key service looked at if it is the reason.
    fn finish<T>(
        &self,
        method: &'static str,
        uid: &str,
        begun: Instant,
        outcome: Result<T, Status>,
    ) -> Result<Response<T>, Status> {
        let code = outcome.as_ref().map_or_else(Status::code, |_| Code::Ok);
        self.metrics
            .called(method, format!("{code:?}"), begun.elapsed());
        if let Err(status) = &outcome {
            let uid: String = uid
                .chars()
                .filter(char::is_ascii_graphic)
                .take(UID_LEN_MAX)
                .collect();
            tracing::warn!(method, %uid, ?code, reason = status.message(), "a call failed");
            if code != Code::InvalidArgument {
                self.memory.doubt.notify_one();
            }
        }
        outcome.map(Response::new)
    }
}

#[async_trait]
impl KeyManagementService for Plugin {
    async fn status(
        &self,
        _request: Request<StatusRequest>,
    ) -> Result<Response<StatusResponse>, Status> {
        let begun = Instant::now();
        let (key_id, healthz) = self.0.memory.status();
        let ready = self.0.memory.is_ready();
        let outcome = match key_id {
            Some(key_id) if ready => Ok(StatusResponse {
                version: VERSION.to_owned(),
                healthz,
                key_id,
            }),
            _ => Err(Status::unavailable(format!(
                "the key service has not been of use yet: {healthz}"
            ))),
        };
        let code = outcome.as_ref().map_or_else(Status::code, |_| Code::Ok);
        self.0
            .metrics
            .called("status", format!("{code:?}"), begun.elapsed());
        outcome.map(Response::new)
    }

    async fn encrypt(
        &self,
        request: Request<EncryptRequest>,
    ) -> Result<Response<EncryptResponse>, Status> {
        let (begun, request) = (Instant::now(), request.into_inner());
        let outcome = in_time(self.0.encrypt(&request)).await;
        self.0.finish("encrypt", &request.uid, begun, outcome)
    }

    async fn decrypt(
        &self,
        request: Request<DecryptRequest>,
    ) -> Result<Response<DecryptResponse>, Status> {
        let (begun, request) = (Instant::now(), request.into_inner());
        let plaintext = in_time(self.0.decrypt(&request)).await;
        let outcome = plaintext.map(|plaintext| DecryptResponse { plaintext });
        self.0.finish("decrypt", &request.uid, begun, outcome)
    }
}

/// Ends a call in time whatever it waits for, be it another call that makes a key.
async fn in_time<T>(call: impl Future<Output = Result<T, Status>>) -> Result<T, Status> {
    let late = || Status::deadline_exceeded("the key service does not answer in time");
    let outcome = tokio::time::timeout(CALL_TIMEOUT, call).await;
    outcome.unwrap_or_else(|_| Err(late()))
}

fn uid(uid: &str) -> Result<&str, Status> {
    if uid.len() > UID_LEN_MAX {
        return Err(Status::invalid_argument(format!(
            "the uid is longer than {UID_LEN_MAX} bytes"
        )));
    }
    Ok(uid)
}

fn same_version(named: &str, version: &str) -> Result<(), Status> {
    if named == version {
        return Ok(());
    }
    Err(Status::invalid_argument(format!(
        "the key id names version `{named}`, and another version of the root key encrypted this"
    )))
}

/// kube-apiserver would refuse what is over its limits, with less said about why.
fn within_limits(response: &EncryptResponse) -> Result<(), Status> {
    let annotations = response.annotations.iter();
    let annotations: usize = annotations
        .map(|(name, value)| name.len() + value.len())
        .sum();
    let over = response.ciphertext.len() > CIPHERTEXT_LEN_MAX
        || response.key_id.len() > KEY_ID_LEN_MAX
        || annotations > ANNOTATIONS_LEN_MAX;
    if over {
        return Err(Status::invalid_argument(format!(
            "the plaintext makes more than the {CIPHERTEXT_LEN_MAX} bytes of ciphertext that \
             kube-apiserver takes"
        )));
    }
    Ok(())
}
