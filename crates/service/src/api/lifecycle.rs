//! Disable, enable, and telling services of the last change again.

use crate::call::{Call, require_root};
use crate::problem::{Problem, code};
use crate::record::key::State;
use crate::reply::Reply;

/// How long after it was disabled a key cannot be enabled yet.
const SETTLE_S: i64 = 30;
/// How long after services were told of a change they are not told again.
const NOTICE_S: i64 = 3600;

pub(super) async fn disable(call: Call) -> Result<Reply, Problem> {
    call.change_key(|key, _| {
        require_root(key, call.now, &[State::Active])?;
        key.disabled = Some(call.now);
        key.changed(call.now);
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
        key.changed(call.now);
        Ok(())
    })
    .await?;
    Ok(Reply::none())
}

/// A key of which nobody was ever told anything is in step already.
pub(super) async fn sync(call: Call) -> Result<Reply, Problem> {
    call.change_key(|key, _| {
        if key.extractable {
            return Err(code::KEY_ROOT_REQUIRED.into());
        }
        if key.noticed.is_some_and(|last| call.now - last < NOTICE_S) {
            return Err(too_early(
                "Services were told of the last change less than an hour ago",
            ));
        }
        if key.registrations > 0 {
            key.noticed = Some(call.now);
        }
        Ok(())
    })
    .await?;
    Ok(Reply::none())
}

/// A timer has not run out yet.
pub(super) fn too_early(message: &str) -> Problem {
    Problem::with(code::REQ_TOO_EARLY, message)
}
