//! A master key wrapped by a root key of another service, which speaks the Key Protect API.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use tsutsumi::key_protect::{read_unwrap_reply, read_wrap_reply, unwrap_request, wrap_request};
use tsutsumi::{DataKey, Secret};
use ureq::Agent;
use ureq::http::{Request, Uri};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use zeroize::Zeroizing;

use super::Failed;
use super::file::{Slot, read_text, write_private};

/// The wrapped key, in the data directory if it is not named.
const WRAPPED: &str = "master.key.wrapped";
/// What the wrapping is bound to, so that no other wrapped key of the same root key is taken for a
/// master key.
const AAD: [&str; 1] = ["tsutsumi-service master key"];
const TIMEOUT: Duration = Duration::from_secs(30);
const REPLY_LEN_MAX: u64 = 256 * 1024;

/// Where the root key is, and what opens the way to it.
#[derive(Clone, Debug)]
pub(crate) struct KeyService {
    pub(super) url: String,
    pub(super) instance: String,
    pub(super) root_key: String,
    pub(super) token_url: Option<String>,
    /// A file with the API key; `None` for the environment.
    pub(super) api_key_file: Option<PathBuf>,
    pub(super) authority: Option<PathBuf>,
    pub(super) wrapped_file: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Token<'a> {
    /// Borrowed, and wiped with the reply.
    access_token: &'a str,
}

#[derive(Deserialize)]
struct Refusal {
    resources: Vec<RefusalView>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RefusalView {
    error_msg: String,
}

impl KeyService {
    pub(super) fn slot(&self, data: &Path) -> Slot {
        Slot::new(
            self.wrapped_file
                .clone()
                .unwrap_or_else(|| data.join(WRAPPED)),
        )
    }

    /// Draws a master key, and writes it wrapped to `path`.
    pub(super) fn make(
        &self,
        write: impl Fn(&str) -> Result<(), Failed>,
    ) -> Result<Secret<32>, Failed> {
        let key = DataKey::generate()?;
        let reply = self.act("wrap", wrap_request(&key, &AAD)?.as_bytes())?;
        let wrapped = read_wrap_reply(&reply).map_err(|error| self.failed(error))?;
        write(&wrapped.ciphertext)?;
        copy(&key)
    }

    /// Has the wrapped key in `path` unwrapped; if the root key was rotated since, the file is
    /// written anew under its newest version.
    pub(super) fn open(&self, path: &Path) -> Result<Secret<32>, Failed> {
        let wrapped = read_text(path)?;
        let request = unwrap_request(wrapped.trim().as_bytes(), &AAD)?;
        let reply = self.act("unwrap", request.as_bytes())?;
        let opened = read_unwrap_reply(&reply).map_err(|error| self.failed(error))?;
        if let Some(renewed) = opened.rewrapped {
            let mut renewing = path.as_os_str().to_owned();
            renewing.push(".renewed");
            let slot = Slot {
                own: path.to_owned(),
                next: renewing.into(),
            };
            let written = slot.write_next(&renewed.ciphertext);
            if let Err(error) = written.and_then(|()| slot.adopt()) {
                tracing::warn!(%error, "the wrapped master key stays under the older version");
            }
        }
        copy(&opened.key)
    }

    fn failed(&self, error: impl std::fmt::Display) -> Failed {
        format!("`{}` does not open the master key: {error}", self.url).into()
    }

    fn act(&self, action: &str, body: &[u8]) -> Result<Zeroizing<Vec<u8>>, Failed> {
        let agent = self.agent()?;
        let bearer = Zeroizing::new(format!("Bearer {}", self.token(&agent)?.as_str()));
        let (url, key) = (self.url.trim_end_matches('/'), &self.root_key);
        let request = Request::builder()
            .method("POST")
            .uri(format!("{url}/api/v2/keys/{key}/actions/{action}"))
            .header("authorization", bearer.as_str())
            .header("bluemix-instance", &self.instance)
            .header("content-type", "application/json")
            .body(body)?;
        self.send(&agent, request)
    }

    fn token(&self, agent: &Agent) -> Result<Zeroizing<String>, Failed> {
        let api_key = match &self.api_key_file {
            Some(path) => read_text(path)?,
            None => std::env::var(super::API_KEY_VARIABLE)
                .map(Zeroizing::new)
                .map_err(|_| {
                    format!(
                        "pass --master-key-api-key-file, or set {}",
                        super::API_KEY_VARIABLE
                    )
                })?,
        };
        let grant = "urn:ibm:params:oauth:grant-type:apikey";
        let form = [("grant_type", grant), ("apikey", api_key.trim())];
        let form = Zeroizing::new(serde_urlencoded::to_string(form)?);
        let url = self.token_url.as_ref().unwrap_or(&self.url);
        refuse_clear_text(url)?;
        let request = Request::builder()
            .method("POST")
            .uri(format!("{}/identity/token", url.trim_end_matches('/')))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("accept", "application/json")
            .body(form.as_bytes())?;
        let reply = self.send(agent, request)?;
        let token: Token<'_> = serde_json::from_slice(&reply)
            .map_err(|_| self.failed("its identity service answers no token"))?;
        Ok(Zeroizing::new(token.access_token.to_owned()))
    }

    /// Sends a request; an answer that is no success becomes an error that says what the service
    /// said.
    fn send(&self, agent: &Agent, request: Request<&[u8]>) -> Result<Zeroizing<Vec<u8>>, Failed> {
        let mut answer = agent.run(request).map_err(|error| self.failed(error))?;
        let body = answer.body_mut().with_config().limit(REPLY_LEN_MAX);
        let body = Zeroizing::new(body.read_to_vec().map_err(|error| self.failed(error))?);
        if answer.status().is_success() {
            return Ok(body);
        }
        let said = serde_json::from_slice::<Refusal>(&body).ok();
        let said = said.and_then(|refusal| refusal.resources.into_iter().next());
        let said = said.map_or_else(|| answer.status().to_string(), |said| said.error_msg);
        Err(self.failed(said))
    }

    fn agent(&self) -> Result<Agent, Failed> {
        refuse_clear_text(&self.url)?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let roots = match &self.authority {
            Some(path) => {
                let pem = std::fs::read(path)
                    .map_err(|error| format!("`{}` cannot be read: {error}", path.display()))?;
                let certificate = Certificate::from_pem(&pem)
                    .map_err(|_| format!("`{}` holds no certificate, PEM", path.display()))?;
                RootCerts::new_with_certs(&[certificate])
            }
            None => RootCerts::PlatformVerifier,
        };
        let tls = TlsConfig::builder()
            .root_certs(roots)
            .unversioned_rustls_crypto_provider(provider)
            .build();
        Ok(Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(TIMEOUT))
            .build()
            .into())
    }
}

/// Draws the key of a new service.
pub(super) fn first(service: &KeyService, data: &Path) -> Result<Secret<32>, Failed> {
    let path = service.slot(data).own;
    service.make(|wrapped| write_private(&path, wrapped))
}

fn copy(key: &DataKey) -> Result<Secret<32>, Failed> {
    Ok(Secret::from_slice(key.secret().as_bytes())?)
}

/// API keys and master keys go over TLS, or do not leave this machine.
fn refuse_clear_text(url: &str) -> Result<(), Failed> {
    let uri: Uri = url.parse().map_err(|_| format!("`{url}` is no URL"))?;
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    let address = host.parse::<std::net::IpAddr>();
    let near = host == "localhost" || address.is_ok_and(|address| address.is_loopback());
    match uri.scheme_str() {
        Some("https") => Ok(()),
        Some("http") if near => Ok(()),
        _ => Err(format!("`{url}` must be an https URL").into()),
    }
}
