//! A service in memory, and calls to it.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use serde_json::{Value, json};
use tower::ServiceExt;
use tsutsumi::Secret;
use tsutsumi_service::{Clock, MemoryStore, Options, Service, Store};

use crate::contract;

/// A service with an API key and a token of its owner.
pub(crate) struct Bench {
    pub(crate) service: Service,
    pub(crate) memory: Arc<MemoryStore>,
    pub(crate) clock: Arc<Clock>,
    pub(crate) master: Secret<32>,
    pub(crate) api_key: String,
    pub(crate) token: String,
}

/// What a call answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
    pub(crate) json: Value,
}

/// A request being put together.
pub(crate) struct Ask {
    router: axum::Router,
    method: &'static str,
    path: String,
    headers: Vec<(String, String)>,
    body: Body,
}

impl Bench {
    pub(crate) async fn new() -> Self {
        let memory = Arc::new(MemoryStore::default());
        let mut bench = Self::over(Arc::clone(&memory) as _).await;
        bench.memory = memory;
        bench
    }

    /// A new service over another store than memory.
    pub(crate) async fn over(store: Arc<dyn Store>) -> Self {
        let master = Secret::generate().unwrap();
        let clock = Arc::new(Clock::default());
        let service = Service::create(store, &master, Arc::clone(&clock), Options::default())
            .await
            .unwrap();
        let api_key = service.issue_api_key("test").await.unwrap().to_string();
        let mut bench = Self {
            service,
            memory: Arc::default(),
            clock,
            master,
            api_key,
            token: String::new(),
        };
        contract::learn(bench.service.router()).await;
        bench.token = bench.fresh_token().await;
        bench
    }

    /// The same service, as one more process over the same rows opens it.
    pub(crate) async fn again(&self, store: Arc<dyn Store>) -> Self {
        let opened = Service::open(store, &self.master, Arc::clone(&self.clock)).await;
        Self {
            service: opened.unwrap(),
            memory: Arc::default(),
            clock: Arc::clone(&self.clock),
            master: Secret::from_slice(self.master.as_bytes()).unwrap(),
            api_key: self.api_key.clone(),
            token: self.token.clone(),
        }
    }

    /// Exchanges the API key for a token.
    pub(crate) async fn fresh_token(&self) -> String {
        token(&self.service, &self.api_key).await
    }

    /// A request of the owner to the key API.
    pub(crate) fn ask(&self, method: &'static str, path: &str) -> Ask {
        self.ask_as(&self.token, method, path)
    }

    /// A request under another token.
    pub(crate) fn ask_as(&self, token: &str, method: &'static str, path: &str) -> Ask {
        self.bare(method, &format!("/api/v2{path}"))
            .header("authorization", &format!("Bearer {token}"))
            .header("bluemix-instance", self.service.instance())
    }

    /// A request without any header.
    pub(crate) fn bare(&self, method: &'static str, path: &str) -> Ask {
        bare(&self.service, method, path)
    }

    /// Creates a root key and returns its id.
    pub(crate) async fn root_key(&self) -> String {
        self.create(json!({"name": "root", "extractable": false}))
            .await
    }

    /// Creates a key with these fields and returns its id.
    pub(crate) async fn create(&self, key: Value) -> String {
        let answer = self
            .ask("POST", "/keys")
            .json(&collection(key))
            .send()
            .await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.json["resources"][0]["id"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// An action with a body.
    pub(crate) async fn act(&self, key: &str, action: &str, body: &Value) -> Answer {
        self.ask("POST", &format!("/keys/{key}/actions/{action}"))
            .json(body)
            .send()
            .await
    }
}

/// A collection of one resource, as `POST /keys` takes it.
pub(crate) fn collection(resource: Value) -> Value {
    json!({
        "metadata": {
            "collectionType": "application/vnd.ibm.kms.key+json",
            "collectionTotal": 1,
        },
        "resources": [resource],
    })
}

/// Exchanges an API key for a token.
pub(crate) async fn token(service: &Service, api_key: &str) -> String {
    let form = format!("grant_type=urn:ibm:params:oauth:grant-type:apikey&apikey={api_key}");
    let answer = bare(service, "POST", "/identity/token")
        .text(&form)
        .send()
        .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json["access_token"].as_str().unwrap().to_owned()
}

/// A request without any header.
pub(crate) fn bare(service: &Service, method: &'static str, path: &str) -> Ask {
    let (router, path) = (service.router(), path.to_owned());
    Ask {
        router,
        method,
        path,
        headers: Vec::new(),
        body: Body::empty(),
    }
}

impl Ask {
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.text(&body.to_string())
    }

    pub(crate) fn text(self, body: &str) -> Self {
        self.body(Body::from(body.to_owned()))
    }

    pub(crate) fn body(self, body: Body) -> Self {
        Self { body, ..self }
    }

    pub(crate) async fn send(self) -> Answer {
        let mut request = Request::builder().method(self.method).uri(&self.path);
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        let response = self
            .router
            .oneshot(request.body(self.body).unwrap())
            .await
            .unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        let json = serde_json::from_slice(&bytes).unwrap_or_default();
        let answer = Answer {
            status: parts.status,
            headers: parts.headers,
            bytes,
            json,
        };
        contract::check(self.method, &self.path, &answer);
        answer
    }
}

impl Answer {
    /// The code of the first reason; empty if there is none.
    pub(crate) fn code(&self) -> &str {
        self.json["resources"][0]["reasons"][0]["code"]
            .as_str()
            .unwrap_or_default()
    }

    /// Demands a refusal with this status and code, in the form of Key Protect's errors.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: &str) {
        assert_eq!(
            (self.status.as_u16(), self.code()),
            (status, code),
            "{self:?}"
        );
        let metadata = &self.json["metadata"];
        assert_eq!(
            metadata["collectionType"],
            "application/vnd.ibm.kms.error+json"
        );
        assert_eq!(metadata["collectionTotal"], 1);
        let message = self.json["resources"][0]["errorMsg"].as_str().unwrap();
        let phrase = self.status.canonical_reason().unwrap();
        assert!(message.starts_with(&format!("{phrase}: ")), "{message}");
        if !code.is_empty() {
            let tail = format!("Please see `reasons` for more details ({code})");
            assert!(message.ends_with(&tail), "{message}");
            assert_eq!(self.json["resources"][0]["reasons"][0]["status"], status);
        }
    }

    /// Demands success with this status.
    #[track_caller]
    pub(crate) fn ok(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        self
    }

    /// The first resource.
    pub(crate) fn resource(&self) -> &Value {
        &self.json["resources"][0]
    }

    /// A string of the document.
    #[track_caller]
    pub(crate) fn text(&self, name: &str) -> String {
        self.json[name]
            .as_str()
            .unwrap_or_else(|| panic!("no {name}: {self:?}"))
            .to_owned()
    }

    /// A header.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}
