//! Certificates of KMIP clients.

use axum::http::StatusCode;
use base64ct::{Base64, Encoding};
use serde::{Deserialize, Serialize};

use super::{COUNT_MAX, adapter, answer_page, check_name, page};
use crate::api::collection::Collection;
use crate::call::Call;
use crate::clock::stamp;
use crate::payload::parse;
use crate::problem::{Problem, code, field};
use crate::record::kmip::{AdapterRecord, CertificateRecord};
use crate::reply::{Metadata, Reply};
use crate::service::new_id;
use crate::single;
use crate::store::StoreError;
use crate::store::typed::{Batch, Held, load_all};

const KIND: &str = "kmip_client_certificate";
const HEAD: &str = "-----BEGIN CERTIFICATE-----";
const TAIL: &str = "-----END CERTIFICATE-----";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CertificateBody {
    certificate: String,
    #[serde(default)]
    name: Option<String>,
}

#[derive(Serialize)]
struct CertificateView<'a> {
    id: &'a str,
    name: &'a str,
    created_at: String,
    created_by: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<&'a str>,
}

impl<'a> CertificateView<'a> {
    fn of(record: &'a CertificateRecord, whole: bool) -> Self {
        Self {
            id: &record.id,
            name: &record.name,
            created_at: stamp(record.created),
            created_by: &record.created_by,
            certificate: whole.then_some(&record.certificate),
        }
    }
}

pub(in crate::api) async fn list(call: Call) -> Result<Reply, Problem> {
    let rows = all(&call, &adapter(&call).await?.value).await?;
    let views = rows
        .iter()
        .map(|held| CertificateView::of(&held.value, false));
    let page = page(&call, views)?;
    answer_page(&call, KIND, page, rows.len())
}

pub(in crate::api) async fn add(call: Call) -> Result<Reply, Problem> {
    let body = call.body()?;
    let body = parse::<Collection<CertificateBody>>(&body)?.only()?;
    let mut adapter = adapter(&call).await?;
    let der = read_pem(&body.certificate).ok_or_else(|| {
        field(
            "certificate",
            "one PEM certificate with its BEGIN and END lines",
        )
    })?;
    let rows = all(&call, &adapter.value).await?;
    if rows
        .iter()
        .any(|held| read_pem(&held.value.certificate).as_ref() == Some(&der))
    {
        return Err(code::KMIP_CERT_DUPLICATE.into());
    }
    if rows.len() >= COUNT_MAX {
        return Err(code::KMIP_CERT_QUOTA.into());
    }
    let id = new_id()?;
    let name = body
        .name
        .unwrap_or_else(|| format!("kmip_cert_{}", &id[..8]));
    check_name(&name)?;
    if rows.iter().any(|held| held.value.name == name) {
        return Err(code::KMIP_CERT_DUPLICATE_NAME.into());
    }
    let record = CertificateRecord {
        instance: call.instance.id.clone(),
        adapter: adapter.value.id.clone(),
        id,
        name,
        certificate: body.certificate,
        created: call.now,
        created_by: call.caller.iam_id.clone(),
    };
    adapter.value.updated = call.now;
    adapter.value.updated_by.clone_from(&call.caller.iam_id);
    let mut batch = Batch::default();
    batch.insert(&record)?;
    batch.update(&adapter)?;
    batch.commit(call.store()).await?;
    Ok(answer(StatusCode::CREATED, &record))
}

pub(in crate::api) async fn read(call: Call) -> Result<Reply, Problem> {
    Ok(answer(StatusCode::OK, &find(&call).await?.value))
}

pub(in crate::api) async fn remove(call: Call) -> Result<Reply, Problem> {
    single::remove(call.store(), &find(&call).await?).await?;
    Ok(Reply::none())
}

/// The prefix of the rows of an adapter's certificates.
pub(super) fn prefix(adapter: &AdapterRecord) -> String {
    format!("{}/{}/", adapter.instance, adapter.id)
}

async fn find(call: &Call) -> Result<Held<CertificateRecord>, Problem> {
    let name = call.param("certificate");
    let rows = all(call, &adapter(call).await?.value).await?;
    let found = rows
        .into_iter()
        .find(|held| held.value.id == name || held.value.name == name);
    found.ok_or_else(|| code::KMIP_CERT_MISSING.into())
}

async fn all(
    call: &Call,
    adapter: &AdapterRecord,
) -> Result<Vec<Held<CertificateRecord>>, StoreError> {
    load_all(call.store(), &prefix(adapter)).await
}

fn answer(status: StatusCode, record: &CertificateRecord) -> Reply {
    Reply::collection(
        status,
        Metadata::of(KIND, 1),
        &[CertificateView::of(record, true)],
    )
}

/// The DER of a PEM certificate; it starts as every certificate does, with a long SEQUENCE.
fn read_pem(text: &str) -> Option<Vec<u8>> {
    let body = text.trim().strip_prefix(HEAD)?.strip_suffix(TAIL)?;
    let body: String = body.split_ascii_whitespace().collect();
    let der = Base64::decode_vec(&body).ok()?;
    (der.len() > 64 && der[0] == 0x30).then_some(der)
}
