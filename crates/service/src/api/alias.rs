//! `/keys/{id}/aliases/{alias}`: other names for a key.

use axum::http::StatusCode;
use serde::Serialize;
use uuid::Uuid;

use crate::call::Call;
use crate::clock::stamp;
use crate::problem::{Problem, code};
use crate::record::key::AliasRecord;
use crate::reply::{Metadata, Reply};
use crate::store::typed::load;

/// How many aliases a key may have.
const PER_KEY_MAX: usize = 5;

/// Words that mean something else in a path.
const RESERVED: &[&str] = &[
    "allowed_ip",
    "key",
    "keys",
    "metadata",
    "policy",
    "policies",
    "registration",
    "registrations",
    "ring",
    "rings",
    "rotate",
    "wrap",
    "unwrap",
    "rewrap",
    "version",
    "versions",
];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AliasView<'a> {
    key_id: &'a str,
    alias: &'a str,
    created_by: &'a str,
    creation_date: String,
}

/// Refuses what cannot be an alias.
pub(super) fn check(alias: &str) -> Result<(), Problem> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    let good = (2..=90).contains(&alias.len())
        && alias.bytes().all(plain)
        && Uuid::parse_str(alias).is_err()
        && !RESERVED.contains(&alias);
    if good {
        return Ok(());
    }
    Err(Problem::field(
        code::INVALID_FIELD,
        "aliases",
        "The field `aliases` must be: 2 to 90 letters, digits, hyphens or underscores, not a UUID \
         and not a reserved word",
    ))
}

pub(super) async fn create(call: Call) -> Result<Reply, Problem> {
    let alias = call.param("alias").to_owned();
    check(&alias)?;
    if call.key()?.deleted.is_some() {
        return Err(code::KEY_DELETED.into());
    }
    let row = AliasRecord::row(&call.instance.id, &alias);
    if load::<AliasRecord>(call.store(), &row).await?.is_some() {
        return Err(code::ALIAS_NOT_UNIQUE.into());
    }
    let record = AliasRecord {
        instance: call.instance.id.clone(),
        alias: alias.clone(),
        key: call.key()?.id.clone(),
        created: call.now,
        created_by: call.caller.iam_id.clone(),
    };
    let changed = call
        .change_key(|key, batch| {
            if key.aliases.len() >= PER_KEY_MAX {
                return Err(code::ALIAS_QUOTA.into());
            }
            key.aliases.push(alias.clone());
            key.updated = Some(call.now);
            Ok(batch.insert(&record)?)
        })
        .await;
    if let Err(problem) = changed {
        // Somebody else may have taken the alias after it was looked for: then no attempt succeeds
        let taken = problem.code() == Some(code::BUSY.name)
            && load::<AliasRecord>(call.store(), &row).await?.is_some();
        return Err(if taken {
            code::ALIAS_NOT_UNIQUE.into()
        } else {
            problem
        });
    }
    let view = AliasView {
        key_id: &record.key,
        alias: &record.alias,
        created_by: &record.created_by,
        creation_date: stamp(record.created),
    };
    Ok(Reply::collection(
        StatusCode::CREATED,
        Metadata::of("key", 1),
        &[view],
    ))
}

pub(super) async fn remove(call: Call) -> Result<Reply, Problem> {
    let alias = call.param("alias").to_owned();
    let row = AliasRecord::row(&call.instance.id, &alias);
    let held = load::<AliasRecord>(call.store(), &row).await?;
    let held = held.filter(|held| call.key().is_ok_and(|key| key.id == held.value.key));
    let held = held.ok_or_else(|| {
        Problem::with(
            code::KEY_MISSING,
            "The alias does not exist or is not one of this key",
        )
    })?;
    call.change_key(|key, batch| {
        key.aliases.retain(|name| *name != alias);
        key.updated = Some(call.now);
        batch.remove(&held);
        Ok(())
    })
    .await?;
    Ok(Reply::none())
}
