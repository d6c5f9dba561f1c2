//! Health and metrics over HTTP.

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;

use crate::memory::Memory;
use crate::metrics::Metrics;

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// `/livez` does not depend on the key service, because a restart would lose what is in memory;
/// `/readyz` does until the root key has wrapped and unwrapped once; `/metrics` is for Prometheus.
pub fn router(memory: Arc<Memory>, metrics: Metrics) -> Router {
    let ready = move || async move {
        if memory.is_ready() {
            (StatusCode::OK, "ready\n")
        } else {
            (StatusCode::SERVICE_UNAVAILABLE, "not ready\n")
        }
    };
    let metrics = move || async move { ([(CONTENT_TYPE, OPEN_METRICS)], metrics.text()) };
    Router::new()
        .route("/livez", get(|| async { "alive\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
}
