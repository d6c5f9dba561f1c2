//! Wrapping and unwrapping through a real root-key service, over HTTP.
//!
//! The service is started by the test command, which hands its ready line over in the environment.

use serde_json::{Value, json};
use tsutsumi::key_protect::{read_unwrap_reply, read_wrap_reply, unwrap_request, wrap_request};
use tsutsumi::{Code, Context, DataKey};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{console_log, wasm_bindgen_test};
use web_sys::js_sys::Uint8Array;
use web_sys::{Request, RequestInit, Response};

/// A service, and a token for it.
struct Service {
    url: String,
    instance: String,
    token: String,
}

impl Service {
    /// Says why, where the tests were built without a service.
    async fn connect() -> Option<Self> {
        let Some(ready) = option_env!("TSUTSUMI_TEST_SERVICE") else {
            console_log!("skipped: TSUTSUMI_TEST_SERVICE names no service");
            return None;
        };
        let ready: Value = serde_json::from_str(ready).unwrap();
        let text = |name: &str| ready[name].as_str().unwrap().to_owned();
        let mut service = Self {
            url: text("url"),
            instance: text("instance"),
            token: String::new(),
        };
        let grant = format!(
            "grant_type=urn%3Aibm%3Aparams%3Aoauth%3Agrant-type%3Aapikey&apikey={}",
            text("apiKey")
        );
        let (status, body) = service.post("/identity/token", grant.as_bytes()).await;
        assert_eq!(status, 200);
        let reply: Value = serde_json::from_slice(&body).unwrap();
        service.token = reply["access_token"].as_str().unwrap().to_owned();
        Some(service)
    }

    async fn post(&self, path: &str, body: &[u8]) -> (u16, Vec<u8>) {
        let init = RequestInit::new();
        init.set_method("POST");
        init.set_body(&Uint8Array::from(body));
        let request = Request::new_with_str_and_init(&format!("{}{path}", self.url), &init);
        let request = request.unwrap();
        let headers = request.headers();
        if self.token.is_empty() {
            headers
                .set("content-type", "application/x-www-form-urlencoded")
                .unwrap();
        } else {
            headers.set("content-type", "application/json").unwrap();
            headers
                .set("authorization", &format!("Bearer {}", self.token))
                .unwrap();
            headers.set("bluemix-instance", &self.instance).unwrap();
        }
        let window = web_sys::window().unwrap();
        let response = JsFuture::from(window.fetch_with_request(&request)).await;
        let response: Response = response.map_err(describe).unwrap().dyn_into().unwrap();
        let body = JsFuture::from(response.array_buffer().unwrap())
            .await
            .unwrap();
        (response.status(), Uint8Array::new(&body).to_vec())
    }

    async fn create_root_key(&self) -> String {
        let kind = "application/vnd.ibm.kms.key+json";
        let body = json!({
            "metadata": { "collectionType": kind, "collectionTotal": 1 },
            "resources": [{ "type": kind, "name": "browser test", "extractable": false }],
        });
        let (status, reply) = self.post("/api/v2/keys", body.to_string().as_bytes()).await;
        assert_eq!(status, 201);
        let reply: Value = serde_json::from_slice(&reply).unwrap();
        reply["resources"][0]["id"].as_str().unwrap().to_owned()
    }

    async fn action(&self, key: &str, form: &str, body: &[u8]) -> (u16, Vec<u8>) {
        self.post(&format!("/api/v2/keys/{key}{form}"), body).await
    }
}

fn describe(error: JsValue) -> String {
    format!("{error:?}")
}

async fn round_trip(wrap: &str, unwrap: &str) {
    let Some(service) = Service::connect().await else {
        return;
    };
    let root_key = service.create_root_key().await;
    let key = DataKey::generate().unwrap();
    let aad = Context::new([("tenant", "acme")]).unwrap().digest();

    let request = wrap_request(&key, &[&aad]).unwrap();
    let (status, reply) = service.action(&root_key, wrap, request.as_bytes()).await;
    assert_eq!(status, 200);
    let wrapped = read_wrap_reply(&reply).unwrap();

    let request = unwrap_request(wrapped.ciphertext.as_bytes(), &[&aad]).unwrap();
    let (status, reply) = service.action(&root_key, unwrap, request.as_bytes()).await;
    assert_eq!(status, 200);
    let unwrapped = read_unwrap_reply(&reply).unwrap();
    assert_eq!(unwrapped.key.secret(), key.secret());
    assert_eq!(unwrapped.key_version, wrapped.key_version);
}

#[wasm_bindgen_test]
async fn a_data_key_goes_to_the_service_and_back() {
    round_trip("/actions/wrap", "/actions/unwrap").await;
}

#[wasm_bindgen_test]
async fn the_older_form_of_the_address_works_too() {
    round_trip("?action=wrap", "?action=unwrap").await;
}

#[wasm_bindgen_test]
async fn another_context_does_not_unwrap_at_the_service() {
    let Some(service) = Service::connect().await else {
        return;
    };
    let root_key = service.create_root_key().await;
    let request = wrap_request(&DataKey::generate().unwrap(), &["one"]).unwrap();
    let (_, reply) = service
        .action(&root_key, "/actions/wrap", request.as_bytes())
        .await;
    let wrapped = read_wrap_reply(&reply).unwrap();
    let request = unwrap_request(wrapped.ciphertext.as_bytes(), &["two"]).unwrap();
    let (status, reply) = service
        .action(&root_key, "/actions/unwrap", request.as_bytes())
        .await;
    assert_eq!(status, 400);
    // The error is JSON too, and is no key.
    assert_eq!(
        read_unwrap_reply(&reply).unwrap_err().code(),
        Code::KmsProtocol
    );
}

#[wasm_bindgen_test]
async fn a_disabled_root_key_unwraps_nothing() {
    let Some(service) = Service::connect().await else {
        return;
    };
    let root_key = service.create_root_key().await;
    let request = wrap_request(&DataKey::generate().unwrap(), &[]).unwrap();
    let (_, reply) = service
        .action(&root_key, "/actions/wrap", request.as_bytes())
        .await;
    let wrapped = read_wrap_reply(&reply).unwrap();
    let (status, _) = service.action(&root_key, "/actions/disable", b"").await;
    assert_eq!(status, 204);
    let request = unwrap_request(wrapped.ciphertext.as_bytes(), &[]).unwrap();
    let (status, _) = service
        .action(&root_key, "/actions/unwrap", request.as_bytes())
        .await;
    assert_eq!(status, 409);
}
