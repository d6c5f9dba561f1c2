//! What the identity and policy endpoints share: who visits, how they are refused, what is noted.

mod track;

use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::body::Body;
use axum::extract::{FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Response, StatusCode};
use serde::Deserialize;
use serde_json::json;
use zeroize::Zeroizing;

use crate::identity::caller::{Bearer, Caller};
use crate::payload::parse;
use crate::reply::Reply;
use crate::service::{Service, new_id};
use crate::store::StoreError;

pub(crate) use track::{Thing, Verb, tracked};

/// A known caller of an identity or policy endpoint.
pub(crate) struct Visitor {
    pub(crate) caller: Caller,
    /// Taken by what carries the visit out; `None` if there is none that can be read.
    body: Mutex<Option<Zeroizing<Vec<u8>>>>,
    subject: Mutex<Subject>,
}

/// What a visit is about, as far as it is known.
#[derive(Default)]
struct Subject {
    id: Option<String>,
    /// Whose API key it is.
    owner: Option<String>,
}

/// The id at the end of a path.
pub(crate) struct Id(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Response<Body>;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let id = Path::<String>::from_request_parts(parts, state).await;
        id.map(|Path(id)| Self(id)).map_err(|_| {
            let message = "the id in the path is not UTF-8";
            answer(Err(Denied::new(
                StatusCode::BAD_REQUEST,
                "invalid_id",
                message,
            )))
        })
    }
}

/// Why a visitor is refused.
#[derive(Debug)]
pub(crate) struct Denied {
    status: StatusCode,
    code: &'static str,
    message: String,
    retry_after_s: Option<u32>,
}

impl Denied {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: &str) -> Self {
        Self {
            status,
            code,
            message: message.to_owned(),
            retry_after_s: None,
        }
    }

    /// The visitor is known and may not do this.
    pub(crate) fn forbidden() -> Self {
        let message = "you are not authorized to do this";
        Self::new(StatusCode::FORBIDDEN, "insufficient_permissions", message)
    }
}

impl From<StoreError> for Denied {
    fn from(error: StoreError) -> Self {
        let (status, code) = match error {
            StoreError::Conflict => (StatusCode::CONFLICT, "conflict"),
            StoreError::Corrupt => (StatusCode::INTERNAL_SERVER_ERROR, "internal_error"),
            StoreError::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
        };
        Self::new(status, code, &error.to_string())
    }
}

impl From<tsutsumi::Error> for Denied {
    fn from(_: tsutsumi::Error) -> Self {
        let message = "the platform gives no randomness";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal_error", message)
    }
}

/// Finds out who visits, and wants to change nothing.
pub(crate) fn enter(service: &Service, request: Request) -> Result<Visitor, Denied> {
    recognise(service, &request.into_parts().0.headers)
}

/// Finds out who visits.
fn recognise(service: &Service, headers: &HeaderMap) -> Result<Visitor, Denied> {
    let caller =
        service
            .authenticate(headers)
            .map_err(|problem| match problem.retry_after_s() {
                None => Denied::new(
                    StatusCode::UNAUTHORIZED,
                    "invalid_token",
                    "the token is missing or not valid",
                ),
                wait => Denied {
                    retry_after_s: wait,
                    ..Denied::new(
                        StatusCode::TOO_MANY_REQUESTS,
                        "too_many_requests",
                        "too many requests with this credential",
                    )
                },
            })?;
    Ok(Visitor {
        caller,
        body: Mutex::default(),
        subject: Mutex::default(),
    })
}

/// Writes the outcome of a visit.
pub(crate) fn answer(outcome: Result<Reply, Denied>) -> Response<Body> {
    answer_as(outcome, &new_id().unwrap_or_default())
}

/// Writes the outcome of a visit under a trace of its own.
fn answer_as(outcome: Result<Reply, Denied>, trace: &str) -> Response<Body> {
    let code = outcome.as_ref().err().map(|d| d.code);
    let reply = outcome.unwrap_or_else(
        |Denied {
             status,
             code,
             message,
             retry_after_s,
         }| {
            let body = json!({
                "trace": trace,
                "errors": [{"code": code, "message": message}],
                "status_code": status.as_u16(),
            });
            Reply::document(status, "application/json", &body).retry_after(retry_after_s)
        },
    );
    let status = reply.status().as_u16();
    tracing::info!(action = "iam", status, code, correlation = trace);
    reply.into_response()
}

impl Visitor {
    /// Whether the visitor is a user or a service ID, not a service.
    pub(crate) const fn is_identity(&self) -> bool {
        matches!(self.caller.bearer, Bearer::Identity)
    }

    /// Requires an identity of the account; nothing of it is shown to others.
    pub(crate) fn require_account(&self, account: &str) -> Result<(), Denied> {
        if self.caller.account == account && self.is_identity() {
            return Ok(());
        }
        Err(Denied::forbidden())
    }

    /// Whether the visitor owns the account.
    pub(crate) fn is_owner(&self, service: &Service) -> bool {
        self.caller.iam_id == service.owner() && self.caller.account == service.account()
    }

    /// Names what the visit makes, changes or removes, or would.
    pub(crate) fn concerns(&self, id: &str) {
        self.subject().id = Some(id.to_owned());
    }

    /// Names whose API key it is about.
    pub(crate) fn concerns_key_of(&self, iam_id: &str) {
        self.subject().owner = Some(iam_id.to_owned());
    }

    fn subject(&self) -> MutexGuard<'_, Subject> {
        self.subject.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the document in the body.
    pub(crate) fn json<T: for<'de> Deserialize<'de>>(&self) -> Result<T, Denied> {
        let wrong = |message: &str| Denied::new(StatusCode::BAD_REQUEST, "invalid_body", message);
        let mut body = self.body.lock().unwrap_or_else(PoisonError::into_inner);
        let body = body
            .take()
            .ok_or_else(|| wrong("the body cannot be read"))?;
        parse(&body).map_err(|_| wrong("the body is not the JSON document it must be"))
    }
}
