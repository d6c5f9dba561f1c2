//! The paths of the API, and the one door through which every call goes.

mod action;
mod activity;
mod alias;
mod collection;
mod create;
mod deletion;
mod import_token;
mod instance_policy;
mod kmip;
mod lifecycle;
mod list;
mod path;
mod policy;
mod read;
mod refuse;
mod registration;
mod ring;
mod rotate;
mod view;
mod wrap;

use std::future::Future;
use std::pin::Pin;

use axum::body::Body;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, Response, StatusCode};

use crate::activity::Witness;
use crate::call::{Asked, Call};
use crate::clock::Instant;
use crate::metrics::{self, Answered};
use crate::operation::Operation;
use crate::payload::Payload;
use crate::peer::Peer;
use crate::problem::{Problem, code};
use crate::query::Query;
use crate::reply::Reply;
use crate::service::{Service, new_id};

/// What a handler returns.
type Outcome = Pin<Box<dyn Future<Output = Result<Reply, Problem>> + Send>>;

/// An operation and what carries it out.
#[derive(Clone, Copy)]
pub(crate) struct Route {
    operation: &'static Operation,
    handler: fn(Call) -> Outcome,
}

impl Route {
    pub(crate) const fn operation(self) -> &'static Operation {
        self.operation
    }
}

/// Names an operation and its handler.
macro_rules! to {
    ($operation:ident, $handler:path) => {
        $crate::api::Route {
            operation: &$crate::operation::$operation,
            handler: |call| Box::pin($handler(call)),
        }
    };
}
use to;

pub(crate) use action::ACTIONS;
pub(crate) use deletion::{CONSENT_S, forget};
pub(crate) use list::SearchView;
pub(crate) use path::router;
pub(crate) use path::{BASE, Io, TABLE};
#[cfg(test)]
pub(crate) use refuse::INVALID;
pub(crate) use rotate::rotate_if_due;

type Params = Result<RawPathParams, RawPathParamsRejection>;
type Answering = Pin<Box<dyn Future<Output = Response<Body>> + Send>>;

/// Makes an axum handler of a route.
fn serve(
    route: Route,
) -> impl Fn(State<Service>, Params, Request) -> Answering + Clone + Send + Sync + 'static {
    move |State(service), params, request| Box::pin(enter(service, route, params, request))
}

async fn legacy_action(
    State(service): State<Service>,
    params: Params,
    request: Request,
) -> Response<Body> {
    let query = Query::parse(request.uri().query());
    let route = action::find(query.get("action").unwrap_or_default());
    enter(service, route.unwrap_or(action::UNKNOWN), params, request).await
}

async fn path_action(
    State(service): State<Service>,
    params: Params,
    request: Request,
) -> Response<Body> {
    let name = params.as_ref().ok().and_then(|params| {
        params
            .iter()
            .find(|(key, _)| *key == "action")
            .map(|(_, value)| value)
    });
    let route = action::find(name.unwrap_or_default());
    enter(service, route.unwrap_or(action::UNKNOWN), params, request).await
}

/// Lets a call in if it may, carries it out, and answers.
///
/// Who calls and whether it is allowed is decided before the body is read. From then on the call is
/// carried out to its end and noted, also if the caller is gone: nothing is done without an event.
async fn enter(service: Service, route: Route, params: Params, request: Request) -> Response<Body> {
    let started = Instant::now();
    let (parts, body) = request.into_parts();
    let correlation = correlation(parts.headers.get("correlation-id"));
    let mut witness = Witness::default();
    let admitted = admit(&service, route, params, parts, &mut witness).await;
    if let Ok(call) = &admitted
        && call.takes_body
    {
        call.fill(Payload::read(body).await.map(Payload::join));
    }
    let carried_out = async move {
        let action = route.operation.action;
        let outcome = match admitted {
            Ok(call) => (route.handler)(call).await,
            Err(problem) => Err(problem),
        };
        let code = outcome.as_ref().err().and_then(Problem::code);
        if action.ends_with(".list") {
            witness.listed = outcome.as_ref().ok().and_then(Reply::listed);
        }
        let response = finish(route.operation, outcome, correlation.clone());
        let answered = (response.status(), code);
        note(&service, action, &witness, answered, &correlation, started).await;
        response
    };
    to_the_end(carried_out).await
}

async fn admit(
    service: &Service,
    route: Route,
    params: Params,
    parts: Parts,
    witness: &mut Witness,
) -> Result<Call, Problem> {
    let params = params.map_err(|_| Problem::from(code::ROUTE_MISSING))?;
    let params = params.iter().map(|(k, v)| (k.to_owned(), v.to_owned()));
    let asked = Asked {
        params: params.collect(),
        peer: parts.extensions.get::<Peer>().copied(),
        query: Query::parse(parts.uri.query()),
        takes_body: !matches!(parts.method, Method::GET | Method::HEAD | Method::DELETE),
        headers: parts.headers,
    };
    witness.uri = Some(parts.uri);
    Call::admit(service.clone(), route.operation, asked, witness).await
}

async fn note(
    service: &Service,
    action: &'static str,
    witness: &Witness,
    answered: (StatusCode, Option<&str>),
    correlation: &HeaderValue,
    started: Instant,
) {
    service.record(action, witness, answered, correlation).await;
    let instance = witness.instance.as_deref().and_then(metrics::shown);
    service.metrics().answered(&Answered {
        action,
        status: answered.0.as_u16(),
        seconds: started.elapsed().as_secs_f64(),
        instance: instance.as_deref(),
    });
}

/// Runs a future to its end, whether or not somebody still waits for it.
#[cfg(feature = "native")]
pub(crate) async fn to_the_end(
    future: impl Future<Output = Response<Body>> + Send + 'static,
) -> Response<Body> {
    match tokio::spawn(future).await {
        Ok(response) => response,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The program is ending
            Err(_) => Problem::from(code::STORE_UNAVAILABLE)
                .reply(crate::operation::NONE.failed)
                .into_response(),
        },
    }
}

/// The host polls what it has begun to its end.
#[cfg(not(feature = "native"))]
pub(crate) async fn to_the_end(future: impl Future<Output = Response<Body>>) -> Response<Body> {
    future.await
}

fn finish(
    operation: &Operation,
    outcome: Result<Reply, Problem>,
    correlation: HeaderValue,
) -> Response<Body> {
    let (reply, code) = match outcome {
        Ok(reply) => (reply, None),
        Err(problem) => (problem.reply(operation.failed), problem.code()),
    };
    tracing::info!(
        action = operation.action,
        status = reply.status().as_u16(),
        code,
        correlation = correlation.to_str().unwrap_or_default(),
    );
    let mut response = reply.into_response();
    response.headers_mut().insert("correlation-id", correlation);
    response
}

/// The caller's Correlation-Id, or one made up.
pub(crate) fn correlation(given: Option<&HeaderValue>) -> HeaderValue {
    let usable = |value: &&HeaderValue| value.len() <= 256 && value.to_str().is_ok();
    given
        .filter(usable)
        .filter(|value| !value.is_empty())
        .cloned()
        .unwrap_or_else(|| {
            let id = new_id().unwrap_or_default();
            HeaderValue::from_str(&id).unwrap_or_else(|_| HeaderValue::from_static(""))
        })
}
