//! Management of KMIP adapters and their clients' certificates.
//!
//! The service keeps adapters as Key Protect does, so that tools which manage them work. It does
//! not speak the KMIP protocol itself, so an adapter never has objects.

mod certificate;

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub(super) use certificate::{
    add as add_certificate, list as list_certificates, read as read_certificate,
    remove as remove_certificate,
};

use super::collection::Collection;
use crate::call::{Call, require_root};
use crate::clock::stamp;
use crate::payload::parse;
use crate::problem::{Problem, code, field};
use crate::record::key::State;
use crate::record::kmip::{AdapterRecord, CertificateRecord};
use crate::reply::{Metadata, Reply};
use crate::service::new_id;
use crate::single;
use crate::store::StoreError;
use crate::store::typed::{Batch, Held, load_all};

/// How many adapters an instance, and how many certificates an adapter may have.
const COUNT_MAX: usize = 200;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AdapterBody {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    description: Option<String>,
    profile: String,
    #[serde(default)]
    profile_data: Option<ProfileBody>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfileBody {
    crk_id: String,
}

#[derive(Serialize)]
struct AdapterView<'a> {
    id: &'a str,
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    profile: &'a str,
    profile_data: ProfileView<'a>,
    created_at: String,
    created_by: &'a str,
    updated_at: String,
    updated_by: &'a str,
}

#[derive(Serialize)]
struct ProfileView<'a> {
    crk_id: &'a str,
}

impl<'a> AdapterView<'a> {
    fn of(record: &'a AdapterRecord) -> Self {
        Self {
            id: &record.id,
            name: &record.name,
            description: &record.description,
            profile: &record.profile,
            profile_data: ProfileView {
                crk_id: &record.key,
            },
            created_at: stamp(record.created),
            created_by: &record.created_by,
            updated_at: stamp(record.updated),
            updated_by: &record.updated_by,
        }
    }
}

pub(super) async fn list(call: Call) -> Result<Reply, Problem> {
    let key = call.query.get("crk_id");
    let rows = all(&call).await?;
    let rows: Vec<_> = rows
        .iter()
        .filter(|held| key.is_none_or(|key| key == held.value.key))
        .collect();
    let page = page(&call, rows.iter().map(|held| AdapterView::of(&held.value)))?;
    answer_page(&call, "kmip_adapter", page, rows.len())
}

pub(super) async fn create(call: Call) -> Result<Reply, Problem> {
    let body = call.body()?;
    let body = parse::<Collection<AdapterBody>>(&body)?.only()?;
    if body.profile != "native_1.0" {
        return Err(field("profile", "`native_1.0`"));
    }
    let crk = body
        .profile_data
        .ok_or_else(|| field("profile_data", "present"))?
        .crk_id;
    let key = call
        .find_key(&crk)
        .await?
        .ok_or_else(|| Problem::from(code::KEY_MISSING))?;
    require_root(&key.value, call.now, &[State::Active])?;
    let id = new_id()?;
    let name = body
        .name
        .unwrap_or_else(|| format!("kmip_adapter_{}", &id[..8]));
    check_name(&name)?;
    let description = body.description.unwrap_or_default();
    if description.chars().count() > 240 {
        return Err(field("description", "at most 240 characters long"));
    }
    if all(&call).await?.len() >= COUNT_MAX {
        return Err(code::KMIP_ADAPTER_QUOTA.into());
    }
    let record = AdapterRecord {
        instance: call.instance.id.clone(),
        id,
        name,
        description,
        profile: body.profile,
        key: key.value.id,
        created: call.now,
        created_by: call.caller.iam_id.clone(),
        updated: call.now,
        updated_by: call.caller.iam_id.clone(),
    };
    single::insert(call.store(), &record)
        .await
        .map_err(|error| match error {
            StoreError::Conflict => Problem::from(code::KMIP_ADAPTER_DUPLICATE),
            other => other.into(),
        })?;
    Ok(answer(StatusCode::CREATED, &record))
}

pub(super) async fn read(call: Call) -> Result<Reply, Problem> {
    let held = adapter(&call).await?;
    Ok(answer(StatusCode::OK, &held.value))
}

/// An adapter goes together with its certificates.
pub(super) async fn remove(call: Call) -> Result<Reply, Problem> {
    let held = adapter(&call).await?;
    let prefix = certificate::prefix(&held.value);
    let mut batch = Batch::default();
    for certificate in load_all::<CertificateRecord>(call.store(), &prefix).await? {
        batch.remove(&certificate);
    }
    batch.remove(&held);
    batch.commit(call.store()).await?;
    Ok(Reply::none())
}

/// The objects of an adapter: none, because nothing but the KMIP protocol makes them.
pub(super) async fn list_objects(call: Call) -> Result<Reply, Problem> {
    adapter(&call).await?;
    answer_page::<()>(&call, "kmip_object", Vec::new(), 0)
}

pub(super) async fn object(call: Call) -> Result<Reply, Problem> {
    adapter(&call).await?;
    Err(code::KMIP_OBJECT_MISSING.into())
}

/// The adapter that the path names by id or name.
async fn adapter(call: &Call) -> Result<Held<AdapterRecord>, Problem> {
    let name = call.param("adapter");
    let mut rows = all(call).await?.into_iter();
    let found = rows.find(|held| held.value.id == name || held.value.name == name);
    found.ok_or_else(|| code::KMIP_ADAPTER_MISSING.into())
}

async fn all(call: &Call) -> Result<Vec<Held<AdapterRecord>>, StoreError> {
    load_all(call.store(), &format!("{}/", call.instance.id)).await
}

fn answer(status: StatusCode, record: &AdapterRecord) -> Reply {
    Reply::collection(
        status,
        Metadata::of("kmip_adapter", 1),
        &[AdapterView::of(record)],
    )
}

/// The page that the query asks for.
fn page<T>(call: &Call, rows: impl Iterator<Item = T>) -> Result<Vec<T>, Problem> {
    let (limit, offset) = call.query.page(100, 200)?;
    Ok(rows.skip(offset).take(limit).collect())
}

fn answer_page<T: Serialize>(
    call: &Call,
    kind: &str,
    page: Vec<T>,
    count: usize,
) -> Result<Reply, Problem> {
    let total = call.query.flag("totalCount")?.unwrap_or(false);
    let metadata = Metadata::of(kind, page.len()).total_count(total.then_some(count));
    Ok(Reply::collection(StatusCode::OK, metadata, &page))
}

fn check_name(name: &str) -> Result<(), Problem> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    let good = (2..=40).contains(&name.len()) && name.bytes().all(plain);
    if good && Uuid::parse_str(name).is_err() {
        return Ok(());
    }
    Err(field(
        "name",
        "2 to 40 letters, digits, hyphens or underscores, and not a UUID",
    ))
}
