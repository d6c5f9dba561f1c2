//! `GET` and `HEAD` of the key collection.

mod filter;
mod search;
mod sort;

use axum::http::StatusCode;

use self::filter::Filter;
use self::search::Search;
pub(crate) use self::search::SearchView;
use super::view::KeyView;
use crate::call::Call;
use crate::problem::{Problem, code};
use crate::query::invalid;
use crate::record::key::KeyRecord;
use crate::reply::{Metadata, Reply};
use crate::store::typed::{Held, load_page};

/// How many keys a search may look at.
const SEARCH_COUNT_MAX: usize = 5000;
/// How many keys are read at a time.
const READ_COUNT: usize = 1000;

/// Which keys are asked for by state, kind and dates.
struct Wanted {
    states: Vec<u8>,
    extractable: Option<bool>,
    filter: Filter,
}

impl Wanted {
    fn read(call: &Call) -> Result<Self, Problem> {
        let filter = Filter::read(call.query.get("filter"))?;
        let states = call.query.get("state");
        let extractable = call.query.flag("extractable")?;
        if (states.is_some() && filter.names("state"))
            || (extractable.is_some() && filter.names("extractable"))
        {
            let rule = "cannot filter by what a query parameter of its own filters by";
            return Err(invalid("filter", rule));
        }
        let states = match states {
            None if filter.names("state") => vec![0, 1, 2, 3, 5],
            None => vec![1, 2, 3],
            Some(text) => read_states(text)
                .ok_or_else(|| invalid("state", "must be a list of numbers from 0 to 5"))?,
        };
        Ok(Self {
            states,
            extractable,
            filter,
        })
    }

    fn takes(&self, key: &KeyRecord, now: i64) -> bool {
        self.states.contains(&(key.state(now) as u8))
            && self
                .extractable
                .is_none_or(|wanted| wanted == key.extractable)
            && self.filter.takes(key, now)
    }
}

/// Reads a list of states, such as `1,5`.
fn read_states(text: &str) -> Option<Vec<u8>> {
    text.split(',')
        .map(|part| part.trim().parse().ok().filter(|state| *state <= 5))
        .collect()
}

pub(super) async fn list(call: Call) -> Result<Reply, Problem> {
    let (limit, offset) = call.query.page(200, 5000)?;
    let order = sort::read(call.query.get("sort"))?;
    let wanted = Wanted::read(&call)?;
    let search = call.query.get("search").map(Search::read).transpose()?;
    let (keys, skip) = if let Some(search) = &search {
        let mut keys = matching(&call, &wanted, SEARCH_COUNT_MAX + 1).await?;
        if keys.len() > SEARCH_COUNT_MAX {
            return Err(code::SEARCH_TOO_BROAD.into());
        }
        keys.retain(|key| search.takes(key));
        sort::apply(&order, &mut keys, call.now);
        (keys, offset)
    } else if order.is_empty() {
        // In the order of the rows: nothing past the page needs to be read
        (
            matching(&call, &wanted, offset.saturating_add(limit)).await?,
            offset,
        )
    } else {
        let mut keys = matching(&call, &wanted, usize::MAX).await?;
        sort::apply(&order, &mut keys, call.now);
        (keys, offset)
    };
    let views: Vec<_> = keys
        .iter()
        .skip(skip)
        .take(limit)
        .map(|key| KeyView::of(key, &call.instance, call.now, None))
        .collect();
    let mut metadata = Metadata::of("key", views.len());
    if let Some(search) = search {
        metadata = metadata.searched(search.into_view());
    }
    Ok(Reply::collection(StatusCode::OK, metadata, &views))
}

pub(super) async fn count(call: Call) -> Result<Reply, Problem> {
    let keys = matching(&call, &Wanted::read(&call)?, usize::MAX).await?;
    Ok(Reply::empty(StatusCode::OK).header("key-total", &keys.len().to_string()))
}

/// The keys that are wanted and that the caller may see, by id, up to `count_max`.
///
/// A key on which the caller has nothing but a grant of its own is not listed.
async fn matching(
    call: &Call,
    wanted: &Wanted,
    count_max: usize,
) -> Result<Vec<KeyRecord>, Problem> {
    let visible = |key: &KeyRecord| {
        call.ring_asked().is_none_or(|ring| ring == key.ring)
            && call
                .grants
                .allow(call.operation.roles, &call.target(&key.ring, ""))
    };
    let prefix = KeyRecord::row(&call.instance.id, "");
    let (mut keys, mut after) = (Vec::new(), String::new());
    while keys.len() < count_max {
        let rows: Vec<Held<KeyRecord>> =
            load_page(call.store(), &prefix, &after, READ_COUNT).await?;
        let Some(last) = rows.last() else { break };
        after = KeyRecord::row(&call.instance.id, &last.value.id);
        let found = rows.into_iter().map(|held| held.value);
        keys.extend(found.filter(|key| wanted.takes(key, call.now) && visible(key)));
    }
    keys.truncate(count_max);
    Ok(keys)
}
