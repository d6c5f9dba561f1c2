//! `POST /keys`: generates or imports a key.

pub(super) mod request;

use axum::http::StatusCode;
use tsutsumi::{Secret, SecretBytes};
use zeroize::Zeroizing;

use self::request::{KeyBody, KeyRequest};
use super::collection::Collection;
use super::instance_policy::require_access;
use super::view::KeyView;
use super::{import_token, policy, ring};
use crate::call::{ATTEMPTS_MAX, Call};
use crate::payload::{encode_base64, is_blank, parse};
use crate::problem::{Problem, code, field};
use crate::record::key::{AliasRecord, KeyRecord, VersionRecord, VersionRef};
use crate::record::ring::DEFAULT_RING;
use crate::reply::{Metadata, Reply};
use crate::service::new_id;
use crate::store::StoreError;
use crate::store::typed::{Batch, load};
use crate::vault::InstanceVault;

pub(super) async fn create(call: Call) -> Result<Reply, Problem> {
    make(call, false).await
}

pub(super) async fn create_with_overrides(call: Call) -> Result<Reply, Problem> {
    make(call, true).await
}

async fn make(call: Call, overrides: bool) -> Result<Reply, Problem> {
    let body = call.body()?;
    if is_blank(&body) {
        return Err(code::NO_BODY.into());
    }
    let request = parse::<Collection<KeyBody<'_>>>(&body)?
        .only()?
        .check(call.now, overrides)?;
    let ring = call.ring_asked().unwrap_or(DEFAULT_RING).to_owned();
    if !call
        .grants
        .allow(call.operation.roles, &call.target(&ring, ""))
    {
        return Err(Problem::unauthorized());
    }
    let (material, imported) = material(&call, &request).await?;
    let mut key = describe(&call, &request, ring, (material.len(), imported))?;
    policy::start(&call, &mut key, request.rotation, request.dual_auth)?;
    store(&call, &key, &material).await?;
    call.told.made(&key, call.now);
    let payload = key.extractable.then(|| encode_base64(material.as_bytes()));
    let payload = payload.as_deref().map(String::as_str);
    let view = KeyView::of(&key, &call.instance, call.now, payload).just_created();
    Ok(Reply::collection(
        StatusCode::CREATED,
        Metadata::of("key", 1),
        &[view],
    ))
}

/// Takes the key material from the request, or draws it.
async fn material(call: &Call, request: &KeyRequest<'_>) -> Result<(SecretBytes, bool), Problem> {
    let (imported, sealed) = (request.payload.is_some(), request.sealed.is_some());
    require_access(&call.instance, request.extractable, imported, sealed)?;
    match (&request.payload, &request.sealed) {
        (Some(_), Some(_)) if request.extractable => Err(field(
            "encryptedNonce",
            "absent, because import tokens are for root keys",
        )),
        (Some(payload), Some(sealed)) => {
            let material = import_token::open(call, payload, sealed).await?;
            Ok((check_length(material, false)?, true))
        }
        (Some(payload), None) => Ok((read_material(payload, request.extractable)?, true)),
        (None, Some(_)) => Err(field("payload", "present together with `encryptedNonce`")),
        (None, None) => {
            let secret = Secret::<32>::generate()?;
            Ok((SecretBytes::from(secret.as_bytes().to_vec()), false))
        }
    }
}

/// Decodes key material and checks its length.
pub(super) fn read_material(
    payload: &crate::payload::Text<'_>,
    extractable: bool,
) -> Result<SecretBytes, Problem> {
    let material = payload.decode().map_err(|at| {
        field(
            "payload",
            &format!("base64 encoded: illegal base64 data at input byte {at}"),
        )
    })?;
    check_length(material, extractable)
}

/// Checks the length of key material.
pub(super) fn check_length(
    material: SecretBytes,
    extractable: bool,
) -> Result<SecretBytes, Problem> {
    match (material.len(), extractable) {
        (16 | 24 | 32, _) | (1..=7500, true) => Ok(material),
        (_, true) => Err(field("payload", "1 to 7500 bytes, base64 encoded")),
        (_, false) => Err(field("payload", "16, 24, or 32 bytes, base64 encoded")),
    }
}

fn describe(
    call: &Call,
    request: &KeyRequest<'_>,
    ring: String,
    (len, imported): (usize, bool),
) -> Result<KeyRecord, Problem> {
    let made = (call.now, call.caller.iam_id.as_str());
    Ok(KeyRecord {
        name: request.name.clone(),
        description: request.description.clone().unwrap_or_default(),
        tags: request.tags.clone(),
        aliases: request.aliases.clone(),
        extractable: request.extractable,
        imported,
        bits: len * 8,
        ring,
        expires: request.expires,
        ..KeyRecord::new(&call.instance.id, new_id()?, made)
    })
}

async fn store(call: &Call, key: &KeyRecord, material: &SecretBytes) -> Result<(), Problem> {
    let version = new_version(&call.vault()?, key, &key.version, material)?;
    for _ in 0..ATTEMPTS_MAX {
        let mut batch = Batch::default();
        batch.insert(key)?;
        batch.insert(&version)?;
        ring::hold(call, &key.ring, &mut batch).await?;
        for alias in &key.aliases {
            batch.insert(&AliasRecord {
                instance: key.instance.clone(),
                alias: alias.clone(),
                key: key.id.clone(),
                created: call.now,
                created_by: call.caller.iam_id.clone(),
            })?;
        }
        match batch.commit(call.store()).await {
            Err(StoreError::Conflict) => {}
            outcome => return Ok(outcome?),
        }
        // The key's own ids are fresh: an alias is taken, or the ring was changed meanwhile
        for alias in &key.aliases {
            let row = AliasRecord::row(&key.instance, alias);
            if load::<AliasRecord>(call.store(), &row).await?.is_some() {
                return Err(code::ALIAS_NOT_UNIQUE.into());
            }
        }
    }
    Err(code::BUSY.into())
}

/// Wraps the material of a new version of `key`.
pub(super) fn new_version(
    vault: &InstanceVault,
    key: &KeyRecord,
    version: &VersionRef,
    material: &SecretBytes,
) -> Result<VersionRecord, Problem> {
    Ok(VersionRecord {
        instance: key.instance.clone(),
        key: key.id.clone(),
        id: version.id.clone(),
        created: version.created,
        number: key.versions,
        material: vault.wrap(&key.id, &version.id, material.as_bytes())?,
    })
}

/// The payload of a standard key, in base64.
pub(super) async fn payload_of(
    call: &Call,
    key: &KeyRecord,
) -> Result<Option<Zeroizing<String>>, Problem> {
    if !key.extractable || key.deleted.is_some() {
        return Ok(None);
    }
    let version = call.version(key, &key.version.id).await?;
    let version = version.ok_or_else(|| Problem::from(code::INCOMPLETE_METADATA))?;
    let material = call
        .vault()?
        .unwrap(&key.id, &version.id, &version.material)?;
    Ok(Some(encode_base64(material.as_bytes())))
}
