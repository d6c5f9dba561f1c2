//! The service inside a JavaScript program: a class around the router.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use axum::body::Body;
use axum::http::{Request, Response};
use bytes::Bytes;
use http_body_util::BodyExt;
use js_sys::{Array, Error, Object, Promise, Reflect, Uint8Array};
use tower::ServiceExt;
use tsutsumi::Secret;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use zeroize::Zeroizing;

use crate::import::platform::ImportTokens;
use crate::{Clock, MemoryStore, Options, Service, ServiceError, StoreError};

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r"
export interface EmbeddedOptions {
  readonly region?: string;
  readonly instance?: string;
  readonly accountId?: string;
}
export interface EmbeddedReply {
  readonly status: number;
  /** Names and values in turn. */
  readonly headers: string[];
  readonly body: Uint8Array;
}
";

#[wasm_bindgen]
extern "C" {
    /// What a new service is to be.
    #[wasm_bindgen(typescript_type = "EmbeddedOptions")]
    pub type EmbeddedOptions;

    /// A promise of a reply.
    #[wasm_bindgen(typescript_type = "Promise<EmbeddedReply>")]
    pub type ReplyPromise;
}

/// A root-key service in memory.
#[wasm_bindgen]
#[derive(Debug)]
pub struct EmbeddedService {
    service: Service,
    store: Arc<MemoryStore>,
    clock: Arc<Clock>,
    router: axum::Router,
}

#[wasm_bindgen]
impl EmbeddedService {
    /// Makes a service with an account, an owner and one instance.
    ///
    /// # Errors
    /// `{code: "ERR_ARGUMENT"}` if the options or the master key's length are wrong.
    pub fn create(
        options: &EmbeddedOptions,
        master_key: Vec<u8>,
        tokens: ImportTokens,
    ) -> Result<Self, JsValue> {
        let master = master(master_key)?;
        let options = Options {
            account: text(options, "accountId")?,
            instance: text(options, "instance")?,
            region: text(options, "region")?,
        };
        let (store, clock) = (Arc::new(MemoryStore::default()), Arc::new(Clock::default()));
        let made = Service::create(
            Arc::clone(&store) as _,
            &master,
            Arc::clone(&clock),
            options,
        );
        Ok(Self::around(at_once(made)?, store, clock, tokens))
    }

    /// Makes a service of what `snapshot` returned.
    ///
    /// # Errors
    /// `{code: "ERR_OPEN_FAILED"}` if the master key is another one or a byte was altered,
    /// `{code: "ERR_FORMAT_INVALID"}` if the bytes are no snapshot.
    pub fn restore(
        snapshot: &[u8],
        master_key: Vec<u8>,
        tokens: ImportTokens,
    ) -> Result<Self, JsValue> {
        let master = master(master_key)?;
        let clock = Arc::new(Clock::default());
        let opened = Service::restore(snapshot, &master, Arc::clone(&clock));
        let (service, store) = at_once(opened)?;
        Ok(Self::around(service, store, clock, tokens))
    }

    /// Answers one request.
    ///
    /// * `path` - path and query.
    /// * `headers` - names and values in turn.
    /// * `body` - wiped once it is read.
    ///
    /// # Errors
    /// `{code: "ERR_ARGUMENT"}` if the method, path or headers cannot stand in HTTP.
    pub fn handle(
        &self,
        method: &str,
        path: &str,
        headers: Vec<String>,
        body: Vec<u8>,
    ) -> Result<ReplyPromise, JsValue> {
        let body = Body::from(Bytes::from_owner(Zeroizing::new(body)));
        let mut request = Request::builder().method(method).uri(path);
        for pair in headers.chunks(2) {
            if let [name, value] = pair {
                request = request.header(name, value);
            }
        }
        let request = request.body(body).map_err(|_| {
            coded(
                "ERR_ARGUMENT",
                "`method`, `path` or `headers` cannot stand in a request",
            )
        })?;
        let router = self.router.clone();
        let answer = async move {
            let response = router
                .oneshot(request)
                .await
                .unwrap_or_else(|never| match never {});
            Ok(reply(response).await?.into())
        };
        Ok(Promise::from(future_to_promise(answer)).unchecked_into())
    }

    /// Everything the service holds, sealed under the master key.
    ///
    /// # Errors
    /// `{code: "ERR_INTERNAL"}` if the platform gives no randomness.
    pub fn snapshot(&self) -> Result<Vec<u8>, JsValue> {
        self.service.snapshot(&self.store).map_err(refusal)
    }

    /// An API key of the account's owner: the same one each time, also of a snapshot, until it is
    /// deleted.
    ///
    /// # Errors
    /// `{code: "ERR_INTERNAL"}` if the platform gives no randomness, `{code: "ERR_OPEN_FAILED"}` if
    /// what is stored was altered.
    #[wasm_bindgen(js_name = ownerApiKey)]
    pub fn owner_api_key(&self) -> Result<String, JsValue> {
        let kept = self.service.kept_api_key("embedded");
        Ok(at_once(kept)?.to_string())
    }

    /// Moves the service's clock forward, so that its timers can be tested.
    #[wasm_bindgen(js_name = advanceClock)]
    pub fn advance_clock(&self, seconds: i32) {
        self.clock.advance(seconds.into());
    }

    /// Ends every access token issued so far; new ones can be had at once.
    #[wasm_bindgen(js_name = expireTokens)]
    pub fn expire_tokens(&self) {
        self.service.expire_tokens();
    }

    /// The id of the instance.
    #[wasm_bindgen(getter)]
    pub fn instance(&self) -> String {
        self.service.instance().to_owned()
    }

    /// The id of the account.
    #[wasm_bindgen(getter, js_name = accountId)]
    pub fn account_id(&self) -> String {
        self.service.account().to_owned()
    }

    /// The region in resource names.
    #[wasm_bindgen(getter)]
    pub fn region(&self) -> String {
        self.service.region().to_owned()
    }
}

impl EmbeddedService {
    fn around(
        service: Service,
        store: Arc<MemoryStore>,
        clock: Arc<Clock>,
        tokens: ImportTokens,
    ) -> Self {
        service.keep_import_tokens(tokens);
        // Events would grow every snapshot, and nobody reads them here
        service.track_activity(false);
        let router = service.router();
        Self {
            service,
            store,
            clock,
            router,
        }
    }
}

/// Turns a response into a plain object, so that nothing of it stays in the module's memory.
async fn reply(response: Response<Body>) -> Result<Object, JsValue> {
    let (parts, body) = response.into_parts();
    let failed = |_| coded("ERR_INTERNAL", "the reply could not be read");
    let body = body.collect().await.map_err(failed)?.to_bytes();
    let headers = Array::new();
    for (name, value) in &parts.headers {
        headers.push(&name.as_str().into());
        headers.push(&value.to_str().unwrap_or_default().into());
    }
    let reply = Object::new();
    Reflect::set(&reply, &"status".into(), &parts.status.as_u16().into())?;
    Reflect::set(&reply, &"headers".into(), &headers)?;
    Reflect::set(&reply, &"body".into(), &Uint8Array::from(&body[..]))?;
    Ok(reply)
}

/// Polls a future that never waits: the store is in memory.
fn at_once<T>(future: impl Future<Output = Result<T, ServiceError>>) -> Result<T, JsValue> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => outcome.map_err(refusal),
        Poll::Pending => Err(coded("ERR_INTERNAL", "the store did not answer at once")),
    }
}

fn master(key: Vec<u8>) -> Result<Secret<32>, JsValue> {
    let key = Zeroizing::new(key);
    Secret::from_slice(&key).map_err(|_| coded("ERR_ARGUMENT", "`masterKey` must be 32 bytes long"))
}

fn text(options: &JsValue, name: &str) -> Result<Option<String>, JsValue> {
    let value = Reflect::get(options, &name.into())
        .map_err(|_| coded("ERR_ARGUMENT", "`options` must be an object"))?;
    if value.is_undefined() {
        return Ok(None);
    }
    let text = value.as_string();
    text.map(Some)
        .ok_or_else(|| coded("ERR_ARGUMENT", "every option must be a string"))
}

fn refusal(error: ServiceError) -> JsValue {
    let code = match error {
        ServiceError::Option => "ERR_ARGUMENT",
        ServiceError::WrongMasterKey => "ERR_OPEN_FAILED",
        ServiceError::Missing | ServiceError::Store(StoreError::Corrupt) => "ERR_FORMAT_INVALID",
        _ => "ERR_INTERNAL",
    };
    coded(code, &error.to_string())
}

fn coded(code: &str, message: &str) -> JsValue {
    let error = Error::new(message);
    // Setting a property of a fresh object cannot fail
    let _ = Reflect::set(&error, &"code".into(), &code.into());
    error.into()
}
