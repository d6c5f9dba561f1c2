//! `POST /keys`: generates or imports a key.

mod request;

use axum::http::StatusCode;
use tsutsumi::{Secret, SecretBytes};
use zeroize::Zeroizing;

use self::request::{CreateBody, KeyRequest};
use super::view::KeyView;
use crate::call::Call;
use crate::payload::{encode_base64, is_blank, parse};
use crate::problem::{Problem, code};
use crate::record::key::{AliasRecord, KeyRecord, VersionRecord, VersionRef};
use crate::reply::{Metadata, Reply};
use crate::service::new_id;
use crate::store::StoreError;
use crate::store::typed::Batch;

/// The key ring of keys that name no other.
pub(super) const DEFAULT_RING: &str = "default";

pub(super) async fn create(call: Call) -> Result<Reply, Problem> {
    let body = call.read_body().await?;
    if is_blank(&body) {
        return Err(code::NO_BODY.into());
    }
    let request = parse::<CreateBody<'_>>(&body)?.only_key()?;
    let request = request.check(call.now)?;
    let ring = call.ring_asked().unwrap_or(DEFAULT_RING).to_owned();
    if ring != DEFAULT_RING {
        return Err(code::RING_MISSING.into());
    }
    let allowed = call
        .grants
        .allow(call.operation.roles, &call.target(&ring, ""));
    if !allowed {
        return Err(Problem::unauthorized());
    }
    let (material, imported) = material(&request)?;
    let key = describe(&call, &request, ring, (material.len(), imported))?;
    store(&call, &key, &material).await?;
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
fn material(request: &KeyRequest<'_>) -> Result<(SecretBytes, bool), Problem> {
    match &request.payload {
        Some(payload) => Ok((read_material(payload, request.extractable)?, true)),
        None => {
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
    let refuse = |rule: String| Problem::field(code::INVALID_FIELD, "payload", rule);
    let material = payload.decode().map_err(|at| {
        refuse(format!(
            "The field `payload` must be: base64 encoded: illegal base64 data at input \
            byte {at}"
        ))
    })?;
    let fits = match material.len() {
        16 | 24 | 32 => true,
        len => extractable && (1..=7500).contains(&len),
    };
    if fits {
        return Ok(material);
    }
    Err(refuse(if extractable {
        "The field `payload` must be: 1 to 7500 bytes, base64 encoded".to_owned()
    } else {
        "The field `payload` must be: 16, 24, or 32 bytes, base64 encoded".to_owned()
    }))
}

fn describe(
    call: &Call,
    request: &KeyRequest<'_>,
    ring: String,
    (len, imported): (usize, bool),
) -> Result<KeyRecord, Problem> {
    let id = new_id()?;
    Ok(KeyRecord {
        instance: call.instance.id.clone(),
        // The first version of a root key has the id of the key
        version: VersionRef {
            id: id.clone(),
            created: call.now,
        },
        versions: 1,
        id,
        name: request.name.clone(),
        description: request.description.clone().unwrap_or_default(),
        tags: request.tags.clone(),
        aliases: request.aliases.clone(),
        extractable: request.extractable,
        imported,
        bits: len * 8,
        ring,
        created: call.now,
        created_by: call.caller.iam_id.clone(),
        updated: None,
        rotated: None,
        expires: request.expires,
        disabled: None,
        deleted: None,
    })
}

async fn store(call: &Call, key: &KeyRecord, material: &SecretBytes) -> Result<(), Problem> {
    let mut batch = Batch::default();
    batch.insert(key)?;
    batch.insert(&new_version(call, key, &key.version, 0, material)?)?;
    for alias in &key.aliases {
        batch.insert(&AliasRecord {
            instance: key.instance.clone(),
            alias: alias.clone(),
            key: key.id.clone(),
            created: call.now,
            created_by: call.caller.iam_id.clone(),
        })?;
    }
    batch
        .commit(call.store())
        .await
        .map_err(|error| match error {
            // The key's own ids are fresh: only an alias can be there already
            StoreError::Conflict => code::ALIAS_NOT_UNIQUE.into(),
            other => other.into(),
        })
}

/// Wraps the material of a new version of `key`.
pub(super) fn new_version(
    call: &Call,
    key: &KeyRecord,
    version: &VersionRef,
    number: u64,
    material: &SecretBytes,
) -> Result<VersionRecord, Problem> {
    Ok(VersionRecord {
        instance: key.instance.clone(),
        key: key.id.clone(),
        id: version.id.clone(),
        created: version.created,
        number,
        material: call
            .vault()?
            .wrap(&key.id, &version.id, material.as_bytes())?,
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
