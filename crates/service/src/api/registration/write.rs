//! The write side of registrations, for services.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde::Deserialize;

use super::RegistrationView;
use crate::api::collection::Collection;
use crate::call::{Call, Prefer, header};
use crate::crn::Crn;
use crate::identity::caller::Bearer;
use crate::payload::{is_blank, parse};
use crate::problem::{Problem, code, field};
use crate::query::invalid;
use crate::record::key::{KeyRecord, State, VersionRef};
use crate::record::registration::RegistrationRecord;
use crate::reply::{Metadata, Reply};
use crate::store::typed::{Held, load};

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RegistrationBody {
    #[serde(default)]
    prevent_key_deletion: Option<bool>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    registration_metadata: Option<String>,
    #[serde(default)]
    key_version_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ResourceBody {
    resource_crn: String,
}

pub(in crate::api) async fn create(call: Call) -> Result<Reply, Problem> {
    let resource = own_resource(&call, call.param("crn"))?;
    let body = read(&call).await?;
    let key = call.key()?;
    require_usable(key, call.now)?;
    if find(&call, &resource).await?.is_some() {
        return Err(code::REGISTRATION_EXISTS.into());
    }
    let record = RegistrationRecord {
        instance: call.instance.id.clone(),
        key: key.id.clone(),
        resource,
        description: body.description.unwrap_or_default(),
        prevents_deletion: body.prevent_key_deletion.unwrap_or(false),
        metadata: body.registration_metadata.unwrap_or_default(),
        version: match &body.key_version_id {
            Some(id) => version(&call, id).await?.1,
            None => key.version.clone(),
        },
        created: call.now,
        created_by: call.caller.iam_id.clone(),
        updated: call.now,
        updated_by: call.caller.iam_id.clone(),
        deactivated: None,
    };
    let key = call
        .change_key(|key, batch| {
            require_usable(key, call.now)?;
            key.registrations += 1;
            key.retained += u32::from(record.prevents_deletion);
            Ok(batch.insert(&record)?)
        })
        .await?;
    Ok(answer(&call, StatusCode::CREATED, &record, &key, 1))
}

/// `PATCH`: changes what is given.
pub(in crate::api) async fn merge(call: Call) -> Result<Reply, Problem> {
    change(call, false).await
}

/// `PUT`: changes what is given and resets the rest.
pub(in crate::api) async fn replace(call: Call) -> Result<Reply, Problem> {
    change(call, true).await
}

async fn change(call: Call, replace: bool) -> Result<Reply, Problem> {
    let resource = own_resource(&call, call.param("crn"))?;
    let body = read(&call).await?;
    let mut held = existing(&call, &resource).await?;
    let (before, retained) = (held.value.prevents_deletion, held.value.retains());
    let record = &mut held.value;
    if let Some(id) = &body.key_version_id {
        let (number, newer) = version(&call, id).await?;
        let (registered, _) = version(&call, &record.version.id).await?;
        if number <= registered {
            return Err(code::KEY_VERSION_INVALID.into());
        }
        record.version = newer;
    }
    let kept = |old: String| if replace { String::new() } else { old };
    record.description = body
        .description
        .unwrap_or_else(|| kept(record.description.clone()));
    record.metadata = body
        .registration_metadata
        .unwrap_or_else(|| kept(record.metadata.clone()));
    let prevents = body.prevent_key_deletion.unwrap_or(!replace && before);
    record.prevents_deletion = prevents;
    record.updated = call.now;
    record.updated_by.clone_from(&call.caller.iam_id);
    let key = call
        .change_key(|key, batch| {
            let retains = u32::from(held.value.retains());
            key.retained = key.retained.saturating_sub(u32::from(retained)) + retains;
            Ok(batch.update(&held)?)
        })
        .await?;
    Ok(answer(
        &call,
        StatusCode::OK,
        &held.value,
        &key,
        held.revision() + 1,
    ))
}

pub(in crate::api) async fn remove(call: Call) -> Result<Reply, Problem> {
    let resource = own_resource(&call, call.param("crn"))?;
    let held = existing(&call, &resource).await?;
    let key = call
        .change_key(|key, batch| {
            discount(key, &held.value);
            batch.remove(&held);
            Ok(())
        })
        .await?;
    match call.prefer() {
        Prefer::Representation => Ok(answer(
            &call,
            StatusCode::OK,
            &held.value,
            &key,
            held.revision(),
        )),
        Prefer::Minimal | Prefer::Nothing => Ok(Reply::none()),
    }
}

/// `POST …/registrations?action=deactivate`, the older way to acknowledge that a key is deleted.
pub(in crate::api) async fn act(call: Call) -> Result<Reply, Problem> {
    if call.query.get("action") != Some("deactivate") {
        return Err(invalid("action", "must be `deactivate`"));
    }
    let body = call.body()?;
    if is_blank(&body) {
        return Err(code::NO_BODY.into());
    }
    let named = parse::<Collection<ResourceBody>>(&body)?.counted()?;
    let named: BTreeSet<_> = named.into_iter().map(|one| one.resource_crn).collect();
    if call.key()?.state(call.now) != State::Destroyed {
        return Err(code::REGISTRATION_KEY_STATE.into());
    }
    let mut held = Vec::new();
    for text in named {
        let resource = own_resource(&call, &text)?;
        let one = find(&call, &resource).await?;
        held.push(one.ok_or_else(|| Problem::from(code::REGISTRATION_MISSING))?);
    }
    call.change_key(|key, batch| {
        for registration in held.iter().filter(|held| held.value.counts()) {
            discount(key, &registration.value);
            let mut registration = registration.clone();
            registration.value.deactivated = Some(call.now);
            registration.value.updated = call.now;
            registration
                .value
                .updated_by
                .clone_from(&call.caller.iam_id);
            batch.update(&registration)?;
        }
        Ok(())
    })
    .await?;
    Ok(Reply::none())
}

/// Takes a registration off the counts of its key.
fn discount(key: &mut KeyRecord, registration: &RegistrationRecord) {
    let (counts, retains) = (registration.counts(), registration.retains());
    key.registrations = key.registrations.saturating_sub(u32::from(counts));
    key.retained = key.retained.saturating_sub(u32::from(retains));
}

/// A CRN, which must belong to the calling service.
fn own_resource(call: &Call, text: &str) -> Result<String, Problem> {
    let Bearer::Service(caller) = &call.caller.bearer else {
        return Err(code::SERVICE_ONLY.into());
    };
    let crn = Crn::parse(text).ok_or_else(|| field("resourceCrn", "a CRN"))?;
    let owned = crn.service == caller.service
        && crn.account == caller.account
        && (caller.instance.is_empty() || crn.instance == caller.instance);
    if owned {
        Ok(text.to_owned())
    } else {
        Err(code::RESOURCE_OWNER.into())
    }
}

async fn read(call: &Call) -> Result<RegistrationBody, Problem> {
    let body = call.body()?;
    if is_blank(&body) {
        return Ok(RegistrationBody::default());
    }
    let body = parse::<Collection<RegistrationBody>>(&body)?.only()?;
    let long =
        |text: &Option<String>, max| text.as_ref().is_some_and(|text| text.chars().count() > max);
    if long(&body.description, 240) {
        return Err(field("description", "at most 240 characters long"));
    }
    if long(&body.registration_metadata, 1024) {
        return Err(field(
            "registrationMetadata",
            "at most 1024 characters long",
        ));
    }
    Ok(body)
}

fn require_usable(key: &KeyRecord, now: i64) -> Result<(), Problem> {
    if key.extractable {
        return Err(code::REGISTRATION_ROOT_REQUIRED.into());
    }
    match key.state(now) {
        State::Active | State::Deactivated => Ok(()),
        State::Suspended | State::Destroyed => Err(code::REGISTRATION_KEY_STATE.into()),
    }
}

async fn find(call: &Call, resource: &str) -> Result<Option<Held<RegistrationRecord>>, Problem> {
    let row = RegistrationRecord::row(&call.instance.id, &call.key()?.id, resource);
    Ok(load(call.store(), &row).await?)
}

/// The registration, if `If-Match` (weak comparison, any of a list) allows to touch it.
async fn existing(call: &Call, resource: &str) -> Result<Held<RegistrationRecord>, Problem> {
    let held = find(call, resource).await?;
    let held = held.ok_or_else(|| Problem::from(code::REGISTRATION_MISSING))?;
    let own = etag(held.revision());
    let matches = |tag: &str| tag.trim() == "*" || tag.trim().trim_start_matches("W/") == own;
    match header(&call.headers, "if-match") {
        Some(tags) if !tags.split(',').any(matches) => Err(code::PRECONDITION.into()),
        _ => Ok(held),
    }
}

/// A version of the call's key, with its number.
async fn version(call: &Call, id: &str) -> Result<(u64, VersionRef), Problem> {
    let version = call.version(call.key()?, id).await?;
    let version = version.ok_or_else(|| Problem::from(code::KEY_VERSION_INVALID))?;
    Ok((
        version.number,
        VersionRef {
            id: version.id,
            created: version.created,
        },
    ))
}

fn etag(revision: u64) -> String {
    format!("\"{revision}\"")
}

fn answer(
    call: &Call,
    status: StatusCode,
    record: &RegistrationRecord,
    key: &KeyRecord,
    revision: u64,
) -> Reply {
    let view = RegistrationView::of(record, &key.name, &call.caller);
    Reply::collection(status, Metadata::of("registration", 1), &[view])
        .header("etag", &format!("W/{}", etag(revision)))
}
