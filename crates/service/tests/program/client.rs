//! A client that takes a broken connection for an answer: the program may be dead.

use serde_json::Value;
use ureq::Agent;
use ureq::http::Request;

use crate::program::Ready;

/// Calls one service as one identity.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    agent: Agent,
    url: String,
    instance: String,
    token: String,
}

/// An answer that arrived whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) json: Value,
}

impl Client {
    pub(crate) fn new(ready: &Ready, api_key: &str) -> Self {
        let agent: Agent = Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .into();
        let form = format!("grant_type=urn:ibm:params:oauth:grant-type:apikey&apikey={api_key}");
        let mut answer = agent
            .post(format!("{}/identity/token", ready.url))
            .send(form)
            .unwrap();
        let json: Value =
            serde_json::from_slice(&answer.body_mut().read_to_vec().unwrap()).unwrap();
        Self {
            agent,
            url: ready.url.clone(),
            instance: ready.instance.clone(),
            token: json["access_token"].as_str().unwrap().to_owned(),
        }
    }

    /// The token that it calls with.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// Sends a form to the token endpoint and returns the status.
    pub(crate) fn form(&self, form: &str) -> u16 {
        let answer = self
            .agent
            .post(format!("{}/identity/token", self.url))
            .send(form);
        answer.unwrap().status().as_u16()
    }

    /// `None` if the connection broke before the answer was there.
    pub(crate) fn call(&self, method: &str, path: &str, body: &Value) -> Option<Answer> {
        self.ask(method, &format!("/api/v2{path}"), body)
    }

    /// Calls by the whole path.
    pub(crate) fn ask(&self, method: &str, path: &str, body: &Value) -> Option<Answer> {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url))
            .header("authorization", format!("Bearer {}", self.token))
            .header("bluemix-instance", &self.instance)
            .body(if method == "GET" {
                String::new()
            } else {
                body.to_string()
            })
            .unwrap();
        let mut answer = self.agent.run(request).ok()?;
        let bytes = answer.body_mut().read_to_vec().ok()?;
        let json = serde_json::from_slice(&bytes).unwrap_or_default();
        Some(Answer {
            status: answer.status().as_u16(),
            json,
        })
    }
}
