//! Policies of a key: automatic rotation, dual authorisation for deletion.

use axum::http::StatusCode;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::collection::Collection;
use super::create::request::{DualAuthBody, RotationBody};
use crate::call::Call;
use crate::clock::stamp;
use crate::payload::parse;
use crate::problem::{Problem, code, field};
use crate::query::invalid;
use crate::record::account::InstanceRecord;
use crate::record::instance_policy::PolicyType;
use crate::record::key::KeyRecord;
use crate::record::policy::{DualAuthPolicy, PolicyStamp, RotationPolicy};
use crate::reply::{Metadata, Reply};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PolicyBody {
    #[serde(default, rename = "type")]
    _type: IgnoredAny,
    #[serde(default)]
    rotation: Option<RotationBody>,
    #[serde(default)]
    dual_auth_delete: Option<DualAuthBody>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PolicyView<'a> {
    id: &'a str,
    r#type: &'static str,
    crn: String,
    creation_date: String,
    created_by: &'a str,
    last_update_date: String,
    updated_by: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rotation: Option<RotationView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dual_auth_delete: Option<DualAuthView>,
}

/// A rotation policy as keys and policies show it.
#[derive(Serialize)]
pub(super) struct RotationView {
    enabled: bool,
    interval_month: u8,
}

#[derive(Serialize)]
struct DualAuthView {
    enabled: bool,
}

impl RotationView {
    pub(super) const fn of(policy: &RotationPolicy) -> Self {
        Self {
            enabled: policy.enabled,
            interval_month: policy.interval_month,
        }
    }
}

pub(super) async fn read(call: Call) -> Result<Reply, Problem> {
    let wanted = wanted(&call)?;
    answer(&call, call.key()?, wanted)
}

pub(super) async fn write(call: Call) -> Result<Reply, Problem> {
    let wanted = wanted(&call)?;
    let body = call.body()?;
    let policies = parse::<Collection<PolicyBody>>(&body)?.counted()?;
    if wanted.is_some() && policies.len() > 1 {
        return Err(code::NUM_RESOURCES.into());
    }
    for policy in &policies {
        match (
            wanted,
            policy.rotation.is_some(),
            policy.dual_auth_delete.is_some(),
        ) {
            (_, false, false) => {
                return Err(Problem::with(code::BAD_BODY, "A resource names no policy"));
            }
            (Some("rotation"), _, true) | (Some("dualAuthDelete"), true, _) => {
                return Err(code::BODY_QUERY_MISMATCH.into());
            }
            _ => {}
        }
    }
    let key = call
        .change_key(|key, _| {
            if key.deleted.is_some() {
                return Err(code::KEY_DELETED.into());
            }
            for policy in &policies {
                set(&call, key, policy.rotation, policy.dual_auth_delete)?;
            }
            key.updated = Some(call.now);
            Ok(())
        })
        .await?;
    answer(&call, &key, wanted)
}

/// Gives a new key its policies: those of the request, else those of the instance.
pub(super) fn start(
    call: &Call,
    key: &mut KeyRecord,
    rotation: Option<RotationBody>,
    dual_auth: Option<DualAuthBody>,
) -> Result<(), Problem> {
    let rules = &call.instance.policies;
    let inherited = rules
        .enabled(PolicyType::Rotation)
        .filter(|_| !key.extractable && !key.imported);
    let rotation = rotation.or_else(|| {
        let interval_month = inherited?.attributes.interval_month.map(i64::from);
        Some(RotationBody {
            enabled: Some(true),
            interval_month,
        })
    });
    let two = rules
        .enabled(PolicyType::DualAuthDelete)
        .map(|_| DualAuthBody { enabled: true });
    set(call, key, rotation, dual_auth.or(two))
}

fn set(
    call: &Call,
    key: &mut KeyRecord,
    rotation: Option<RotationBody>,
    dual_auth: Option<DualAuthBody>,
) -> Result<(), Problem> {
    let by = &call.caller.iam_id;
    if let Some(body) = rotation {
        let old = key.rotation.take();
        key.rotation = Some(rotate_by(key, old, body, (by, call.now))?);
    }
    if let Some(body) = dual_auth {
        if key.needs_two() && !body.enabled {
            let rule = "true, because dual authorisation of a key cannot be switched off again";
            return Err(field("dualAuthDelete", rule));
        }
        let old = key.dual_auth.as_ref().map(|policy| &policy.stamp);
        let stamp = PolicyStamp::set(old, by, call.now)?;
        key.dual_auth = Some(DualAuthPolicy {
            stamp,
            enabled: body.enabled,
        });
    }
    Ok(())
}

fn rotate_by(
    key: &KeyRecord,
    old: Option<RotationPolicy>,
    body: RotationBody,
    (by, now): (&str, i64),
) -> Result<RotationPolicy, Problem> {
    if key.extractable {
        return Err(code::KEY_ROOT_REQUIRED.into());
    }
    if key.imported {
        return Err(field(
            "rotation",
            "absent, because the key's material was imported",
        ));
    }
    let given = body.interval_month.filter(|interval| *interval != -1);
    let interval = given.or_else(|| old.as_ref().map(|old| i64::from(old.interval_month)));
    let interval = interval.and_then(|months| u8::try_from(months).ok());
    let enabled = body.enabled.unwrap_or(true);
    let interval_month = match interval.filter(|months| (1..=12).contains(months)) {
        Some(months) => months,
        None if !enabled && given.is_none() => 1,
        None => return Err(field("interval_month", "a number of months from 1 to 12")),
    };
    let stamp = PolicyStamp::set(old.as_ref().map(|old| &old.stamp), by, now)?;
    Ok(RotationPolicy {
        stamp,
        enabled,
        interval_month,
    })
}

fn wanted(call: &Call) -> Result<Option<&'static str>, Problem> {
    match call.query.get("policy") {
        None => Ok(None),
        Some("rotation") => Ok(Some("rotation")),
        Some("dualAuthDelete") => Ok(Some("dualAuthDelete")),
        Some(_) => Err(invalid("policy", "must be `rotation` or `dualAuthDelete`")),
    }
}

fn answer(call: &Call, key: &KeyRecord, wanted: Option<&str>) -> Result<Reply, Problem> {
    let mut views = Vec::new();
    if let Some(policy) = key
        .rotation
        .as_ref()
        .filter(|_| wanted != Some("dualAuthDelete"))
    {
        let mut view = view(&call.instance, &policy.stamp);
        view.rotation = Some(RotationView::of(policy));
        views.push(view);
    }
    if let Some(policy) = key
        .dual_auth
        .as_ref()
        .filter(|_| wanted != Some("rotation"))
    {
        let mut view = view(&call.instance, &policy.stamp);
        view.dual_auth_delete = Some(DualAuthView {
            enabled: policy.enabled,
        });
        views.push(view);
    }
    Ok(Reply::collection(
        StatusCode::OK,
        Metadata::of("policy", views.len()),
        &views,
    ))
}

fn view<'a>(instance: &InstanceRecord, stamp_: &'a PolicyStamp) -> PolicyView<'a> {
    PolicyView {
        id: &stamp_.id,
        r#type: "application/vnd.ibm.kms.policy+json",
        crn: instance.crn("policy", &stamp_.id),
        creation_date: stamp(stamp_.created),
        created_by: &stamp_.created_by,
        last_update_date: stamp(stamp_.updated),
        updated_by: &stamp_.updated_by,
        rotation: None,
        dual_auth_delete: None,
    }
}
