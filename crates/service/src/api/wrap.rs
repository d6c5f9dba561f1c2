//! `wrap`, `unwrap`, `rewrap`: data keys under root keys.

use std::sync::Arc;

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use tsutsumi::aead::Xaes256Gcm;
use tsutsumi::{Secret, SecretBytes};

use crate::activity::ResponseData;
use crate::call::{Call, require_root};
use crate::payload::{Text, encode_base64, is_blank, parse, parse_or_default};
use crate::problem::{Problem, code};
use crate::record::key::{KeyRecord, State, VersionRecord};
use crate::reply::{Reply, vendor_type};
use crate::store::typed::load_all;
use crate::wrapped_key::{self, WrappedKey};

const PLAINTEXT_BASE64_LEN_MAX: usize = 4096;
const AAD_COUNT_MAX: usize = 126;
const AAD_CHARS_MAX: usize = 255;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrapBody<'a> {
    #[serde(borrow, default)]
    plaintext: Option<Text<'a>>,
    #[serde(default)]
    aad: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UnwrapBody<'a> {
    #[serde(borrow, default)]
    ciphertext: Option<Text<'a>>,
    #[serde(default)]
    aad: Option<Vec<String>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WrapView<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    plaintext: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ciphertext: Option<&'a str>,
    key_version: VersionView<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rewrapped_key_version: Option<VersionView<'a>>,
}

#[derive(Serialize)]
struct VersionView<'a> {
    id: &'a str,
}

pub(super) async fn wrap(call: Call) -> Result<Reply, Problem> {
    let body = call.body()?;
    let request: WrapBody<'_> = parse_or_default(&body)?;
    let aad = check_aad(request.aad)?;
    let given = request
        .plaintext
        .as_ref()
        .filter(|text| !text.as_str().is_empty());
    let plaintext = match given {
        Some(text) => read_plaintext(text)?,
        None => SecretBytes::from(Secret::<32>::generate()?.as_bytes().to_vec()),
    };
    let key = call.key()?;
    require_root(key, call.now, &[State::Active])?;
    let current = current(&call, key).await?;
    call.service.count_wrap(&current).await?;
    let ciphertext = wrapped_key::wrap(
        &*cipher(&call, &current)?,
        &current.id,
        &aad,
        plaintext.as_bytes(),
    )?;
    let made = given.is_none().then(|| encode_base64(plaintext.as_bytes()));
    Ok(answer(&WrapView {
        plaintext: made.as_deref().map(String::as_str),
        ciphertext: Some(&ciphertext),
        key_version: VersionView { id: &current.id },
        rewrapped_key_version: None,
    }))
}

pub(super) async fn unwrap(call: Call) -> Result<Reply, Problem> {
    let body = call.body()?;
    let opened = open(&call, &body).await?;
    let plaintext = encode_base64(opened.plaintext.as_bytes());
    let renewed = if opened.version == call.key()?.version.id {
        None
    } else {
        renew_if_old(&call, &opened).await?
    };
    Ok(answer(&WrapView {
        plaintext: Some(&plaintext),
        ciphertext: renewed.as_ref().map(|(ciphertext, _)| ciphertext.as_str()),
        key_version: VersionView {
            id: &opened.version,
        },
        rewrapped_key_version: renewed.as_ref().map(|(_, id)| VersionView { id }),
    }))
}

pub(super) async fn rewrap(call: Call) -> Result<Reply, Problem> {
    let body = call.body()?;
    let opened = open(&call, &body).await?;
    let renewed = renew(&call, call.key()?, &opened).await?;
    call.told.answered(ResponseData {
        rewrapped_key_version_id: Some(call.key()?.version.id.clone()),
        key_version_id: Some(opened.version.clone()),
        ..ResponseData::seen(call.key()?, call.now)
    });
    Ok(answer(&WrapView {
        plaintext: None,
        ciphertext: Some(&renewed),
        key_version: VersionView {
            id: &opened.version,
        },
        rewrapped_key_version: Some(VersionView {
            id: &call.key()?.version.id,
        }),
    }))
}

/// A data key unwrapped, with what is needed to wrap it again.
struct Opened {
    plaintext: SecretBytes,
    version: String,
    aad: Vec<String>,
}

async fn open(call: &Call, body: &[u8]) -> Result<Opened, Problem> {
    if is_blank(body) {
        return Err(code::NO_BODY.into());
    }
    let request: UnwrapBody<'_> = parse(body)?;
    let aad = check_aad(request.aad)?;
    let text = request.ciphertext.ok_or_else(|| refuse_ciphertext(""))?;
    let json = text
        .decode()
        .map_err(|at| refuse_ciphertext(&format!(": illegal base64 data at input byte {at}")))?;
    let wrapped = WrappedKey::parse(json.as_bytes()).ok_or_else(|| refuse_ciphertext(""))?;
    let key = call.key()?;
    require_root(key, call.now, &[State::Active, State::Deactivated])?;
    if let Some(version) = call.version(key, &wrapped.handle).await? {
        let opened = wrapped.unwrap(&*cipher(call, &version)?, &aad);
        let plaintext = opened.map_err(|_| refuse_ciphertext(""))?;
        return Ok(Opened {
            plaintext,
            version: version.id,
            aad,
        });
    }
    open_with_same_material(call, key, &wrapped, aad).await
}

/// Unwraps what another root key with the same imported material had wrapped.
async fn open_with_same_material(
    call: &Call,
    key: &KeyRecord,
    wrapped: &WrappedKey,
    aad: Vec<String>,
) -> Result<Opened, Problem> {
    if key.imported {
        let prefix = VersionRecord::row(&call.instance.id, &key.id, "");
        for held in load_all::<VersionRecord>(call.store(), &prefix).await? {
            if let Ok(plaintext) = wrapped.unwrap(&*cipher(call, &held.value)?, &aad) {
                return Ok(Opened {
                    plaintext,
                    version: held.value.id,
                    aad,
                });
            }
        }
    }
    Err(code::UNPROCESSABLE_CIPHERTEXT.into())
}

/// Wraps an opened data key under the newest version, unless that is the one it was under; the
/// key as the call was admitted by may be older than the wrapped data key. Returns the version too.
async fn renew_if_old(call: &Call, opened: &Opened) -> Result<Option<(String, String)>, Problem> {
    let key = call.key_now().await?;
    if opened.version == key.version.id {
        return Ok(None);
    }
    match renew(call, &key, opened).await {
        Ok(renewed) => Ok(Some((renewed, key.version.id))),
        // The caller came for the plaintext, and gets it
        Err(problem) if problem.code() == Some(code::KEY_USAGE_LIMIT.name) => Ok(None),
        Err(problem) => Err(problem),
    }
}

/// Wraps an opened data key under the newest version.
async fn renew(call: &Call, key: &KeyRecord, opened: &Opened) -> Result<String, Problem> {
    let current = current(call, key).await?;
    call.service.count_wrap(&current).await?;
    Ok(wrapped_key::wrap(
        &*cipher(call, &current)?,
        &current.id,
        &opened.aad,
        opened.plaintext.as_bytes(),
    )?)
}

async fn current(call: &Call, key: &KeyRecord) -> Result<VersionRecord, Problem> {
    let version = call.version(key, &key.version.id).await?;
    version.ok_or_else(|| code::INCOMPLETE_METADATA.into())
}

fn cipher(call: &Call, version: &VersionRecord) -> Result<Arc<Xaes256Gcm>, Problem> {
    call.service.cipher(&call.instance, version)
}

fn answer(view: &WrapView<'_>) -> Reply {
    let len = |text: Option<&str>| text.map_or(0, str::len);
    let room = len(view.plaintext) + len(view.ciphertext) + 512;
    Reply::roomy(StatusCode::OK, vendor_type("key_action"), view, room)
}

fn read_plaintext(text: &Text<'_>) -> Result<SecretBytes, Problem> {
    let refuse = |tail: String| {
        let rule = format!("The field `plaintext` must be: a base64 encoded key material{tail}");
        Problem::field(code::INVALID_FIELD, "plaintext", rule)
    };
    if text.as_str().len() > PLAINTEXT_BASE64_LEN_MAX {
        return Err(refuse(format!(
            " of at most {PLAINTEXT_BASE64_LEN_MAX} characters"
        )));
    }
    text.decode()
        .map_err(|at| refuse(format!(": illegal base64 data at input byte {at}")))
}

fn refuse_ciphertext(tail: &str) -> Problem {
    let rule = format!(
        "The field `ciphertext` must be: the original base64 encoded ciphertext from the wrap \
         operation{tail}"
    );
    Problem::field(code::INVALID_FIELD, "ciphertext", rule)
}

/// No list and an empty list are the same.
fn check_aad(aad: Option<Vec<String>>) -> Result<Vec<String>, Problem> {
    let aad = aad.unwrap_or_default();
    let fits = |text: &String| text.chars().count() <= AAD_CHARS_MAX;
    if aad.len() <= AAD_COUNT_MAX && aad.iter().all(fits) {
        return Ok(aad);
    }
    let rule = format!(
        "The field `aad` must be: at most {AAD_COUNT_MAX} strings of at most {AAD_CHARS_MAX} \
         characters"
    );
    Err(Problem::field(code::INVALID_FIELD, "aad", rule))
}
