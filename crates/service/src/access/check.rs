//! What a policy must be, and who may make it.

use axum::http::StatusCode;

use super::body::Draft;
use super::decision::Target;
use super::policy::{Attribute, Operator, PolicyType};
use super::role::Role;
use crate::iam::{Denied, Visitor};
use crate::service::Service;

const SUBJECT: &[&str] = &[
    "accountId",
    "region",
    "resource",
    "resourceGroupId",
    "resourceType",
    "serviceInstance",
    "serviceName",
];
const RESOURCE: &[&str] = &[
    "accountId",
    "keyRing",
    "region",
    "resource",
    "resourceType",
    "serviceInstance",
    "serviceName",
];

/// Checks a policy, then that the visitor may make it.
pub(super) async fn draft(
    service: &Service,
    visitor: &Visitor,
    draft: &Draft,
) -> Result<(), Denied> {
    let refuse = |message: &str| {
        Err(Denied::new(
            StatusCode::BAD_REQUEST,
            "invalid_body",
            message,
        ))
    };
    if draft.roles.is_empty() || draft.roles.iter().any(|role| Role::parse(role).is_none()) {
        return refuse("`roles` must name service roles of `kms`");
    }
    if value(&draft.resource, "serviceName") != Some("kms") {
        return refuse("the resource must have `serviceName` `kms`");
    }
    if value(&draft.resource, "accountId") != Some(service.account()) {
        return refuse("the resource must have the `accountId` of this account");
    }
    if !known(&draft.resource, RESOURCE) {
        return refuse("the resource has an attribute that does not exist, or one twice");
    }
    match draft.policy_type {
        PolicyType::Access => {
            if !known(&draft.subject, &["iam_id"]) || value(&draft.subject, "iam_id").is_none() {
                return refuse("the subject of an access policy must be one `iam_id`");
            }
        }
        PolicyType::Authorization => {
            if !known(&draft.subject, SUBJECT) || value(&draft.subject, "accountId").is_none() {
                return refuse("the subject must have an `accountId`, and each attribute once");
            }
            if value(&draft.subject, "serviceName").is_none() {
                return refuse("the subject must have a `serviceName`");
            }
        }
    }
    may_grant(service, visitor, &draft.resource, &draft.roles).await
}

/// The owner may grant anything; who manages what is granted may grant the roles that managing
/// includes.
pub(super) async fn may_grant(
    service: &Service,
    visitor: &Visitor,
    resource: &[Attribute],
    roles: &[String],
) -> Result<(), Denied> {
    if visitor.is_owner(service) {
        return Ok(());
    }
    let beyond = |role: &String| {
        matches!(
            Role::parse(role),
            None | Some(Role::KeyPurge | Role::KmipAdapterManager)
        )
    };
    visitor.require_account(service.account())?;
    let part = |key: &str| value(resource, key).unwrap_or_default();
    let target = Target {
        account: service.account(),
        region: service.region(),
        instance: part("serviceInstance"),
        ring: part("keyRing"),
        key: part("resource"),
    };
    let grants = service.policies().await?.grants(&visitor.caller);
    if roles.iter().any(beyond) || !grants.allow(&[Role::Manager], &target) {
        return Err(Denied::forbidden());
    }
    Ok(())
}

/// Whether every attribute is one of `names`, and none is there twice.
fn known(attributes: &[Attribute], names: &[&str]) -> bool {
    let mut keys: Vec<_> = attributes
        .iter()
        .map(|attribute| attribute.key.as_str())
        .collect();
    keys.sort_unstable();
    let count = keys.len();
    keys.dedup();
    keys.len() == count && keys.iter().all(|key| names.contains(key))
}

fn value<'a>(attributes: &'a [Attribute], key: &str) -> Option<&'a str> {
    let mut equal = attributes
        .iter()
        .filter(|a| a.operator == Operator::Equals && a.key == key);
    equal
        .next()
        .map(|attribute| attribute.value.as_str())
        .filter(|value| !value.is_empty())
}
