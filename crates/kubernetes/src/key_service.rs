//! The key service: wrap, unwrap, and what is known of the root key.

mod breaker;
mod failure;
pub(crate) mod http;
mod token;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, Method, Url};
use serde::Deserialize;
use tsutsumi::DataKey;
use tsutsumi::key_protect::{
    Unwrapped, Wrapped, read_unwrap_reply, read_wrap_reply, unwrap_request, wrap_request,
};
use zeroize::Zeroizing;

use self::breaker::Breaker;
pub use self::failure::{Failure, Kind};
use self::http::Ask;
use self::token::Tokens;
use crate::metrics::Metrics;
use crate::root_key::RootKey;

/// How long a call may take altogether, tokens and repetitions included: kube-apiserver waits for
/// three seconds unless it is told otherwise.
pub const CALL_TIMEOUT: Duration = Duration::from_millis(2500);
/// How long one attempt may take, so that there is time for a second.
const ATTEMPT_TIMEOUT: Duration = Duration::from_millis(1000);
/// No attempt is started with less time than this.
const ATTEMPT_MIN: Duration = Duration::from_millis(20);
const ATTEMPTS_MAX: u32 = 4;
const BACKOFF: Duration = Duration::from_millis(40);
/// The state of a key that wraps and unwraps.
const ACTIVE: u8 = 1;

/// The key service, seen from one root key.
pub struct KeyService {
    client: Client,
    url: Url,
    root_key: RootKey,
    tokens: Tokens,
    breaker: Breaker,
    metrics: Metrics,
}

/// Until when a call has to be answered, and the id that goes with it into logs.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    end: Instant,
    uid: &'a str,
}

/// How the key service is reached.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Access {
    /// The service's URL.
    pub url: String,
    /// The identity service's URL, if it is another.
    pub token_url: Option<String>,
    /// A file with the API key.
    pub api_key_file: PathBuf,
    /// A certificate to trust in place of the platform's.
    pub authority: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Keys {
    resources: Vec<KeyView>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeyView {
    state: u8,
    key_version: Option<VersionView>,
}

#[derive(Deserialize)]
struct VersionView {
    id: String,
}

/// One thing to ask of the service.
struct Action<'a> {
    name: &'static str,
    method: Method,
    path: String,
    body: &'a [u8],
    /// Goes out although the breaker is open: it is how an end of the trouble is noticed.
    probe: bool,
}

impl<'a> Call<'a> {
    /// A call that begins now; `uid` names it in logs here and in the key service.
    #[must_use]
    pub fn begin(uid: &'a str) -> Self {
        Self {
            end: Instant::now() + CALL_TIMEOUT,
            uid,
        }
    }

    fn left(&self) -> Duration {
        self.end.saturating_duration_since(Instant::now())
    }
}

impl Access {
    /// The key service at `url`, with the API key in a file.
    #[must_use]
    pub fn new(url: &str, api_key_file: &Path) -> Self {
        Self {
            url: url.to_owned(),
            token_url: None,
            api_key_file: api_key_file.to_owned(),
            authority: None,
        }
    }
}

impl KeyService {
    /// Makes the client. Nothing is sent yet.
    ///
    /// # Errors
    /// A sentence, if a URL or the certificate cannot be used.
    pub fn new(access: &Access, root_key: RootKey, metrics: Metrics) -> Result<Self, String> {
        let url = http::base(&access.url)?;
        let identity = match &access.token_url {
            Some(text) => http::base(text)?,
            None => url.clone(),
        };
        let token_url = http::under(&identity, "/identity/token");
        Ok(Self {
            client: http::client(access.authority.as_deref())?,
            url,
            root_key,
            tokens: Tokens::new(token_url, access.api_key_file.clone()),
            breaker: Breaker::default(),
            metrics,
        })
    }

    /// The root key.
    pub const fn root_key(&self) -> &RootKey {
        &self.root_key
    }

    /// Has a key wrapped by the newest version of the root key.
    ///
    /// # Errors
    /// The failure, after repetitions.
    pub async fn wrap(
        &self,
        key: &DataKey,
        aad: &[&str],
        call: &Call<'_>,
    ) -> Result<Wrapped, Failure> {
        let body = wrap_request(key, aad)?;
        let reply = self.act("wrap", body.as_bytes(), call).await?;
        Ok(read_wrap_reply(&reply)?)
    }

    /// Has a key unwrapped.
    ///
    /// # Errors
    /// The failure, after repetitions.
    pub async fn unwrap(
        &self,
        ciphertext: &[u8],
        aad: &[&str],
        call: &Call<'_>,
    ) -> Result<Unwrapped, Failure> {
        let body = unwrap_request(ciphertext, aad)
            .map_err(|_| Failure::new(Kind::Refused, "no wrapped key"))?;
        let reply = self.act("unwrap", body.as_bytes(), call).await?;
        Ok(read_unwrap_reply(&reply)?)
    }

    /// The id of the root key's newest version, if the key is active.
    ///
    /// # Errors
    /// The failure, after repetitions; [`Kind::KeyState`] if the key is not active.
    pub async fn version(&self, call: &Call<'_>) -> Result<String, Failure> {
        let action = Action {
            name: "metadata",
            method: Method::GET,
            path: format!("/api/v2/keys/{}/metadata", self.root_key.id),
            body: b"",
            probe: true,
        };
        let reply = self.call(action, call).await?;
        let unreadable = || Failure::new(Kind::Protocol, "no metadata of a key");
        let keys: Keys = serde_json::from_slice(&reply).map_err(|_| unreadable())?;
        let key = keys.resources.into_iter().next().ok_or_else(unreadable)?;
        if key.state != ACTIVE {
            return Err(Failure::new(Kind::KeyState, format!("state {}", key.state)));
        }
        Ok(self.version_or_first(key.key_version.map(|version| version.id)))
    }

    /// Sends a registration of a resource under this root key.
    ///
    /// # Errors
    /// The failure, after repetitions.
    pub(crate) async fn register(
        &self,
        method: Method,
        resource: &str,
        body: &[u8],
        call: &Call<'_>,
    ) -> Result<(), Failure> {
        let resource = resource.replace(':', "%3A").replace('/', "%2F");
        let action = Action {
            name: "register",
            method,
            path: format!("/api/v2/keys/{}/registrations/{resource}", self.root_key.id),
            body,
            probe: true,
        };
        self.call(action, call).await.map(drop)
    }

    /// The version of a reply; a service that names none has the key's first, which has its id.
    pub(crate) fn version_or_first(&self, version: Option<String>) -> String {
        version.unwrap_or_else(|| self.root_key.id.clone())
    }

    /// Renews the token ahead of time, or because the file with the API key was written.
    pub(crate) async fn renew_token(&self) -> Result<(), Failure> {
        self.tokens.renew(&self.client, CALL_TIMEOUT).await
    }

    async fn act(
        &self,
        name: &'static str,
        body: &[u8],
        call: &Call<'_>,
    ) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let action = Action {
            name,
            method: Method::POST,
            path: format!("/api/v2/keys/{}/actions/{name}", self.root_key.id),
            body,
            probe: false,
        };
        self.call(action, call).await
    }

    /// Sends until it works, fails for good, or the time is up.
    async fn call(
        &self,
        action: Action<'_>,
        call: &Call<'_>,
    ) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let mut attempt = 0;
        loop {
            if !action.probe && !self.breaker.admits(Instant::now()) {
                let failure = Failure::new(Kind::Paused, "");
                self.metrics.key_service(action.name, failure.kind().name());
                return Err(failure);
            }
            attempt += 1;
            let outcome = self.attempt(&action, call).await;
            let failure = match outcome {
                Ok(reply) => {
                    self.metrics.key_service(action.name, "ok");
                    return Ok(reply);
                }
                Err(failure) => failure,
            };
            self.metrics.key_service(action.name, failure.kind().name());
            tracing::debug!(uid = call.uid, action = action.name, attempt, %failure, "failed");
            let stale_token = failure.kind() == Kind::Denied && attempt == 1;
            let pause = if stale_token {
                Duration::ZERO
            } else {
                backoff(attempt)
            };
            let again = failure.is_passing() || stale_token;
            if !again || attempt >= ATTEMPTS_MAX || call.left() < pause + ATTEMPT_MIN {
                return Err(failure);
            }
            tokio::time::sleep(pause).await;
        }
    }

    async fn attempt(
        &self,
        action: &Action<'_>,
        call: &Call<'_>,
    ) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let timeout = call.left().min(ATTEMPT_TIMEOUT);
        let outcome = match self.headers(call, timeout).await {
            Ok(headers) => {
                let ask = Ask {
                    method: action.method.clone(),
                    url: http::under(&self.url, &action.path),
                    headers,
                    body: action.body,
                };
                let timeout = call.left().min(ATTEMPT_TIMEOUT);
                http::send(&self.client, ask, timeout).await
            }
            Err(failure) => Err(failure),
        };
        let outcome = outcome.and_then(|answer| {
            if answer.status.is_success() {
                return Ok(answer.body);
            }
            Err(Failure::of_answer(answer.status, &answer.body))
        });
        let failed = outcome.as_ref().err().map(Failure::kind);
        if failed == Some(Kind::Denied) {
            self.tokens.forget();
        }
        let silent = matches!(failed, Some(Kind::TimedOut | Kind::Unavailable));
        self.breaker.record(!silent, Instant::now());
        self.metrics.breaker(self.breaker.is_open());
        outcome
    }

    async fn headers(&self, call: &Call<'_>, timeout: Duration) -> Result<HeaderMap, Failure> {
        let bearer = self.tokens.bearer(&self.client, timeout).await?;
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, bearer);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Ok(instance) = HeaderValue::from_str(&self.root_key.instance) {
            headers.insert("bluemix-instance", instance);
        }
        if let Ok(uid) = HeaderValue::from_str(call.uid) {
            headers.insert("correlation-id", uid);
        }
        Ok(headers)
    }
}

/// Longer after each attempt, and not the same for all plugins of a cluster.
fn backoff(attempt: u32) -> Duration {
    let full = BACKOFF.saturating_mul(1 << attempt.min(4));
    full.mul_f64(0.5 + jitter() / 2.0)
}

/// A number from 0 to 1.
pub(crate) fn jitter() -> f64 {
    let mut byte = [0];
    // Without randomness there is no jitter, and nothing worse.
    tsutsumi::random(&mut byte).map_or(0.0, |()| f64::from(byte[0]) / 255.0)
}
