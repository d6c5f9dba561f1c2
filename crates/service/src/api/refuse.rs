//! Requests that lead nowhere: a path or a method that does not exist.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::Response;
use axum::http::request::Parts;

use super::path::BASE;
use super::{correlation, finish};
use crate::activity::Witness;
use crate::call::{header, instance_of};
use crate::operation;
use crate::peer::Peer;
use crate::problem::{Code, Problem};
use crate::record::account::InstanceRecord;
use crate::service::Service;
use crate::store::typed::load_recent;

/// What activity tracking calls a request that is none, by what its path contains: the first that
/// fits.
pub(crate) const INVALID: &[(&str, &str)] = &[
    ("/instance/policies", "kms.instance-policies.request"),
    ("/instance", "kms.secrets.default"),
    ("/aliases", "kms.secrets-alias.request"),
    ("/registrations", "kms.registrations.default"),
    ("/policies", "kms.policies.default"),
    ("/key_rings", "kms.key-rings.request"),
    ("/import_token", "kms.import-token.request"),
    ("/kmip_adapters", "kms.kmip-management.default"),
    ("/keys", "kms.secrets.default"),
];

/// Answers a request that leads nowhere. Below the key API it leaves an event like any other, if it
/// says who sent it and to which instance.
pub(super) async fn refuse(
    State(service): State<Service>,
    request: Request,
    code: Code,
) -> Response<Body> {
    let given = correlation(request.headers().get("correlation-id"));
    let path = request.uri().path().strip_prefix(BASE).unwrap_or_default();
    let action = INVALID.iter().find(|(part, _)| path.contains(part));
    let witness = match action {
        Some(_) => witness(&service, request.into_parts().0).await,
        None => None,
    };
    let problem = Problem::from(code);
    let name = problem.code();
    let response = finish(&operation::NONE, Err(problem), given.clone());
    if let (Some((_, action)), Some(witness)) = (action, witness) {
        let answered = (response.status(), name);
        service.record(action, &witness, answered, &given).await;
    }
    response
}

/// Who sent the request and to which instance; `None` if that cannot be told.
async fn witness(service: &Service, parts: Parts) -> Option<Witness> {
    let headers = &parts.headers;
    let caller = service.authenticate(headers).ok()?;
    let instance = instance_of(headers).ok()?;
    let instance = load_recent::<InstanceRecord>(service.store(), &instance).await;
    Some(Witness {
        caller: Some(caller),
        instance: Some(instance.ok()??.value.into()),
        ring: header(headers, "x-kms-key-ring").map(str::to_owned),
        peer: parts.extensions.get::<Peer>().copied(),
        uri: Some(parts.uri),
        ..Witness::default()
    })
}
