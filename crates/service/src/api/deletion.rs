//! Delete, restore, purge, and the first of two consents to delete.

use axum::http::StatusCode;

use super::lifecycle::too_early;
use super::view::answer;
use crate::call::{Call, Prefer, require_state};
use crate::problem::{Problem, code};
use crate::record::key::{
    AliasRecord, Deletion, KeyRecord, PURGE_AFTER_S, RESTORE_WINDOW_S, State, VersionRecord,
};
use crate::record::usage::UsageRecord;
use crate::reply::Reply;
use crate::service::Service;
use crate::store::StoreError;
use crate::store::typed::{Batch, Held, load, load_all};

/// How long the first of two consents holds.
pub(crate) const CONSENT_S: i64 = 7 * 24 * 3600;
/// How long after its deletion a key cannot be restored yet.
const SETTLE_S: i64 = 30;

pub(super) async fn delete(call: Call) -> Result<Reply, Problem> {
    let force = call.query.flag("force")?.unwrap_or(false);
    let key = call
        .change_key(|key, _| {
            if key.deleted.is_some() {
                return Err(code::KEY_DELETED.into());
            }
            require_consent(key, &call)?;
            if key.retained > 0 {
                return Err(code::PREVENTED.into());
            }
            if key.registrations > 0 && !force {
                let message = code::PROTECTED.message;
                return Err(Problem::query(code::PROTECTED, "force", message));
            }
            key.deleted = Some(Deletion {
                at: call.now,
                by: call.caller.iam_id.clone(),
            });
            key.deletion_set = None;
            key.disabled = None;
            key.changed(call.now);
            Ok(())
        })
        .await?;
    call.service.ciphers().forget(&key.instance, &key.id);
    shown(&call, StatusCode::OK, &key)
}

/// A key that takes two to delete needs another user's consent, at most a week old.
fn require_consent(key: &KeyRecord, call: &Call) -> Result<(), Problem> {
    if !key.needs_two() {
        return Ok(());
    }
    let fresh = key
        .deletion_set
        .as_ref()
        .filter(|set| call.now < set.at + CONSENT_S);
    match fresh {
        Some(set) if set.by != call.caller.iam_id => Ok(()),
        _ => Err(code::AUTHORIZATIONS_NOT_MET.into()),
    }
}

pub(super) async fn restore(call: Call) -> Result<Reply, Problem> {
    let key = call
        .change_key(|key, _| {
            let Some(deletion) = &key.deleted else {
                return Err(code::ACTION_INVALID_STATE.into());
            };
            if call.now - deletion.at < SETTLE_S {
                return Err(too_early("The key was deleted less than 30 seconds ago"));
            }
            if call.now >= deletion.at + RESTORE_WINDOW_S {
                return Err(code::KEY_RESTORE_EXPIRED.into());
            }
            if key.expires.is_some_and(|expires| expires <= call.now) {
                return Err(code::KEY_EXPIRED.into());
            }
            key.deleted = None;
            key.changed(call.now);
            Ok(())
        })
        .await?;
    answer(&call, StatusCode::CREATED, &key, None)
}

pub(super) async fn purge(call: Call) -> Result<Reply, Problem> {
    let key = call.key()?;
    let Some(deletion) = &key.deleted else {
        return Err(code::ACTION_INVALID_STATE.into());
    };
    if call.now < deletion.at + PURGE_AFTER_S {
        return Err(too_early(
            "The key can be purged 4h0m0s after it was deleted",
        ));
    }
    let reply = shown(&call, StatusCode::OK, key)?;
    forget(&call.service, key).await?;
    Ok(reply)
}

/// Removes every trace of a deleted key. Its material is gone for good.
pub(crate) async fn forget(service: &Service, key: &KeyRecord) -> Result<(), Problem> {
    let store = service.store();
    let row = KeyRecord::row(&key.instance, &key.id);
    let held: Option<Held<KeyRecord>> = load(store, &row).await?;
    let Some(held) = held.filter(|held| held.value.deleted.is_some()) else {
        return Err(code::ACTION_INVALID_STATE.into());
    };
    let mut batch = Batch::default();
    let versions = VersionRecord::row(&key.instance, &key.id, "");
    for version in load_all::<VersionRecord>(store, &versions).await? {
        batch.remove(&version);
    }
    for usage in load_all::<UsageRecord>(store, &versions).await? {
        batch.remove(&usage);
    }
    for alias in &held.value.aliases {
        let row = AliasRecord::row(&key.instance, alias);
        if let Some(alias) = load::<AliasRecord>(store, &row).await? {
            batch.remove(&alias);
        }
    }
    batch.remove(&held);
    let outcome = batch.commit(store).await.map_err(|error| match error {
        StoreError::Conflict => code::BUSY.into(),
        other => other.into(),
    });
    service.ciphers().forget(&key.instance, &key.id);
    outcome
}

pub(super) async fn set_for_deletion(call: Call) -> Result<Reply, Problem> {
    consent(
        &call,
        Some(Deletion {
            at: call.now,
            by: call.caller.iam_id.clone(),
        }),
    )
    .await
}

pub(super) async fn unset_for_deletion(call: Call) -> Result<Reply, Problem> {
    consent(&call, None).await
}

async fn consent(call: &Call, consent: Option<Deletion>) -> Result<Reply, Problem> {
    call.change_key(|key, _| {
        require_state(
            key,
            call.now,
            &[State::Active, State::Suspended, State::Deactivated],
        )?;
        if !key.needs_two() {
            return Err(code::NOT_DUAL_AUTH.into());
        }
        key.deletion_set.clone_from(&consent);
        key.updated = Some(call.now);
        Ok(())
    })
    .await?;
    Ok(Reply::none())
}

/// The key, if the caller wants to see it.
fn shown(call: &Call, status: StatusCode, key: &KeyRecord) -> Result<Reply, Problem> {
    match call.prefer() {
        Prefer::Representation => answer(call, status, key, None),
        Prefer::Minimal | Prefer::Nothing => Ok(Reply::none()),
    }
}
