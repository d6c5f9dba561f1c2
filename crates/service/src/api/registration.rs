//! Registrations: read by users, written by the services that own the resources.

mod write;

use axum::http::StatusCode;
use serde::Serialize;

pub(super) use write::{act, create, merge, remove, replace};

use crate::access::policy::wildcard;
use crate::call::Call;
use crate::clock::stamp;
use crate::identity::caller::{Bearer, Caller};
use crate::problem::Problem;
use crate::query::invalid;
use crate::record::key::{KeyRecord, VersionRef};
use crate::record::registration::RegistrationRecord;
use crate::reply::{Metadata, Reply};
use crate::store::typed::{load, load_all};

/// How many segments of a CRN a search must give in full.
const FIXED_SEGMENTS: usize = 8;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RegistrationView<'a> {
    key_id: &'a str,
    key_name: &'a str,
    resource_crn: &'a str,
    created_by: &'a str,
    creation_date: String,
    updated_by: &'a str,
    last_updated: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    prevent_key_deletion: bool,
    key_version: VersionView<'a>,
    #[serde(skip_serializing_if = "str::is_empty")]
    registration_metadata: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct VersionView<'a> {
    id: &'a str,
    creation_date: String,
}

impl<'a> RegistrationView<'a> {
    fn of(record: &'a RegistrationRecord, key_name: &'a str, caller: &Caller) -> Self {
        let VersionRef { id, created } = &record.version;
        let own = matches!(caller.bearer, Bearer::Service(_)) && caller.iam_id == record.created_by;
        Self {
            key_id: &record.key,
            key_name,
            resource_crn: &record.resource,
            created_by: &record.created_by,
            creation_date: stamp(record.created),
            updated_by: &record.updated_by,
            last_updated: stamp(record.updated),
            description: &record.description,
            prevent_key_deletion: record.prevents_deletion,
            key_version: VersionView {
                id,
                creation_date: stamp(*created),
            },
            registration_metadata: if own { &record.metadata } else { "" },
        }
    }
}

/// The registrations of one key.
pub(super) async fn list(call: Call) -> Result<Reply, Problem> {
    let key = call.key()?;
    let prefix = RegistrationRecord::row(&call.instance.id, &key.id, "");
    let rows = load_all::<RegistrationRecord>(call.store(), &prefix).await?;
    let rows = rows
        .into_iter()
        .map(|held| (held.value, key.name.clone()))
        .collect();
    answer(&call, rows)
}

/// The registrations of all keys that the caller may see.
pub(super) async fn list_all(call: Call) -> Result<Reply, Problem> {
    let prefix = format!("{}/", call.instance.id);
    let mut rows = Vec::new();
    for held in load_all::<RegistrationRecord>(call.store(), &prefix).await? {
        let row = KeyRecord::row(&call.instance.id, &held.value.key);
        let Some(key) = load::<KeyRecord>(call.store(), &row).await? else {
            continue;
        };
        if call
            .grants
            .allow(call.operation.roles, &call.target(&key.value.ring, ""))
        {
            rows.push((held.value, key.value.name));
        }
    }
    answer(&call, rows)
}

fn answer(call: &Call, rows: Vec<(RegistrationRecord, String)>) -> Result<Reply, Problem> {
    let (limit, offset) = call.query.page(200, 5000)?;
    let total = call.query.flag("totalCount")?.unwrap_or(false);
    let prevents = call.query.flag("preventKeyDeletion")?;
    let pattern = pattern(call)?;
    let wanted = |record: &RegistrationRecord| {
        prevents.is_none_or(|wanted| wanted == record.prevents_deletion)
            && pattern
                .as_ref()
                .is_none_or(|pattern| wildcard(pattern, &record.resource))
    };
    let rows: Vec<_> = rows
        .into_iter()
        .filter(|(record, _)| wanted(record))
        .collect();
    let page: Vec<_> = rows
        .iter()
        .skip(offset)
        .take(limit)
        .map(|(record, name)| RegistrationView::of(record, name, &call.caller))
        .collect();
    let metadata = Metadata::of("registration", page.len());
    let metadata = metadata.total_count(total.then_some(rows.len()));
    Ok(Reply::collection(StatusCode::OK, metadata, &page))
}

/// The CRN that is searched for. Wildcards are allowed past its first eight segments.
fn pattern(call: &Call) -> Result<Option<String>, Problem> {
    const NAME: &str = "urlEncodedResourceCRNQuery";
    let Some(text) = call.query.get(NAME) else {
        return Ok(None);
    };
    // Some clients encode the CRN before their HTTP library encodes it once more
    let text = text
        .replace("%3A", ":")
        .replace("%3a", ":")
        .replace("%2F", "/")
        .replace("%2A", "*");
    let text = text.replace("%2f", "/").replace("%2a", "*");
    let segments: Vec<_> = text.splitn(FIXED_SEGMENTS + 1, ':').collect();
    let fixed = &segments[..segments.len().min(FIXED_SEGMENTS)];
    if segments[0] != "crn" || fixed.iter().any(|segment| segment.contains('*')) {
        return Err(invalid(
            NAME,
            "must be a CRN whose first eight segments have no wildcard",
        ));
    }
    Ok(Some(text))
}
