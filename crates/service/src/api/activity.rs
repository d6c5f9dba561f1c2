//! `/instance/activity`: the events of an instance.

use axum::http::StatusCode;
use serde::Serialize;

use crate::activity::Event;
use crate::call::Call;
use crate::clock::read_stamp;
use crate::problem::Problem;
use crate::query::invalid;
use crate::reply::{Metadata, Reply};

/// How many events are read at a time.
const READ_COUNT: usize = 500;

#[derive(Serialize)]
struct EventView {
    #[serde(flatten)]
    event: Event,
    /// Where the next page begins.
    cursor: String,
}

/// Lists events by time: `from`, `to` (RFC 3339), `key` (an id), `after` (a cursor), `limit`.
pub(super) async fn list(call: Call) -> Result<Reply, Problem> {
    let (limit, _) = call.query.page(200, 1000)?;
    let moment = |name: &str| {
        let text = call.query.get(name);
        let read = |text| read_stamp(text).ok_or_else(|| invalid(name, "must be an RFC 3339 date"));
        text.map(read).transpose()
    };
    let (from, to) = (moment("from")?, moment("to")?.unwrap_or(i64::MAX));
    let instance = &call.instance.id;
    let mut after = match (call.query.get("after"), from) {
        (Some(cursor), _) => format!("{instance}/{cursor}"),
        (None, Some(from)) => format!("{instance}/{from:012}"),
        (None, None) => String::new(),
    };
    let key = call.query.get("key");
    let wanted = |event: &Event| {
        key.is_none_or(|key| {
            event
                .response_data
                .as_ref()
                .is_some_and(|data| data.key_id.as_deref() == Some(key))
        })
    };
    let mut views = Vec::new();
    'read: loop {
        let page = call.service.events(instance, &after, READ_COUNT).await?;
        let Some(last) = page.last() else { break };
        after = crate::store::typed::Record::row_id(last);
        for record in page {
            if record.time > to || views.len() == limit {
                break 'read;
            }
            if wanted(&record.event) {
                let row = crate::store::typed::Record::row_id(&record);
                let cursor = row[instance.len() + 1..].to_owned();
                views.push(EventView {
                    event: record.event,
                    cursor,
                });
            }
        }
    }
    Ok(Reply::collection(
        StatusCode::OK,
        Metadata::of("activity_event", views.len()),
        &views,
    ))
}
