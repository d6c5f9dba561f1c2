//! Policies of an instance: read, written, and what they mean for making keys.

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::collection::Collection;
use crate::activity::Change;
use crate::call::{ATTEMPTS_MAX, Call};
use crate::clock::stamp;
use crate::payload::parse;
use crate::problem::{Problem, code, field};
use crate::query::invalid;
use crate::record::account::InstanceRecord;
use crate::record::instance_policy::{Attributes, InstancePolicy, PolicyType, read_network};
use crate::record::policy::PolicyStamp;
use crate::reply::{Metadata, Reply};
use crate::single;
use crate::store::StoreError;
use crate::store::typed::load;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyBody {
    policy_type: PolicyType,
    policy_data: DataBody,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DataBody {
    enabled: bool,
    #[serde(default)]
    attributes: Option<Attributes>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PolicyView<'a> {
    #[serde(rename = "policy_type")]
    policy_type: PolicyType,
    #[serde(rename = "policy_data")]
    policy_data: DataView<'a>,
    creation_date: String,
    created_by: &'a str,
    updated_by: &'a str,
    last_updated: String,
}

#[derive(Serialize)]
struct DataView<'a> {
    enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    attributes: Option<&'a Attributes>,
}

pub(super) async fn read(call: Call) -> Result<Reply, Problem> {
    let wanted = wanted(&call)?;
    let views: Vec<_> = call
        .instance
        .policies
        .0
        .iter()
        .filter(|(policy_type, _)| wanted.is_none_or(|wanted| wanted == **policy_type))
        .map(|(policy_type, policy)| view(*policy_type, policy))
        .collect();
    Ok(Reply::collection(
        StatusCode::OK,
        Metadata::of("policy", views.len()),
        &views,
    ))
}

pub(super) async fn write(call: Call) -> Result<Reply, Problem> {
    let wanted = wanted(&call)?;
    let body = call.body()?;
    let policies = parse::<Collection<PolicyBody>>(&body)?.counted()?;
    if wanted.is_some() && policies.len() > 1 {
        return Err(code::NUM_RESOURCES.into());
    }
    for policy in &policies {
        if wanted.is_some_and(|wanted| wanted != policy.policy_type) {
            return Err(code::BODY_QUERY_MISMATCH.into());
        }
        check(policy)?;
    }
    for _ in 0..ATTEMPTS_MAX {
        let held = load::<InstanceRecord>(call.store(), &call.instance.id).await?;
        let mut held = held.ok_or_else(Problem::unauthorized)?;
        let before = held.value.policies.clone();
        for policy in &policies {
            let old = held
                .value
                .policies
                .0
                .get(&policy.policy_type)
                .map(|policy| &policy.stamp);
            let stamp = PolicyStamp::set(old, &call.caller.iam_id, call.now)?;
            let enabled = policy.policy_data.enabled;
            let attributes = policy.policy_data.attributes.clone().unwrap_or_default();
            let attributes = if enabled {
                attributes
            } else {
                Attributes::default()
            };
            let policy_ = InstancePolicy {
                stamp,
                enabled,
                attributes,
            };
            held.value.policies.0.insert(policy.policy_type, policy_);
        }
        match single::update(call.store(), &held).await {
            Ok(()) => {
                let changed = Change::of_policies(&before, &held.value.policies);
                call.told.replaced(changed);
                return Ok(Reply::none());
            }
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(code::BUSY.into())
}

/// The port of the private network's listener, where a policy limits addresses.
pub(super) async fn allowed_ip_port(call: Call) -> Result<Reply, Problem> {
    let limited = call
        .instance
        .policies
        .enabled(PolicyType::AllowedIp)
        .is_some();
    let port = call.service.private_port().filter(|_| limited);
    let resources: Vec<_> = port
        .map(|port| json!({"private_endpoint_port": port}))
        .into_iter()
        .collect();
    let metadata = Metadata::of("allowed_ip_metadata", resources.len());
    Ok(Reply::collection(StatusCode::OK, metadata, &resources))
}

/// Requires the attributes that belong to the policy's type, and no other.
fn check(policy: &PolicyBody) -> Result<(), Problem> {
    let DataBody {
        enabled,
        attributes,
    } = &policy.policy_data;
    let given = attributes.clone().unwrap_or_default();
    let mut left = given.clone();
    match policy.policy_type {
        PolicyType::AllowedIp => {
            let list = left.allowed_ip.take().unwrap_or_default();
            let good = !list.is_empty() && list.iter().all(|text| read_network(text).is_some());
            if *enabled && !good {
                return Err(field(
                    "allowed_ip",
                    "a list of addresses or networks in CIDR form",
                ));
            }
        }
        PolicyType::AllowedNetwork => {
            let network = left.allowed_network.take();
            let good = matches!(
                network.as_deref(),
                Some("public-and-private" | "private-only")
            );
            if *enabled && !good {
                let rule = "`public-and-private` or `private-only`";
                return Err(field("allowed_network", rule));
            }
        }
        PolicyType::KeyCreateImportAccess => {
            left.create_root_key = None;
            left.create_standard_key = None;
            left.import_root_key = None;
            left.import_standard_key = None;
            left.enforce_token = None;
        }
        PolicyType::Rotation => {
            let interval = left.interval_month.take();
            if *enabled && !interval.is_some_and(|months| (1..=12).contains(&months)) {
                return Err(field("interval_month", "a number of months from 1 to 12"));
            }
        }
        PolicyType::DualAuthDelete | PolicyType::Metrics => {}
    }
    // Of all types only this one may be switched off with attributes, as it always could be
    let off = !enabled && policy.policy_type != PolicyType::AllowedNetwork;
    if left != Attributes::default() || (off && given != Attributes::default()) {
        return Err(field(
            "attributes",
            "those of the policy type, and absent when not enabled",
        ));
    }
    Ok(())
}

/// Requires that keys of this kind may be made this way.
///
/// * `imported` - whether the material is the caller's.
/// * `sealed` - whether an import token protects it.
pub(super) fn require_access(
    instance: &InstanceRecord,
    extractable: bool,
    imported: bool,
    sealed: bool,
) -> Result<(), Problem> {
    let Some(policy) = instance.policies.enabled(PolicyType::KeyCreateImportAccess) else {
        return Ok(());
    };
    let rules = &policy.attributes;
    let enforced = rules.enforce_token.unwrap_or(false);
    let allowed = match (imported, extractable) {
        (true, false) if enforced => sealed,
        (true, true) if enforced => false,
        (true, false) => rules.import_root_key.unwrap_or(true),
        (true, true) => rules.import_standard_key.unwrap_or(true),
        (false, false) => rules.create_root_key.unwrap_or(true),
        (false, true) => rules.create_standard_key.unwrap_or(true),
    };
    if allowed {
        Ok(())
    } else {
        Err(code::CREATE_IMPORT_ACCESS.into())
    }
}

fn wanted(call: &Call) -> Result<Option<PolicyType>, Problem> {
    let Some(name) = call.query.get("policy") else {
        return Ok(None);
    };
    let policy_type = serde_json::from_value(json!(name)).ok();
    policy_type
        .map(Some)
        .ok_or_else(|| invalid("policy", "must name a type of instance policy"))
}

fn view(policy_type: PolicyType, policy: &InstancePolicy) -> PolicyView<'_> {
    let attributes = (policy.attributes != Attributes::default()).then_some(&policy.attributes);
    PolicyView {
        policy_type,
        policy_data: DataView {
            enabled: policy.enabled,
            attributes,
        },
        creation_date: stamp(policy.stamp.created),
        created_by: &policy.stamp.created_by,
        updated_by: &policy.stamp.updated_by,
        last_updated: stamp(policy.stamp.updated),
    }
}
