//! Actions on a key, in the path (`/actions/wrap`) or in the query (`?action=wrap`).

use super::{Route, deletion, lifecycle, rotate, to, wrap};
use crate::call::Call;
use crate::problem::{Problem, code};
use crate::query::invalid;
use crate::reply::Reply;

const ACTIONS: &[(&str, Route)] = &[
    ("disable", to!(DISABLE, lifecycle::disable)),
    ("enable", to!(ENABLE, lifecycle::enable)),
    ("restore", to!(RESTORE, deletion::restore)),
    ("rewrap", to!(REWRAP, wrap::rewrap)),
    ("rotate", to!(ROTATE, rotate::rotate)),
    (
        "setKeyForDeletion",
        to!(SET_FOR_DELETION, deletion::set_for_deletion),
    ),
    ("sync", to!(SYNC, lifecycle::sync)),
    (
        "unsetKeyForDeletion",
        to!(UNSET_FOR_DELETION, deletion::unset_for_deletion),
    ),
    ("unwrap", to!(UNWRAP, wrap::unwrap)),
    ("wrap", to!(WRAP, wrap::wrap)),
];

/// What an action that does not exist leads to.
pub(super) const UNKNOWN: Route = to!(UNKNOWN_ACTION, unknown);

/// The route of an action.
pub(super) fn find(name: &str) -> Option<Route> {
    ACTIONS
        .iter()
        .find(|(action, _)| *action == name)
        .map(|(_, route)| *route)
}

async fn unknown(call: Call) -> Result<Reply, Problem> {
    if call.param("action").is_empty() {
        let names: Vec<_> = ACTIONS.iter().map(|(name, _)| *name).collect();
        return Err(invalid(
            "action",
            &format!("must be one of: {}", names.join(", ")),
        ));
    }
    Err(code::ROUTE_MISSING.into())
}
