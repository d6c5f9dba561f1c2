//! Keys as the API shows them.

use axum::http::StatusCode;
use serde::Serialize;

use super::deletion::CONSENT_S;
use super::policy::RotationView;
use crate::call::Call;
use crate::clock::stamp;
use crate::problem::Problem;
use crate::record::account::InstanceRecord;
use crate::record::key::{
    KeyRecord, PURGE_AFTER_S, PURGE_SCHEDULE_S, RESTORE_WINDOW_S, State, VersionRef,
};
use crate::reply::{Metadata, Reply};

/// One key.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct KeyView<'a> {
    r#type: &'static str,
    id: &'a str,
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    aliases: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    tags: &'a [String],
    state: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration_date: Option<String>,
    extractable: bool,
    crn: String,
    imported: bool,
    #[serde(rename = "keyRingID")]
    key_ring_id: &'a str,
    creation_date: String,
    created_by: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_update_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_rotate_date: Option<String>,
    algorithm_type: &'static str,
    algorithm_metadata: AlgorithmView,
    algorithm_bit_size: usize,
    algorithm_mode: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonactive_state_reason: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_version: Option<VersionView<'a>>,
    dual_auth_delete: DualAuthView,
    #[serde(skip_serializing_if = "Option::is_none")]
    rotation: Option<RotationView>,
    deleted: bool,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    deletion: Option<DeletionView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AlgorithmView {
    bit_length: String,
    mode: &'static str,
}

/// One version of a key.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct VersionView<'a> {
    id: &'a str,
    creation_date: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DualAuthView {
    enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_set_for_deletion: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_expiration: Option<String>,
}

impl DualAuthView {
    fn of(key: &KeyRecord, now: i64) -> Self {
        let until = key.deletion_set.as_ref().map(|set| set.at + CONSENT_S);
        let until = until.filter(|until| key.needs_two() && now < *until);
        Self {
            enabled: key.needs_two(),
            key_set_for_deletion: key.needs_two().then_some(until.is_some()),
            auth_expiration: until.map(stamp),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DeletionView<'a> {
    deletion_date: String,
    deleted_by: &'a str,
    restore_expiration_date: String,
    restore_allowed: bool,
    purge_allowed: bool,
    purge_allowed_from: String,
    purge_scheduled_on: String,
}

impl<'a> VersionView<'a> {
    pub(super) fn of(version: &'a VersionRef) -> Self {
        Self {
            id: &version.id,
            creation_date: stamp(version.created),
        }
    }
}

impl<'a> KeyView<'a> {
    /// * `payload` - base64 of a standard key's payload, where it may be shown.
    pub(super) fn of(
        key: &'a KeyRecord,
        instance: &InstanceRecord,
        now: i64,
        payload: Option<&'a str>,
    ) -> Self {
        let state = key.state(now);
        Self {
            r#type: "application/vnd.ibm.kms.key+json",
            id: &key.id,
            name: &key.name,
            description: &key.description,
            aliases: &key.aliases,
            tags: &key.tags,
            state: state as u8,
            expiration_date: key.expires.map(stamp),
            extractable: key.extractable,
            crn: instance.crn("key", &key.id),
            imported: key.imported,
            key_ring_id: &key.ring,
            creation_date: stamp(key.created),
            created_by: &key.created_by,
            last_update_date: Some(stamp(key.updated.unwrap_or(key.created))),
            last_rotate_date: key.rotated.map(stamp),
            algorithm_type: "Deprecated",
            algorithm_metadata: AlgorithmView {
                bit_length: key.bits.to_string(),
                mode: "Deprecated",
            },
            algorithm_bit_size: key.bits,
            algorithm_mode: "Deprecated",
            nonactive_state_reason: (state != State::Active).then_some(state as u8),
            key_version: (!key.extractable).then(|| VersionView::of(&key.version)),
            dual_auth_delete: DualAuthView::of(key, now),
            rotation: key.rotation.as_ref().map(RotationView::of),
            deleted: key.deleted.is_some(),
            deletion: DeletionView::of(key, now),
            payload,
        }
    }

    /// As the reply to its creation shows it: not changed yet.
    pub(super) fn just_created(mut self) -> Self {
        self.last_update_date = None;
        self
    }
}

impl<'a> DeletionView<'a> {
    fn of(key: &'a KeyRecord, now: i64) -> Option<Self> {
        let deletion = key.deleted.as_ref()?;
        let restore_until = deletion.at + RESTORE_WINDOW_S;
        let purge_from = deletion.at + PURGE_AFTER_S;
        Some(Self {
            deletion_date: stamp(deletion.at),
            deleted_by: &deletion.by,
            restore_expiration_date: stamp(restore_until),
            restore_allowed: now < restore_until && key.expires.is_none_or(|at| now < at),
            purge_allowed: now >= purge_from,
            purge_allowed_from: stamp(purge_from),
            purge_scheduled_on: stamp(deletion.at + PURGE_SCHEDULE_S),
        })
    }
}

/// Answers a call with its key.
pub(super) fn answer(
    call: &Call,
    status: StatusCode,
    key: &KeyRecord,
    payload: Option<&str>,
) -> Result<Reply, Problem> {
    let view = KeyView::of(key, &call.instance, call.now, payload);
    Ok(Reply::collection(status, Metadata::of("key", 1), &[view]))
}
