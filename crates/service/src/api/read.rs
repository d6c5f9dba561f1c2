//! `GET` of one key, its metadata and its versions.

use axum::http::StatusCode;
use serde::Serialize;

use super::create::payload_of;
use super::view::answer;
use crate::call::{Call, require_root};
use crate::clock::stamp;
use crate::problem::Problem;
use crate::record::key::{State, VersionRecord};
use crate::reply::{Metadata, Reply};
use crate::store::typed::load_all;

pub(super) async fn read(call: Call) -> Result<Reply, Problem> {
    let key = call.key()?;
    let payload = payload_of(&call, key).await?;
    answer(
        &call,
        StatusCode::OK,
        key,
        payload.as_deref().map(String::as_str),
    )
}

pub(super) async fn metadata(call: Call) -> Result<Reply, Problem> {
    answer(&call, StatusCode::OK, call.key()?, None)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct VersionView {
    id: String,
    creation_date: String,
}

/// Newest first.
pub(super) async fn versions(call: Call) -> Result<Reply, Problem> {
    let (limit, offset) = call.query.page(200, 5000)?;
    let total = call.query.flag("totalCount")?.unwrap_or(false);
    let any_state = call.query.flag("allKeyStates")?.unwrap_or(false);
    let key = call.key()?;
    let states: &[State] = if any_state {
        &[
            State::Active,
            State::Suspended,
            State::Deactivated,
            State::Destroyed,
        ]
    } else {
        &[State::Active]
    };
    require_root(key, call.now, states)?;
    let prefix = VersionRecord::row(&call.instance.id, &key.id, "");
    let mut rows = load_all::<VersionRecord>(call.store(), &prefix).await?;
    rows.sort_by_key(|row| std::cmp::Reverse(row.value.number));
    let count = total.then_some(rows.len());
    let page: Vec<_> = rows
        .into_iter()
        .skip(offset)
        .take(limit)
        .map(|row| VersionView {
            id: row.value.id,
            creation_date: stamp(row.value.created),
        })
        .collect();
    let metadata = Metadata::of("key.version", page.len()).total_count(count);
    Ok(Reply::collection(StatusCode::OK, metadata, &page))
}
