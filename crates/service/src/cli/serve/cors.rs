//! Which web pages may call the service.

use axum::http::{HeaderName, HeaderValue};
use tower_http::cors::{AllowHeaders, Any, CorsLayer};

/// What lets pages of these origins call the service; `*` stands for any.
pub(crate) fn layer(origins: &[String]) -> Result<Option<CorsLayer>, Box<dyn std::error::Error>> {
    if origins.is_empty() {
        return Ok(None);
    }
    let exposed = ["correlation-id", "etag", "key-total", "retry-after"];
    let layer = CorsLayer::new()
        .allow_methods(Any)
        // `*` would not cover Authorization in the answer to a preflight
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(exposed.map(HeaderName::from_static));
    let layer = if origins.iter().any(|origin| origin == "*") {
        layer.allow_origin(Any)
    } else {
        let origins: Result<Vec<HeaderValue>, _> =
            origins.iter().map(|origin| origin.parse()).collect();
        layer.allow_origin(origins.map_err(|_| "`--cors` must be a web origin")?)
    };
    Ok(Some(layer))
}
