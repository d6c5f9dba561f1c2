//! Disable, enable, delete.

use axum::http::StatusCode;

use super::view::answer;
use crate::call::{Call, Prefer, require_root};
use crate::problem::{Problem, code};
use crate::record::key::{Deletion, State};
use crate::reply::Reply;

/// How long after a change of state the opposite one is refused.
const SETTLE_S: i64 = 30;

pub(super) async fn disable(call: Call) -> Result<Reply, Problem> {
    call.change_key(|key, _| {
        require_root(key, call.now, &[State::Active])?;
        key.disabled = Some(call.now);
        key.updated = Some(call.now);
        Ok(())
    })
    .await?;
    Ok(Reply::none())
}

pub(super) async fn enable(call: Call) -> Result<Reply, Problem> {
    call.change_key(|key, _| {
        require_root(key, call.now, &[State::Suspended])?;
        if key
            .disabled
            .is_some_and(|since| call.now - since < SETTLE_S)
        {
            return Err(too_early("The key was disabled less than 30 seconds ago"));
        }
        key.disabled = None;
        key.updated = Some(call.now);
        Ok(())
    })
    .await?;
    Ok(Reply::none())
}

pub(super) async fn delete(call: Call) -> Result<Reply, Problem> {
    call.query.flag("force")?;
    let key = call
        .change_key(|key, _| {
            if key.deleted.is_some() {
                return Err(code::KEY_DELETED.into());
            }
            key.deleted = Some(Deletion {
                at: call.now,
                by: call.caller.iam_id.clone(),
            });
            key.updated = Some(call.now);
            Ok(())
        })
        .await?;
    match call.prefer() {
        Prefer::Representation => answer(&call, StatusCode::OK, &key, None),
        Prefer::Minimal | Prefer::Nothing => Ok(Reply::none()),
    }
}

/// A timer has not run out yet.
pub(super) fn too_early(message: &str) -> Problem {
    Problem::with(code::REQ_TOO_EARLY, message)
}
