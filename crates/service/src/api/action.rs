//! Actions on a key, in the path (`/actions/wrap`) or in the query (`?action=wrap`).

use super::path::Io;
use super::{Route, deletion, lifecycle, rotate, to, wrap};
use crate::call::Call;
use crate::problem::{Problem, code};
use crate::query::invalid;
use crate::reply::Reply;

/// The actions, each with what goes in and comes out.
pub(crate) const ACTIONS: &[(&str, Route, Io)] = &[
    ("disable", to!(DISABLE, lifecycle::disable), NOTHING),
    ("enable", to!(ENABLE, lifecycle::enable), NOTHING),
    (
        "restore",
        to!(RESTORE, deletion::restore),
        io("", &[(201, "KeyCollection")]),
    ),
    (
        "rewrap",
        to!(REWRAP, wrap::rewrap),
        io("UnwrapBody", &[(200, "RewrapReply")]),
    ),
    (
        "rotate",
        to!(ROTATE, rotate::rotate),
        io("RotateBody", &[(204, "")]),
    ),
    (
        "setKeyForDeletion",
        to!(SET_FOR_DELETION, deletion::set_for_deletion),
        NOTHING,
    ),
    ("sync", to!(SYNC, lifecycle::sync), NOTHING),
    (
        "unsetKeyForDeletion",
        to!(UNSET_FOR_DELETION, deletion::unset_for_deletion),
        NOTHING,
    ),
    (
        "unwrap",
        to!(UNWRAP, wrap::unwrap),
        io("UnwrapBody", &[(200, "UnwrapReply")]),
    ),
    (
        "wrap",
        to!(WRAP, wrap::wrap),
        io("WrapBody", &[(200, "WrapReply")]),
    ),
];

const NOTHING: Io = io("", &[(204, "")]);

const fn io(body: &'static str, replies: &'static [(u16, &'static str)]) -> Io {
    Io {
        query: "",
        body,
        replies,
    }
}

/// What an action that does not exist leads to.
pub(super) const UNKNOWN: Route = to!(UNKNOWN_ACTION, unknown);

/// The route of an action.
pub(super) fn find(name: &str) -> Option<Route> {
    ACTIONS
        .iter()
        .find(|(action, ..)| *action == name)
        .map(|(_, route, _)| *route)
}

async fn unknown(call: Call) -> Result<Reply, Problem> {
    if call.param("action").is_empty() {
        let names: Vec<_> = ACTIONS.iter().map(|(name, ..)| *name).collect();
        return Err(invalid(
            "action",
            &format!("must be one of: {}", names.join(", ")),
        ));
    }
    Err(code::ROUTE_MISSING.into())
}
