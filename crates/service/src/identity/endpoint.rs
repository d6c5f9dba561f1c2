//! The token endpoint and the key set.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Response, StatusCode};
use axum::routing::{get, post};
use axum::{Router, response::IntoResponse};
use serde::{Deserialize, Serialize};

use super::api_key::{ApiKeyRecord, digest};
use super::caller::Caller;
use super::token::{ACCESS_LIFE_S, Claims, REFRESH_LIFE_S, Refused, Use};
use crate::call::header;
use crate::payload::{Payload, Text};
use crate::problem::{Problem, code};
use crate::reply::Reply;
use crate::service::{Service, new_id};
use crate::store::typed::load;

/// The paths of the identity service.
pub(crate) fn router() -> Router<Service> {
    Router::new()
        .route("/identity/token", post(issue))
        .route("/oidc/token", post(issue))
        .route("/identity/keys", get(keys))
        .route("/.well-known/jwks.json", get(keys))
}

#[derive(Deserialize)]
struct Form<'a> {
    grant_type: String,
    #[serde(borrow, default)]
    apikey: Option<Text<'a>>,
    #[serde(borrow, default)]
    refresh_token: Option<Text<'a>>,
}

#[derive(Serialize)]
struct TokenView {
    access_token: String,
    refresh_token: String,
    token_type: &'static str,
    expires_in: i64,
    expiration: i64,
    scope: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ErrorView {
    error_code: &'static str,
    error_message: &'static str,
    context: ContextView,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ContextView {
    request_id: String,
}

/// Why no token is issued: a code and a sentence in the manner of the identity service, and for how
/// many seconds not, if it is a matter of time.
type Denied = (&'static str, &'static str, Option<u32>);

const BAD_REQUEST: Denied = ("BXNIM0109E", "Property missing or empty: grant_type", None);
const NO_API_KEY: Denied = ("BXNIM0415E", "Provided API key could not be found", None);
const BAD_REFRESH: Denied = ("BXNIM0408E", "Provided refresh_token is invalid", None);
const BAD_GRANT: Denied = ("BXNIM0136E", "Grant type is not supported", None);
const FAILED: Denied = ("BXNIM0500E", "The token could not be issued", None);

const fn too_many(seconds: u32) -> Denied {
    (
        "BXNIM0429E",
        "Too many requests with this API key",
        Some(seconds),
    )
}

/// The longest `Transaction-Id` of a caller that is taken over.
const ID_LEN_MAX: usize = 256;

async fn issue(State(service): State<Service>, request: Request) -> Response<Body> {
    let given = header(request.headers(), "transaction-id").filter(|id| id.len() <= ID_LEN_MAX);
    let given = given.map(str::to_owned);
    let request_id = given.or_else(|| new_id().ok()).unwrap_or_default();
    let outcome = grant(&service, request.into_body()).await;
    let code = outcome.as_ref().err().map(|(code, ..)| *code);
    let correlation = request_id.clone();
    let reply = match outcome {
        Ok(view) => Reply::document(StatusCode::OK, "application/json", &view),
        Err((error_code, error_message, wait_s)) => {
            let context = ContextView { request_id };
            let view = ErrorView {
                error_code,
                error_message,
                context,
            };
            let status = wait_s.map_or(StatusCode::BAD_REQUEST, |_| StatusCode::TOO_MANY_REQUESTS);
            Reply::document(status, "application/json", &view).retry_after(wait_s)
        }
    };
    let status = reply.status().as_u16();
    tracing::info!(action = "iam.token", status, code, correlation);
    reply.into_response()
}

async fn grant(service: &Service, body: Body) -> Result<TokenView, Denied> {
    let body = Payload::read(body).await.map_err(|_| BAD_REQUEST)?.join();
    let form: Form<'_> = serde_urlencoded::from_bytes(&body).map_err(|_| BAD_REQUEST)?;
    let now = service.token_time();
    let row = match (form.grant_type.as_str(), form.apikey, form.refresh_token) {
        ("urn:ibm:params:oauth:grant-type:apikey", Some(text), _) => {
            let row = digest(text.as_str());
            let held = load::<ApiKeyRecord>(service.store(), &row)
                .await
                .map_err(|_| FAILED)?;
            held.filter(|held| held.value.is(text.as_str()))
                .ok_or(NO_API_KEY)?
                .value
        }
        ("urn:ibm:params:oauth:grant-type:apikey", None, _) => return Err(NO_API_KEY),
        ("refresh_token", _, Some(token)) => {
            let claims = service.signer().verify(token.as_str(), Use::Refresh, now);
            let claims = claims.map_err(|_| BAD_REFRESH)?;
            let held = load::<ApiKeyRecord>(service.store(), &claims.key).await;
            held.map_err(|_| FAILED)?.ok_or(BAD_REFRESH)?.value
        }
        ("refresh_token", ..) => return Err(BAD_REFRESH),
        _ => return Err(BAD_GRANT),
    };
    let credential = crate::store::typed::Record::row_id(&row).into();
    service.count_call(&credential).map_err(too_many)?;
    sign(service, &row, now).map_err(|_| FAILED)
}

fn sign(service: &Service, key: &ApiKeyRecord, now: i64) -> Result<TokenView, tsutsumi::Error> {
    let row = crate::store::typed::Record::row_id(key);
    let claims = |use_for, life_s| -> Result<Claims, tsutsumi::Error> {
        let who = (key.iam_id.as_str(), key.account.as_str());
        Ok(Claims::new(who, (use_for, life_s), (new_id()?, &row), now))
    };
    let access = claims(Use::Access, ACCESS_LIFE_S)?;
    let refresh = claims(Use::Refresh, REFRESH_LIFE_S)?;
    Ok(TokenView {
        access_token: service.signer().sign(&access),
        refresh_token: service.signer().sign(&refresh),
        token_type: "Bearer",
        expires_in: ACCESS_LIFE_S,
        expiration: access.exp,
        scope: access.scope,
    })
}

async fn keys(State(service): State<Service>) -> impl IntoResponse {
    let set = service.signer().key_set();
    Reply::document(StatusCode::OK, "application/json", &set).into_response()
}

impl Service {
    /// Finds out who sent a request.
    pub(crate) fn authenticate(&self, headers: &HeaderMap) -> Result<Caller, Problem> {
        let text = header(headers, "authorization").ok_or_else(Problem::unauthorized)?;
        let token = match text.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
            _ => return Err(code::BEARER.into()),
        };
        let caller = self
            .tokens()
            .check(self.signer(), token, self.token_time())
            .map_err(|refused| match refused {
                Refused::Malformed => code::BEARER.into(),
                Refused::Invalid => Problem::unauthorized(),
            })?;
        self.count_call(&caller.credential)
            .map_err(|seconds| Problem::from(code::RATE_LIMIT).retry_after(seconds))?;
        Ok(caller)
    }
}
