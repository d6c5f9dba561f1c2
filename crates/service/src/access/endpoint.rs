//! `/v1/policies` and `/v2/policies`: who may do what, and which service may use another.

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use axum::routing::get;
use serde_json::json;

use super::body::{Draft, Form, Version1, Version2};
use super::check;
use super::policy::PolicyRecord;
use crate::call::header;
use crate::iam::{Denied, Id, Thing, Verb, answer, enter, tracked};
use crate::query::Query;
use crate::reply::Reply;
use crate::service::{Service, new_id};
use crate::single;
use crate::store::typed::{Held, load, load_all};

/// The paths of both versions.
pub(crate) fn router() -> Router<Service> {
    Router::new()
        .merge(version::<Version1>())
        .merge(version::<Version2>())
}

fn version<F: Form + Send + 'static>() -> Router<Service> {
    let one = get(read::<F>).put(replace::<F>).delete(remove::<F>);
    Router::new()
        .route(
            &format!("/{}/policies", F::NAME),
            get(list::<F>).post(create::<F>),
        )
        .route(&format!("/{}/policies/{{id}}", F::NAME), one)
}

async fn list<F: Form>(State(service): State<Service>, request: Request) -> Response<Body> {
    answer(
        async {
            let query = Query::parse(request.uri().query());
            let visitor = enter(&service, request)?;
            let account = query.get("account_id").unwrap_or_else(|| service.account());
            visitor.require_account(account)?;
            let wanted = |record: &PolicyRecord| {
                query
                    .get("type")
                    .is_none_or(|wanted| json!(record.policy_type) == json!(wanted))
                    && query
                        .get("iam_id")
                        .is_none_or(|id| record.subject_value("iam_id") == Some(id))
            };
            let rows = load_all::<PolicyRecord>(service.store(), account).await?;
            let rows = rows.iter().filter(|held| wanted(&held.value));
            let policies: Vec<_> = rows.map(|held| F::show(&held.value)).collect();
            Ok(Reply::document(
                StatusCode::OK,
                "application/json",
                &json!({"policies": policies}),
            ))
        }
        .await,
    )
}

async fn create<F: Form + Send + 'static>(
    State(service): State<Service>,
    request: Request,
) -> Response<Body> {
    let change = (Thing::Policy, Verb::Create);
    tracked(service, change, request, |service, visitor| async move {
        let draft = visitor.json::<F>()?.draft().ok_or_else(several)?;
        let (account, now) = (service.account().to_owned(), service.now());
        check::draft(&service, &visitor, &draft).await?;
        refuse_duplicate(&service, &draft).await?;
        let Draft {
            policy_type,
            description,
            subject,
            resource,
            roles,
        } = draft;
        let by = visitor.caller.iam_id.clone();
        let record = PolicyRecord {
            id: new_id()?,
            account,
            policy_type,
            description,
            subject,
            resource,
            roles,
            created: now,
            created_by: by.clone(),
            modified: now,
            modified_by: by,
        };
        visitor.concerns(&record.id);
        single::insert(service.store(), &record).await?;
        service.forget_policies();
        Ok(show::<F>(StatusCode::CREATED, &record, 1))
    })
    .await
}

async fn read<F: Form>(
    State(service): State<Service>,
    Id(id): Id,
    request: Request,
) -> Response<Body> {
    answer(
        async {
            let visitor = enter(&service, request)?;
            visitor.require_account(service.account())?;
            let held = find(&service, &id).await?;
            Ok(show::<F>(StatusCode::OK, &held.value, held.revision()))
        }
        .await,
    )
}

async fn replace<F: Form + Send + 'static>(
    State(service): State<Service>,
    Id(id): Id,
    request: Request,
) -> Response<Body> {
    let tag = header(request.headers(), "if-match").map(str::to_owned);
    let change = (Thing::Policy, Verb::Update);
    tracked(service, change, request, |service, visitor| async move {
        visitor.concerns(&id);
        let draft = visitor.json::<F>()?.draft().ok_or_else(several)?;
        let mut held = find(&service, &id).await?;
        check::draft(&service, &visitor, &draft).await?;
        check::may_grant(&service, &visitor, &held.value.resource, &held.value.roles).await?;
        if tag.as_deref() != Some(etag(held.revision()).as_str()) {
            return Err(Denied::new(
                StatusCode::PRECONDITION_FAILED,
                "policy_precondition_failed",
                "`If-Match` must be the policy's ETag",
            ));
        }
        let record = &mut held.value;
        record.policy_type = draft.policy_type;
        record.description = draft.description;
        record.subject = draft.subject;
        record.resource = draft.resource;
        record.roles = draft.roles;
        record.modified = service.now();
        record.modified_by.clone_from(&visitor.caller.iam_id);
        single::update(service.store(), &held).await?;
        service.forget_policies();
        Ok(show::<F>(StatusCode::OK, &held.value, held.revision() + 1))
    })
    .await
}

async fn remove<F: Form>(
    State(service): State<Service>,
    Id(id): Id,
    request: Request,
) -> Response<Body> {
    let change = (Thing::Policy, Verb::Delete);
    tracked(service, change, request, |service, visitor| async move {
        visitor.concerns(&id);
        visitor.require_account(service.account())?;
        let held = find(&service, &id).await?;
        check::may_grant(&service, &visitor, &held.value.resource, &held.value.roles).await?;
        single::remove(service.store(), &held).await?;
        service.forget_policies();
        Ok(Reply::none())
    })
    .await
}

async fn find(service: &Service, id: &str) -> Result<Held<PolicyRecord>, Denied> {
    let row = format!("{}/{id}", service.account());
    load(service.store(), &row).await?.ok_or_else(|| {
        Denied::new(
            StatusCode::NOT_FOUND,
            "policy_not_found",
            "the policy does not exist",
        )
    })
}

/// Two policies that say the same would outlive each other's removal.
async fn refuse_duplicate(service: &Service, draft: &Draft) -> Result<(), Denied> {
    let sorted = |attributes: &[super::policy::Attribute]| {
        let mut all: Vec<_> = attributes
            .iter()
            .map(|a| (a.key.clone(), a.value.clone()))
            .collect();
        all.sort();
        all
    };
    let same = |record: &PolicyRecord| {
        record.policy_type == draft.policy_type
            && sorted(&record.subject) == sorted(&draft.subject)
            && sorted(&record.resource) == sorted(&draft.resource)
            && record.roles == draft.roles
    };
    let rows = load_all::<PolicyRecord>(service.store(), service.account()).await?;
    if rows.iter().any(|held| same(&held.value)) {
        let message = "a policy with the same subject, roles and resource exists already";
        return Err(Denied::new(
            StatusCode::CONFLICT,
            "policy_conflict_error",
            message,
        ));
    }
    Ok(())
}

fn show<F: Form>(status: StatusCode, record: &PolicyRecord, revision: u64) -> Reply {
    Reply::document(status, "application/json", &F::show(record)).header("etag", &etag(revision))
}

fn etag(revision: u64) -> String {
    format!("\"{revision}\"")
}

fn several() -> Denied {
    Denied::new(
        StatusCode::BAD_REQUEST,
        "invalid_body",
        "a policy has one subject and one resource",
    )
}
