//! `GET` and `HEAD` of the key collection.

mod filter;
mod search;
mod sort;

use axum::http::StatusCode;

use self::search::Search;
pub(crate) use self::search::SearchView;
use super::ring;
use super::view::KeyView;
use crate::activity::ResponseData;
use crate::call::Call;
use crate::problem::{Problem, code};
use crate::query::invalid;
use crate::record::key::KeyRecord;
use crate::reply::{Metadata, Reply};
use crate::store::find::{Find, Property, Test};
use crate::store::typed::{self, Record};

/// How many keys a search may look at.
const SEARCH_COUNT_MAX: usize = 5000;
/// Reads what the query asks for: which keys, in which order.
async fn asked(call: &Call) -> Result<Find, Problem> {
    let mut tests = filter::read(call.query.get("filter"))?;
    let names = |wanted: fn(&Test) -> bool| tests.iter().any(wanted);
    let states = call.query.get("state");
    let extractable = call.query.flag("extractable")?;
    let by_state = names(|test| matches!(test, Test::States(_)));
    let by_kind = names(|test| matches!(test, Test::Extractable(_)));
    if (states.is_some() && by_state) || (extractable.is_some() && by_kind) {
        let rule = "cannot filter by what a query parameter of its own filters by";
        return Err(invalid("filter", rule));
    }
    match states {
        None if by_state => {}
        None => tests.push(Test::States(vec![1, 2, 3])),
        Some(text) => {
            let states = read_states(text);
            let rule = "must be a list of numbers from 0 to 5";
            tests.push(Test::States(states.ok_or_else(|| invalid("state", rule))?));
        }
    }
    tests.extend(extractable.map(Test::Extractable));
    let mut find = Find::all(call.instance.id.clone(), call.now);
    find.rings = rings(call).await?;
    find.tests = tests;
    Ok(find)
}

/// The rings whose keys the caller asks for and may see; `None` for all.
///
/// A key on which the caller has nothing but a grant of its own is not listed.
async fn rings(call: &Call) -> Result<Option<Vec<String>>, Problem> {
    let roles = call.operation.roles;
    if let Some(ring) = call.ring_asked() {
        // That the caller may see it has been decided
        return Ok(Some(vec![ring.to_owned()]));
    }
    // What is granted on a ring without a name is granted on every ring
    if call.grants.allow(roles, &call.target("", "")) {
        return Ok(None);
    }
    let mut rings = ring::names(call).await?;
    rings.retain(|ring| call.grants.allow(roles, &call.target(ring, "")));
    Ok(Some(rings))
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
    let mut find = asked(&call).await?;
    find.order = order;
    let search = call.query.get("search").map(Search::read).transpose()?;
    let keys: Vec<KeyRecord> = match &search {
        Some(search) => {
            find.limit = SEARCH_COUNT_MAX + 1;
            let mut keys = page(&call, find).await?;
            if keys.len() > SEARCH_COUNT_MAX {
                return Err(code::SEARCH_TOO_BROAD.into());
            }
            keys.retain(|key| search.takes(key));
            keys.into_iter().skip(offset).take(limit).collect()
        }
        None => {
            (find.skip, find.limit) = (offset, limit);
            page(&call, find).await?
        }
    };
    let views: Vec<_> = keys
        .iter()
        .map(|key| KeyView::of(key, &call.instance, call.now, None))
        .collect();
    let mut metadata = Metadata::of("key", views.len());
    if let Some(search) = search {
        metadata = metadata.searched(search.into_view());
    }
    Ok(Reply::collection(StatusCode::OK, metadata, &views))
}

pub(super) async fn count(call: Call) -> Result<Reply, Problem> {
    let find = asked(&call).await?;
    let count = call.store().count(KeyRecord::KIND, &find).await?;
    call.told.answered(ResponseData {
        total_resources: Some(count),
        ..ResponseData::default()
    });
    Ok(Reply::empty(StatusCode::OK).header("key-total", &count.to_string()))
}

/// The keys that are asked for.
///
/// Those sorted by their state first are read state by state, because a state that time changes is
/// in no index.
async fn page(call: &Call, mut find: Find) -> Result<Vec<KeyRecord>, Problem> {
    let mut states = [1, 2, 3, 5];
    match find.order.first() {
        Some((Property::State, true)) => states.reverse(),
        Some((Property::State, false)) => {}
        _ => return read(call, &find).await,
    }
    find.order.remove(0);
    let mut keys = Vec::new();
    for state in states {
        let mut part = find.clone();
        part.tests.push(Test::States(vec![state]));
        part.limit = find.limit - keys.len();
        let count = call.store().count(KeyRecord::KIND, &part).await?;
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        if part.limit > 0 && find.skip < count {
            keys.append(&mut read(call, &part).await?);
        }
        find.skip = find.skip.saturating_sub(count);
    }
    Ok(keys)
}

async fn read(call: &Call, find: &Find) -> Result<Vec<KeyRecord>, Problem> {
    let found = typed::find::<KeyRecord>(call.store(), find).await?;
    Ok(found.into_iter().map(|held| held.value).collect())
}
