//! Visits that change who may do what: carried out to their end, and noted.

use std::future::Future;
use std::sync::{Arc, PoisonError};

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, Response, Uri};

use super::{Denied, Visitor, answer, answer_as, recognise};
use crate::activity::Witness;
use crate::api::{correlation, to_the_end};
use crate::payload::Payload;
use crate::peer::Peer;
use crate::record::account::InstanceRecord;
use crate::reply::Reply;
use crate::service::Service;
use crate::store::typed::load_recent;

/// What is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Thing {
    ApiKey,
    /// An access policy or an authorization between services.
    Policy,
    ServiceId,
}

/// How it is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Create,
    Update,
    Delete,
}

/// Lets a visitor in who wants to change something, and carries that out.
///
/// From then on it is carried out to its end and noted, also if the visitor is gone: nothing is
/// changed without an event. A refusal is noted too, unless nobody knows of whom.
pub(crate) async fn tracked<O>(
    service: Service,
    (thing, verb): (Thing, Verb),
    request: Request,
    carry_out: impl FnOnce(Service, Arc<Visitor>) -> O,
) -> Response<Body>
where
    O: Future<Output = Result<Reply, Denied>> + Send + 'static,
{
    let visitor = match recognise(&service, request.headers()) {
        Ok(visitor) => Arc::new(visitor),
        Err(denied) => return answer(Err(denied)),
    };
    let (parts, body) = request.into_parts();
    let given = parts.headers.get("transaction-id");
    let given = correlation(given.or_else(|| parts.headers.get("correlation-id")));
    if parts.method != Method::DELETE {
        let body = Payload::read(body).await.map(Payload::join);
        *visitor.body.lock().unwrap_or_else(PoisonError::into_inner) = body.ok();
    }
    let carried_out = carry_out(service.clone(), Arc::clone(&visitor));
    let asked = (parts.uri, parts.extensions.get::<Peer>().copied());
    to_the_end(async move {
        let outcome = carried_out.await;
        let code = outcome.as_ref().err().map(|denied| denied.code);
        let response = answer_as(outcome, given.to_str().unwrap_or_default());
        let answered = (response.status(), code);
        note(&service, (thing, verb), &visitor, asked, answered, &given).await;
        response
    })
    .await
}

async fn note(
    service: &Service,
    (thing, verb): (Thing, Verb),
    visitor: &Visitor,
    (uri, peer): (Uri, Option<Peer>),
    answered: (axum::http::StatusCode, Option<&str>),
    correlation: &HeaderValue,
) {
    let instance = load_recent::<InstanceRecord>(service.store(), service.instance()).await;
    let Ok(Some(instance)) = instance else {
        tracing::error!("an activity event is lost");
        return;
    };
    let (action, target) = {
        let subject = visitor.subject();
        let owner = subject.owner.as_deref().unwrap_or(&visitor.caller.iam_id);
        let id = subject.id.as_deref().unwrap_or_default();
        (action(thing, verb, owner), target(service, thing, id))
    };
    let witness = Witness {
        caller: Some(visitor.caller.clone()),
        instance: Some(instance.value.into()),
        peer,
        uri: Some(uri),
        target: Some(target),
        ..Witness::default()
    };
    service
        .record(action, &witness, answered, correlation)
        .await;
}

/// The name of a change.
///
/// * `owner` - whose API key it is.
fn action(thing: Thing, verb: Verb, owner: &str) -> &'static str {
    let user = owner.starts_with("IBMid-");
    let [create, update, delete] = match thing {
        Thing::Policy => [
            "iam-am.policy.create",
            "iam-am.policy.update",
            "iam-am.policy.delete",
        ],
        Thing::ServiceId => [
            "iam-identity.serviceid.create",
            "iam-identity.serviceid.update",
            "iam-identity.serviceid.delete",
        ],
        Thing::ApiKey if user => [
            "iam-identity.user-apikey.create",
            "iam-identity.user-apikey.update",
            "iam-identity.user-apikey.delete",
        ],
        Thing::ApiKey => [
            "iam-identity.serviceid-apikey.create",
            "iam-identity.serviceid-apikey.update",
            "iam-identity.serviceid-apikey.delete",
        ],
    };
    match verb {
        Verb::Create => create,
        Verb::Update => update,
        Verb::Delete => delete,
    }
}

/// The CRN of what is changed; of its kind, while it has no id.
fn target(service: &Service, thing: Thing, id: &str) -> String {
    let (of, kind) = match thing {
        Thing::ApiKey => ("iam-identity", "apikey"),
        Thing::Policy => ("iam-am", "policy"),
        Thing::ServiceId => ("iam-identity", "serviceid"),
    };
    let account = service.account();
    format!("crn:v1:bluemix:public:{of}::a/{account}::{kind}:{id}")
}
