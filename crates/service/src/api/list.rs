//! `GET` and `HEAD` of the key collection.

use axum::http::StatusCode;

use super::view::KeyView;
use crate::call::Call;
use crate::problem::Problem;
use crate::query::invalid;
use crate::record::key::KeyRecord;
use crate::reply::{Metadata, Reply};
use crate::store::typed::load_all;

/// Which keys are asked for.
struct Wanted {
    states: Vec<u8>,
    extractable: Option<bool>,
}

impl Wanted {
    fn read(call: &Call) -> Result<Self, Problem> {
        let states = match call.query.get("state") {
            None => vec![1, 2, 3],
            Some(text) => text
                .split(',')
                .map(|part| part.trim().parse().ok().filter(|state| *state <= 5))
                .collect::<Option<_>>()
                .ok_or_else(|| invalid("state", "must be a list of numbers from 0 to 5"))?,
        };
        Ok(Self {
            states,
            extractable: call.query.flag("extractable")?,
        })
    }

    fn takes(&self, key: &KeyRecord, now: i64) -> bool {
        self.states.contains(&(key.state(now) as u8))
            && self
                .extractable
                .is_none_or(|wanted| wanted == key.extractable)
    }
}

pub(super) async fn list(call: Call) -> Result<Reply, Problem> {
    let (limit, offset) = call.query.page(200, 5000)?;
    let keys = matching(&call, &Wanted::read(&call)?).await?;
    let views: Vec<_> = keys
        .iter()
        .skip(offset)
        .take(limit)
        .map(|key| KeyView::of(key, &call.instance, call.now, None))
        .collect();
    Ok(Reply::collection(
        StatusCode::OK,
        Metadata::of("key", views.len()),
        &views,
    ))
}

pub(super) async fn count(call: Call) -> Result<Reply, Problem> {
    let keys = matching(&call, &Wanted::read(&call)?).await?;
    Ok(Reply::empty(StatusCode::OK).header("key-total", &keys.len().to_string()))
}

/// The keys that are wanted and that the caller may see, by id.
///
/// A key on which the caller has nothing but a grant of its own is not listed.
async fn matching(call: &Call, wanted: &Wanted) -> Result<Vec<KeyRecord>, Problem> {
    let rows = load_all::<KeyRecord>(call.store(), &KeyRecord::row(&call.instance.id, "")).await?;
    let visible = |key: &KeyRecord| {
        call.ring_asked().is_none_or(|ring| ring == key.ring)
            && call
                .grants
                .allow(call.operation.roles, &call.target(&key.ring, ""))
    };
    let keys = rows.into_iter().map(|held| held.value);
    Ok(keys
        .filter(|key| wanted.takes(key, call.now) && visible(key))
        .collect())
}
