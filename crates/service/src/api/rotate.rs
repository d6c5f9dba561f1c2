//! `rotate`: gives a root key a new version.

use serde::Deserialize;
use tsutsumi::{Secret, SecretBytes};

use super::create::request::Sealed;
use super::create::{check_length, new_version, read_material};
use super::import_token;
use super::instance_policy::require_access;
use crate::call::{Call, require_root};
use crate::payload::{Text, parse_or_default};
use crate::problem::{Problem, code, field};
use crate::record::account::InstanceRecord;
use crate::record::key::{KeyRecord, State, VersionRef};
use crate::reply::Reply;
use crate::service::{Service, new_id};
use crate::store::StoreError;
use crate::store::typed::{Batch, Held, load};
use crate::vault::InstanceVault;

/// How often a key may be rotated.
const INTERVAL_S: i64 = 3600;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RotateBody<'a> {
    #[serde(borrow, default)]
    payload: Option<Text<'a>>,
    #[serde(default)]
    encryption_algorithm: Option<String>,
    #[serde(default)]
    encrypted_nonce: Option<String>,
    #[serde(default)]
    iv: Option<String>,
}

pub(super) async fn rotate(call: Call) -> Result<Reply, Problem> {
    let body = call.body()?;
    let request: RotateBody<'_> = parse_or_default(&body)?;
    require_root(call.key()?, call.now, &[State::Active, State::Deactivated])?;
    let material = material(&call, request).await?;
    let (vault, version) = (
        call.vault()?,
        VersionRef {
            id: new_id()?,
            created: call.now,
        },
    );
    call.change_key(|key, batch| {
        require_root(key, call.now, &[State::Active, State::Deactivated])?;
        if key.rotated.is_some_and(|last| call.now - last < INTERVAL_S) {
            return Err(code::ROTATION_NOT_PERMITTED.into());
        }
        turn(&vault, key, &version, &material, batch)
    })
    .await?;
    Ok(Reply::none())
}

async fn material(call: &Call, request: RotateBody<'_>) -> Result<SecretBytes, Problem> {
    let RotateBody {
        payload,
        encryption_algorithm,
        encrypted_nonce,
        iv,
    } = request;
    let sealed = Sealed::of(encryption_algorithm, encrypted_nonce, iv)?;
    match (payload, call.key()?.imported) {
        (Some(payload), true) => {
            require_access(&call.instance, false, true, sealed.is_some())?;
            match sealed {
                Some(sealed) => {
                    check_length(import_token::open(call, &payload, &sealed).await?, false)
                }
                None => read_material(&payload, false),
            }
        }
        (None, true) => Err(code::KEY_PAYLOAD_REQUIRED.into()),
        (None, false) => Ok(SecretBytes::from(
            Secret::<32>::generate()?.as_bytes().to_vec(),
        )),
        (Some(_), false) => Err(field(
            "payload",
            "absent, because the service generated the key's material",
        )),
    }
}

/// Makes `version` the newest of `key`.
fn turn(
    vault: &InstanceVault,
    key: &mut KeyRecord,
    version: &VersionRef,
    material: &SecretBytes,
    batch: &mut Batch,
) -> Result<(), Problem> {
    key.versions += 1;
    batch.insert(&new_version(vault, key, version, material)?)?;
    key.version = version.clone();
    key.bits = material.len() * 8;
    key.rotated = Some(version.created);
    key.changed(version.created);
    Ok(())
}

/// Rotates a key whose policy wants it by now. Somebody else may do the same at the same time: one
/// of the two does.
pub(crate) async fn rotate_if_due(
    service: &Service,
    instance: &InstanceRecord,
    held: Held<KeyRecord>,
    now: i64,
) -> Result<Held<KeyRecord>, Problem> {
    let due = held.value.rotation_due().is_some_and(|due| due <= now);
    if !due || held.value.state(now) != State::Active {
        return Ok(held);
    }
    let vault = service.vault().instance(&instance.id, &instance.key)?;
    let material = SecretBytes::from(Secret::<32>::generate()?.as_bytes().to_vec());
    let version = VersionRef {
        id: new_id()?,
        created: now,
    };
    let (mut turned, mut batch) = (held.clone(), Batch::default());
    turn(&vault, &mut turned.value, &version, &material, &mut batch)?;
    batch.update(&turned)?;
    match batch.commit(service.store()).await {
        Ok(()) | Err(StoreError::Conflict) => {}
        Err(error) => return Err(error.into()),
    }
    let row = KeyRecord::row(&instance.id, &held.value.id);
    load(service.store(), &row)
        .await?
        .ok_or_else(|| code::KEY_MISSING.into())
}
