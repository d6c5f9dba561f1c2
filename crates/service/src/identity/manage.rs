//! `/v1/serviceids` and `/v1/apikeys`: identities and the keys they log in with.

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use axum::routing::get;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::api_key::ApiKeyRecord;
use super::service_id::ServiceIdRecord;
use crate::clock::stamp;
use crate::crn::Crn;
use crate::iam::{Denied, Id, Thing, Verb, Visitor, answer, enter, tracked};
use crate::reply::Reply;
use crate::service::{Service, new_id};
use crate::single;
use crate::store::typed::{Batch, Held, load, load_all};

/// The paths of identities.
pub(crate) fn router() -> Router<Service> {
    Router::new()
        .route(
            "/v1/serviceids",
            get(list_service_ids).post(create_service_id),
        )
        .route(
            "/v1/serviceids/{id}",
            get(read_service_id).delete(remove_service_id),
        )
        .route("/v1/apikeys", get(list_api_keys).post(create_api_key))
        .route("/v1/apikeys/{id}", get(read_api_key).delete(remove_api_key))
}

#[derive(Deserialize)]
struct ServiceIdBody {
    name: String,
    #[serde(default)]
    description: String,
}

#[derive(Deserialize)]
struct ApiKeyBody {
    name: String,
    /// A user (`IBMid-…`), a service ID (`iam-ServiceId-…`), or a service (`crn-crn:v1:…`).
    iam_id: String,
}

#[derive(Serialize)]
struct ServiceIdView<'a> {
    id: &'a str,
    iam_id: &'a str,
    name: &'a str,
    description: &'a str,
    account_id: &'a str,
    created_at: String,
}

#[derive(Serialize)]
struct ApiKeyView<'a> {
    id: &'a str,
    name: &'a str,
    iam_id: &'a str,
    account_id: &'a str,
    created_at: String,
    locked: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    apikey: Option<&'a str>,
}

impl<'a> ServiceIdView<'a> {
    fn of(record: &'a ServiceIdRecord) -> Self {
        Self {
            id: &record.id,
            iam_id: &record.iam_id,
            name: &record.name,
            description: &record.description,
            account_id: &record.account,
            created_at: stamp(record.created),
        }
    }
}

impl<'a> ApiKeyView<'a> {
    fn of(record: &'a ApiKeyRecord, apikey: Option<&'a str>) -> Self {
        Self {
            id: &record.id,
            name: &record.name,
            iam_id: &record.iam_id,
            account_id: &record.account,
            created_at: stamp(record.created),
            locked: false,
            apikey,
        }
    }
}

async fn list_service_ids(State(service): State<Service>, request: Request) -> Response<Body> {
    answer(
        async {
            enter(&service, request)?.require_account(service.account())?;
            let rows = load_all::<ServiceIdRecord>(service.store(), "").await?;
            let views: Vec<_> = rows
                .iter()
                .map(|held| ServiceIdView::of(&held.value))
                .collect();
            Ok(document(StatusCode::OK, &json!({"serviceids": views})))
        }
        .await,
    )
}

async fn create_service_id(State(service): State<Service>, request: Request) -> Response<Body> {
    let change = (Thing::ServiceId, Verb::Create);
    tracked(service, change, request, |service, visitor| async move {
        require_owner(&service, &visitor)?;
        let body: ServiceIdBody = visitor.json()?;
        let id = format!("ServiceId-{}", new_id()?);
        visitor.concerns(&id);
        let record = ServiceIdRecord {
            iam_id: format!("iam-{id}"),
            id,
            name: body.name,
            description: body.description,
            account: service.account().to_owned(),
            created: service.now(),
        };
        single::insert(service.store(), &record).await?;
        Ok(document(StatusCode::CREATED, &ServiceIdView::of(&record)))
    })
    .await
}

async fn read_service_id(
    State(service): State<Service>,
    Id(id): Id,
    request: Request,
) -> Response<Body> {
    answer(
        async {
            enter(&service, request)?.require_account(service.account())?;
            let held = find_service_id(&service, &id).await?;
            Ok(document(StatusCode::OK, &ServiceIdView::of(&held.value)))
        }
        .await,
    )
}

/// A service ID goes together with its API keys.
async fn remove_service_id(
    State(service): State<Service>,
    Id(id): Id,
    request: Request,
) -> Response<Body> {
    let change = (Thing::ServiceId, Verb::Delete);
    tracked(service, change, request, |service, visitor| async move {
        visitor.concerns(&id);
        require_owner(&service, &visitor)?;
        let held = find_service_id(&service, &id).await?;
        let mut batch = Batch::default();
        for key in api_keys(&service, &held.value.iam_id).await? {
            batch.remove(&key);
        }
        batch.remove(&held);
        batch.commit(service.store()).await?;
        Ok(Reply::none())
    })
    .await
}

async fn list_api_keys(State(service): State<Service>, request: Request) -> Response<Body> {
    answer(
        async {
            let query = crate::query::Query::parse(request.uri().query());
            let visitor = enter(&service, request)?;
            let iam_id = query
                .get("iam_id")
                .unwrap_or(&visitor.caller.iam_id)
                .to_owned();
            require_own(&service, &visitor, &iam_id)?;
            let rows = api_keys(&service, &iam_id).await?;
            let views: Vec<_> = rows
                .iter()
                .map(|held| ApiKeyView::of(&held.value, None))
                .collect();
            Ok(document(StatusCode::OK, &json!({"apikeys": views})))
        }
        .await,
    )
}

async fn create_api_key(State(service): State<Service>, request: Request) -> Response<Body> {
    let change = (Thing::ApiKey, Verb::Create);
    tracked(service, change, request, |service, visitor| async move {
        let body: ApiKeyBody = visitor.json()?;
        visitor.concerns_key_of(&body.iam_id);
        require_own(&service, &visitor, &body.iam_id)?;
        let account = account_of(&service, &body.iam_id).await?;
        let made = ApiKeyRecord::generate(&body.name, &body.iam_id, &account, service.now());
        let (record, text) = made?;
        visitor.concerns(&record.id);
        single::insert(service.store(), &record).await?;
        let view = ApiKeyView::of(&record, Some(&text));
        Ok(document(StatusCode::CREATED, &view))
    })
    .await
}

async fn read_api_key(
    State(service): State<Service>,
    Id(id): Id,
    request: Request,
) -> Response<Body> {
    answer(
        async {
            let visitor = enter(&service, request)?;
            let held = find_api_key(&service, &visitor, &id).await?;
            Ok(document(StatusCode::OK, &ApiKeyView::of(&held.value, None)))
        }
        .await,
    )
}

async fn remove_api_key(
    State(service): State<Service>,
    Id(id): Id,
    request: Request,
) -> Response<Body> {
    let change = (Thing::ApiKey, Verb::Delete);
    tracked(service, change, request, |service, visitor| async move {
        visitor.concerns(&id);
        let held = find_api_key(&service, &visitor, &id).await?;
        visitor.concerns_key_of(&held.value.iam_id);
        single::remove(service.store(), &held).await?;
        Ok(Reply::none())
    })
    .await
}

/// The account that an identity belongs to. A service may be of another account.
async fn account_of(service: &Service, iam_id: &str) -> Result<String, Denied> {
    let own = service.account().to_owned();
    if let Some(crn) = iam_id.strip_prefix("crn-") {
        return Crn::parse(crn)
            .map(|crn| crn.account)
            .ok_or_else(unknown_identity);
    }
    if let Some(id) = iam_id.strip_prefix("iam-") {
        let known = load::<ServiceIdRecord>(service.store(), id).await?;
        return known.map(|_| own).ok_or_else(unknown_identity);
    }
    let user = iam_id.strip_prefix("IBMid-").is_some_and(|rest| {
        (1..=64).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_alphanumeric())
    });
    if user {
        Ok(own)
    } else {
        Err(unknown_identity())
    }
}

async fn api_keys(service: &Service, iam_id: &str) -> Result<Vec<Held<ApiKeyRecord>>, Denied> {
    let mut rows = load_all::<ApiKeyRecord>(service.store(), "").await?;
    rows.retain(|held| held.value.iam_id == iam_id);
    Ok(rows)
}

async fn find_service_id(service: &Service, id: &str) -> Result<Held<ServiceIdRecord>, Denied> {
    let held = load(service.store(), id).await?;
    held.ok_or_else(|| missing("service ID"))
}

async fn find_api_key(
    service: &Service,
    visitor: &Visitor,
    id: &str,
) -> Result<Held<ApiKeyRecord>, Denied> {
    let rows = load_all::<ApiKeyRecord>(service.store(), "").await?;
    let held = rows.into_iter().find(|held| held.value.id == id);
    let held = held.filter(|held| require_own(service, visitor, &held.value.iam_id).is_ok());
    held.ok_or_else(|| missing("API key"))
}

/// Everybody handles the keys of their own identity, the owner everybody's.
fn require_own(service: &Service, visitor: &Visitor, iam_id: &str) -> Result<(), Denied> {
    if visitor.is_owner(service) || (visitor.is_identity() && visitor.caller.iam_id == iam_id) {
        return Ok(());
    }
    Err(Denied::forbidden())
}

fn require_owner(service: &Service, visitor: &Visitor) -> Result<(), Denied> {
    if visitor.is_owner(service) {
        Ok(())
    } else {
        Err(Denied::forbidden())
    }
}

fn missing(what: &str) -> Denied {
    Denied::new(
        StatusCode::NOT_FOUND,
        "not_found",
        &format!("the {what} does not exist"),
    )
}

fn unknown_identity() -> Denied {
    let message = "`iam_id` must name a user, a service ID that exists, or the CRN of a service";
    Denied::new(StatusCode::BAD_REQUEST, "invalid_body", message)
}

fn document(status: StatusCode, body: &impl Serialize) -> Reply {
    Reply::document(status, "application/json", body)
}
