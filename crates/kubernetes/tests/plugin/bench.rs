//! A key service on loopback that can be made to fail, and a plugin over it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::task::{JoinHandle, JoinSet};
use tonic::{Request as Asked, Status};
use tower::ServiceExt;
use tsutsumi::Secret;
use tsutsumi_kms_api::{
    Annotations, DecryptRequest, EncryptRequest, EncryptResponse, KeyManagementService,
    StatusRequest, StatusResponse,
};
use tsutsumi_kubernetes::{Access, KeyService, Memory, Metrics, Plugin, RootKey, Scope, watch};
use tsutsumi_service::{Clock, MemoryStore, Options, Service};

/// What the key service does instead of answering.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fault {
    /// Answers with this status.
    Status(u16),
    /// Takes this long before it answers.
    Slow(Duration),
    /// Answers something else than JSON.
    Nonsense,
}

/// Which requests fail, how often, and what came.
#[derive(Default)]
pub(crate) struct Control {
    faults: Mutex<Vec<(&'static str, u32, Fault)>>,
    pub(crate) requests: Mutex<Vec<String>>,
}

pub(crate) struct Bench {
    pub(crate) service: Service,
    pub(crate) clock: Arc<Clock>,
    pub(crate) control: Arc<Control>,
    pub(crate) root_key: RootKey,
    pub(crate) url: String,
    pub(crate) owner: String,
    folder: tempfile::TempDir,
}

/// A plugin that is being watched over.
pub(crate) struct Running {
    pub(crate) plugin: Plugin,
    pub(crate) memory: Arc<Memory>,
    pub(crate) metrics: Metrics,
    pub(crate) keys: Arc<KeyService>,
    watch: JoinHandle<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.watch.abort();
    }
}

impl Control {
    /// The next `times` requests whose path holds `part` fail.
    pub(crate) fn fail(&self, part: &'static str, times: u32, fault: Fault) {
        self.faults.lock().unwrap().push((part, times, fault));
    }

    pub(crate) fn mend(&self) {
        self.faults.lock().unwrap().clear();
    }

    fn next(&self, path: &str) -> Option<Fault> {
        let mut faults = self.faults.lock().unwrap();
        let found = faults
            .iter_mut()
            .find(|(part, times, _)| *times > 0 && path.contains(part));
        found.map(|(_, times, fault)| {
            *times -= 1;
            *fault
        })
    }

    /// How many requests went to a path that holds `part`.
    pub(crate) fn count(&self, part: &str) -> usize {
        let requests = self.requests.lock().unwrap();
        requests.iter().filter(|path| path.contains(part)).count()
    }
}

async fn faulty(control: Arc<Control>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    control.requests.lock().unwrap().push(path.clone());
    match control.next(&path) {
        Some(Fault::Status(status)) => {
            return StatusCode::from_u16(status).unwrap().into_response();
        }
        Some(Fault::Nonsense) => return "<html></html>".into_response(),
        Some(Fault::Slow(time)) => tokio::time::sleep(time).await,
        None => {}
    }
    next.run(request).await
}

impl Bench {
    pub(crate) async fn new() -> Self {
        let (store, clock) = (Arc::new(MemoryStore::default()), Arc::new(Clock::default()));
        let master = Secret::generate().unwrap();
        let made = Service::create(store, &master, Arc::clone(&clock), Options::default());
        let service = made.await.unwrap();
        let owner = service.issue_api_key("test").await.unwrap().to_string();
        let control = Arc::new(Control::default());
        let seen = Arc::clone(&control);
        let layer = from_fn(move |request, next| faulty(Arc::clone(&seen), request, next));
        let router = service.router().layer(layer);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let mut bench = Self {
            root_key: "crn:v1:bluemix:public:kms:us-south:a/1:i:key:k"
                .parse()
                .unwrap(),
            folder: tempfile::tempdir().unwrap(),
            service,
            clock,
            control,
            url,
            owner,
        };
        bench.root_key = bench.another_key().await;
        bench.write_api_key(&bench.owner);
        bench
    }

    pub(crate) async fn another_key(&self) -> RootKey {
        let key = json!({"name": "secrets", "extractable": false});
        let made = self.api("POST", "/keys", &collection("key", key)).await;
        let crn = made["resources"][0]["crn"].as_str().unwrap();
        crn.parse().unwrap()
    }

    pub(crate) fn api_key_file(&self) -> PathBuf {
        self.folder.path().join("api-key")
    }

    pub(crate) fn write_api_key(&self, key: &str) {
        std::fs::write(self.api_key_file(), format!("{key}\n")).unwrap();
    }

    /// A call of the owner to the key API, past all faults.
    pub(crate) async fn api(&self, method: &str, path: &str, body: &Value) -> Value {
        let token = token(self.service.router(), &self.owner).await;
        let request = Request::builder()
            .method(method)
            .uri(format!("/api/v2{path}"))
            .header("authorization", format!("Bearer {token}"))
            .header("bluemix-instance", self.service.instance())
            .header("content-type", "application/json");
        let body = match body {
            Value::Null => Body::empty(),
            body => Body::from(body.to_string()),
        };
        send(self.service.router(), request.body(body).unwrap()).await
    }

    /// An action without a body on the root key.
    pub(crate) async fn act(&self, action: &str) {
        let path = format!("/keys/{}/actions/{action}", self.root_key.id);
        self.api("POST", &path, &Value::Null).await;
    }

    /// A plugin of one cluster, which is ready.
    pub(crate) async fn plugin(&self, local_kek: bool) -> Running {
        let running = self.start("cluster", "tsutsumi", local_kek);
        let ready = || running.memory.is_ready() && running.memory.status().1 == "ok";
        within(Duration::from_secs(5), ready).await;
        running
    }

    pub(crate) fn start(&self, cluster: &str, provider: &str, local_kek: bool) -> Running {
        self.start_with(self.root_key.clone(), cluster, provider, local_kek)
    }

    pub(crate) fn start_with(
        &self,
        root_key: RootKey,
        cluster: &str,
        provider: &str,
        local_kek: bool,
    ) -> Running {
        let metrics = Metrics::default();
        let access = Access::new(&self.url, &self.api_key_file());
        let keys = KeyService::new(&access, root_key.clone(), metrics.clone()).unwrap();
        let keys = Arc::new(keys);
        let memory = Arc::new(Memory::new(root_key, metrics.clone()));
        let plugin = Plugin::new(
            Arc::clone(&keys),
            Arc::clone(&memory),
            metrics.clone(),
            Scope::new(cluster, provider).unwrap(),
            local_kek,
        );
        let poll = Duration::from_millis(300);
        let watching = watch::run(Arc::clone(&keys), Arc::clone(&memory), plugin.clone(), poll);
        Running {
            plugin,
            memory,
            metrics,
            keys,
            watch: tokio::spawn(watching),
        }
    }
}

impl Running {
    pub(crate) async fn status(&self) -> Result<StatusResponse, Status> {
        let answer = self.plugin.status(Asked::new(StatusRequest {})).await?;
        Ok(answer.into_inner())
    }

    pub(crate) async fn encrypt(&self, plaintext: &[u8]) -> Result<EncryptResponse, Status> {
        let request = EncryptRequest {
            plaintext: plaintext.to_vec(),
            uid: "test".into(),
        };
        Ok(self.plugin.encrypt(Asked::new(request)).await?.into_inner())
    }

    pub(crate) async fn decrypt(&self, sealed: &EncryptResponse) -> Result<Vec<u8>, Status> {
        decrypt(self.plugin.clone(), sealed.clone()).await
    }

    /// Decrypts all at the same time.
    pub(crate) async fn decrypt_all(
        &self,
        sealed: &[EncryptResponse],
    ) -> Vec<Result<Vec<u8>, Status>> {
        let mut calls = JoinSet::new();
        for one in sealed {
            calls.spawn(decrypt(self.plugin.clone(), one.clone()));
        }
        calls.join_all().await
    }
}

async fn decrypt(plugin: Plugin, sealed: EncryptResponse) -> Result<Vec<u8>, Status> {
    let request = DecryptRequest {
        ciphertext: sealed.ciphertext,
        uid: "test".into(),
        key_id: sealed.key_id,
        annotations: sealed.annotations,
    };
    let answer = plugin.decrypt(Asked::new(request)).await?;
    Ok(answer.into_inner().plaintext.clone())
}

/// Waits until something holds, and fails if it does not in time.
pub(crate) async fn within(time: Duration, holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(
            start.elapsed() < time,
            "it does not come to hold in {time:?}"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

pub(crate) fn collection(kind: &str, resource: Value) -> Value {
    json!({
        "metadata": {
            "collectionType": format!("application/vnd.ibm.kms.{kind}+json"),
            "collectionTotal": 1,
        },
        "resources": [resource],
    })
}

pub(crate) async fn token(router: Router, api_key: &str) -> String {
    let form = format!("grant_type=urn:ibm:params:oauth:grant-type:apikey&apikey={api_key}");
    let request = Request::post("/identity/token")
        .body(Body::from(form))
        .unwrap();
    let answer = send(router, request).await;
    answer["access_token"].as_str().unwrap().to_owned()
}

pub(crate) async fn send(router: Router, request: Request) -> Value {
    let response = router.oneshot(request).await.unwrap();
    let status = response.status();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    let text = String::from_utf8_lossy(&body);
    assert!(status.is_success(), "{status} {text}");
    serde_json::from_slice(&body).unwrap_or_default()
}

pub(crate) fn no_annotations() -> Annotations {
    Annotations::new()
}
