//! Key rings, and moving keys between them.

use axum::http::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::view::answer;
use crate::call::Call;
use crate::clock::stamp;
use crate::payload::parse;
use crate::problem::{Problem, code, field};
use crate::record::key::KeyRecord;
use crate::record::ring::{DEFAULT_RING, RingRecord};
use crate::reply::{Metadata, Reply};
use crate::store::StoreError;
use crate::store::find::Find;
use crate::store::typed::{self, Batch, Held, load, load_all};

/// How many rings an instance may have, the default one included.
const COUNT_MAX: usize = 50;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RingView<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    creation_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_by: Option<&'a str>,
}

pub(super) async fn list(call: Call) -> Result<Reply, Problem> {
    let (limit, offset) = call.query.page(100, 5000)?;
    let total = call.query.flag("totalCount")?.unwrap_or(false);
    let rings = all(&call).await?;
    let default = RingView {
        id: DEFAULT_RING,
        creation_date: None,
        created_by: None,
    };
    let made = rings.iter().map(|held| RingView {
        id: &held.value.id,
        creation_date: Some(stamp(held.value.created)),
        created_by: Some(&held.value.created_by),
    });
    let page: Vec<_> = std::iter::once(default)
        .chain(made)
        .skip(offset)
        .take(limit)
        .collect();
    let count = total.then_some(rings.len() + 1);
    let metadata = Metadata::of("key_ring", page.len()).total_count(count);
    Ok(Reply::collection(StatusCode::OK, metadata, &page))
}

pub(super) async fn create(call: Call) -> Result<Reply, Problem> {
    let id = call.param("ring");
    let plain = id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if !plain || !(2..=100).contains(&id.len()) || Uuid::parse_str(id).is_ok() {
        return Err(field(
            "key-ring-id",
            "2 to 100 letters, digits or hyphens, and not a UUID",
        ));
    }
    let rings = all(&call).await?;
    if id == DEFAULT_RING || rings.iter().any(|held| held.value.id == id) {
        return Err(code::RING_EXISTS.into());
    }
    if rings.len() + 1 >= COUNT_MAX {
        return Err(code::RING_QUOTA.into());
    }
    let mut batch = Batch::default();
    batch.insert(&RingRecord {
        instance: call.instance.id.clone(),
        id: id.to_owned(),
        created: call.now,
        created_by: call.caller.iam_id.clone(),
    })?;
    match batch.commit(call.store()).await {
        Ok(()) => Ok(Reply::empty(StatusCode::CREATED)),
        Err(StoreError::Conflict) => Err(code::RING_EXISTS.into()),
        Err(error) => Err(error.into()),
    }
}

/// A ring goes when it holds no key; with `force`, when all its keys are deleted: they move to the
/// default ring.
pub(super) async fn remove(call: Call) -> Result<Reply, Problem> {
    let force = call.query.flag("force")?.unwrap_or(false);
    let id = call.param("ring");
    if id == DEFAULT_RING {
        return Err(Problem::with(
            code::RING_NOT_EMPTY,
            "The default key ring cannot be deleted",
        ));
    }
    let ring = find(&call, id)
        .await?
        .ok_or_else(|| Problem::from(code::RING_MISSING))?;
    let mut keys = Find::all(call.instance.id.clone(), call.now);
    keys.rings = Some(vec![id.to_owned()]);
    if !force {
        keys.limit = 1;
    }
    let mut batch = Batch::default();
    for mut key in typed::find::<KeyRecord>(call.store(), &keys).await? {
        if !force || key.value.deleted.is_none() {
            return Err(code::RING_NOT_EMPTY.into());
        }
        DEFAULT_RING.clone_into(&mut key.value.ring);
        batch.update(&key)?;
    }
    batch.remove(&ring);
    batch.commit(call.store()).await?;
    Ok(Reply::none())
}

/// `PATCH /keys/{id}`: moves a key to another ring.
pub(super) async fn move_key(call: Call) -> Result<Reply, Problem> {
    let body = call.body()?;
    let body: Map<String, Value> = parse(&body)?;
    // Clients spell the name in different cases
    let target = match body.iter().next() {
        Some((name, Value::String(ring)))
            if body.len() == 1 && name.eq_ignore_ascii_case("keyRingID") =>
        {
            ring.clone()
        }
        _ => {
            return Err(Problem::with(
                code::BAD_BODY,
                "The body must be {\"keyRingID\": \"…\"}",
            ));
        }
    };
    if !call
        .grants
        .allow(call.operation.roles, &call.target(&target, &call.key()?.id))
    {
        return Err(Problem::unauthorized());
    }
    let ring = find(&call, &target).await?;
    if ring.is_none() && target != DEFAULT_RING {
        return Err(code::RING_MISSING.into());
    }
    let key = call
        .change_key(|key, batch| {
            if let Some(ring) = &ring {
                batch.hold(ring)?;
            }
            key.ring.clone_from(&target);
            key.updated = Some(call.now);
            Ok(())
        })
        .await?;
    answer(&call, StatusCode::OK, &key, None)
}

/// Keeps a ring from being deleted while a key is put into it.
pub(super) async fn hold(call: &Call, id: &str, batch: &mut Batch) -> Result<(), Problem> {
    if id == DEFAULT_RING {
        return Ok(());
    }
    let ring = find(call, id)
        .await?
        .ok_or_else(|| Problem::from(code::RING_MISSING))?;
    Ok(batch.hold(&ring)?)
}

/// The names of all rings, the default one included.
pub(super) async fn names(call: &Call) -> Result<Vec<String>, StoreError> {
    let made = all(call).await?.into_iter().map(|held| held.value.id);
    Ok(made.chain([DEFAULT_RING.to_owned()]).collect())
}

async fn all(call: &Call) -> Result<Vec<Held<RingRecord>>, StoreError> {
    load_all(call.store(), &RingRecord::row(&call.instance.id, "")).await
}

async fn find(call: &Call, id: &str) -> Result<Option<Held<RingRecord>>, StoreError> {
    load(call.store(), &RingRecord::row(&call.instance.id, id)).await
}
