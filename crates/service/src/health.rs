//! Whether the service lives and whether it can answer, for those who watch it.

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, StatusCode};
use axum::routing::get;
use serde_json::json;

use crate::record::account::AccountRecord;
use crate::reply::Reply;
use crate::service::Service;
use crate::store::typed::load;

/// `/healthz`: the process answers. `/readyz`: its storage does too. Neither asks who wants to
/// know.
pub(crate) fn router() -> Router<Service> {
    Router::new()
        .route("/healthz", get(alive))
        .route("/readyz", get(ready))
}

async fn alive() -> Response<Body> {
    status(StatusCode::OK, "alive")
}

async fn ready(State(service): State<Service>) -> Response<Body> {
    match load::<AccountRecord>(service.store(), AccountRecord::ROW).await {
        Ok(Some(_)) => status(StatusCode::OK, "ready"),
        Ok(None) | Err(_) => status(StatusCode::SERVICE_UNAVAILABLE, "storage unavailable"),
    }
}

fn status(status: StatusCode, text: &str) -> Response<Body> {
    Reply::document(status, "application/json", &json!({"status": text})).into_response()
}
