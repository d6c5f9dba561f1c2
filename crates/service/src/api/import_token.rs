//! Import tokens: a public key under which material is imported, and a nonce that proves whose it
//! is.

use axum::http::StatusCode;
use base64ct::{Base64, Encoding};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use tsutsumi::SecretBytes;

use super::create::request::Sealed;
use crate::activity::ResponseData;
use crate::call::{ATTEMPTS_MAX, Call};
use crate::clock::stamp;
use crate::import::{self, Opened, Sent};
use crate::payload::{Text, decode_base64, parse_or_default};
use crate::problem::{Problem, code, field};
use crate::record::import_token::ImportTokenRecord;
use crate::reply::Reply;
use crate::service::new_id;
use crate::single;
use crate::store::StoreError;
use crate::store::typed::{Batch, Held, load};

const NONCE_LEN: usize = 12;
const LIFE_S: (i64, i64, i64) = (300, 600, 86_400);
const RETRIEVALS: (u32, u32, u32) = (1, 1, 500);

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TokenBody {
    #[serde(default)]
    expiration: Option<i64>,
    #[serde(default)]
    max_allowed_retrievals: Option<u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TokenView<'a> {
    creation_date: String,
    expiration_date: String,
    max_allowed_retrievals: u32,
    remaining_retrievals: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
}

/// Makes a token in place of the one there is.
pub(super) async fn create(call: Call) -> Result<Reply, Problem> {
    let body = call.body()?;
    let request: TokenBody = parse_or_default(&body)?;
    let life = request.expiration.unwrap_or(LIFE_S.1);
    if !(LIFE_S.0..=LIFE_S.2).contains(&life) {
        return Err(field("expiration", "a number of seconds from 300 to 86400"));
    }
    let retrievals = request.max_allowed_retrievals.unwrap_or(RETRIEVALS.1);
    if !(RETRIEVALS.0..=RETRIEVALS.2).contains(&retrievals) {
        return Err(field("maxAllowedRetrievals", "a number from 1 to 500"));
    }
    let id = new_id()?;
    let pair = import::generate(&call.service, &id).await?;
    let mut nonce = [0; NONCE_LEN];
    tsutsumi::random(&mut nonce)?;
    let private_key = call
        .vault()?
        .wrap("import token", &id, pair.private_key.as_bytes())?;
    let record = ImportTokenRecord {
        instance: call.instance.id.clone(),
        id,
        created: call.now,
        expires: call.now + life,
        retrievals_max: retrievals,
        retrievals_left: retrievals,
        public_key: pair.public_key,
        private_key,
        nonce: Base64::encode_string(&nonce),
    };
    for _ in 0..ATTEMPTS_MAX {
        let mut batch = Batch::default();
        match current(&call).await? {
            Some(mut held) => {
                held.value = record.clone();
                batch.update(&held)?;
            }
            None => batch.insert(&record)?,
        }
        match batch.commit(call.store()).await {
            Ok(()) => return Ok(answer(&call, &record, false)),
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(code::BUSY.into())
}

/// Hands the public key out, as often as the token allows.
pub(super) async fn read(call: Call) -> Result<Reply, Problem> {
    for _ in 0..ATTEMPTS_MAX {
        let held = current(&call).await?;
        let mut held = held.ok_or_else(|| Problem::from(code::IMPORT_TOKEN_MISSING))?;
        if !holds(&call, &held.value) || held.value.retrievals_left == 0 {
            return Err(code::IMPORT_TOKEN_EXPIRED.into());
        }
        held.value.retrievals_left -= 1;
        match single::update(call.store(), &held).await {
            Ok(()) => return Ok(answer(&call, &held.value, true)),
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(code::BUSY.into())
}

/// Opens material that was sealed for the instance's token.
pub(super) async fn open(
    call: &Call,
    payload: &Text<'_>,
    sealed: &Sealed,
) -> Result<SecretBytes, Problem> {
    let held = current(call).await?.filter(|held| holds(call, &held.value));
    let token = held
        .ok_or_else(|| Problem::from(code::IMPORT_TOKEN_EXPIRED))?
        .value;
    let wrong = |name: &str| field(name, "base64 encoded");
    let ciphertext = payload.decode().map_err(|_| wrong("payload"))?;
    let encrypted_nonce = decode_base64(&sealed.nonce).map_err(|_| wrong("encryptedNonce"))?;
    let iv = decode_base64(&sealed.iv).map_err(|_| Problem::from(code::INCORRECT_NONCE_IV))?;
    if iv.len() != NONCE_LEN {
        return Err(code::INCORRECT_NONCE_IV.into());
    }
    let private_key = call
        .vault()?
        .unwrap("import token", &token.id, &token.private_key)?;
    let sent = Sent {
        ciphertext: &ciphertext,
        encrypted_nonce: &encrypted_nonce,
        iv: &iv,
    };
    let opened = import::open((&call.service, &token.id), &private_key, &sent).await?;
    let Opened { material, nonce } = opened;
    let expected =
        decode_base64(&token.nonce).map_err(|_| Problem::from(code::INCOMPLETE_METADATA))?;
    let nonce = nonce.ok_or_else(|| Problem::from(code::INCORRECT_NONCE))?;
    if bool::from(nonce.as_bytes().ct_eq(expected.as_bytes())) {
        Ok(material)
    } else {
        Err(code::INCORRECT_NONCE.into())
    }
}

async fn current(call: &Call) -> Result<Option<Held<ImportTokenRecord>>, StoreError> {
    load(call.store(), &call.instance.id).await
}

/// Whether a token can still be used.
fn holds(call: &Call, token: &ImportTokenRecord) -> bool {
    call.now < token.expires && import::is_kept(&call.service, &token.id)
}

fn answer(call: &Call, record: &ImportTokenRecord, whole: bool) -> Reply {
    call.told.answered(ResponseData {
        expiration_date: Some(stamp(record.expires)),
        max_allowed_retrievals: Some(record.retrievals_max),
        remaining_retrievals: Some(record.retrievals_left),
        ..ResponseData::default()
    });
    let view = TokenView {
        creation_date: stamp(record.created),
        expiration_date: stamp(record.expires),
        max_allowed_retrievals: record.retrievals_max,
        remaining_retrievals: record.retrievals_left,
        payload: whole.then(|| Base64::encode_string(record.public_key.as_bytes())),
        nonce: whole.then_some(&record.nonce),
    };
    Reply::document(StatusCode::OK, "application/json", &view)
}
