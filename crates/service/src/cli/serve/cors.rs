//! Which web pages may call the service.

use axum::Router;
use axum::http::{HeaderName, HeaderValue};
use tower_http::cors::{AllowHeaders, Any, CorsLayer};

/// Lets pages of these origins call the service; `*` stands for any.
pub(crate) fn allow(
    router: Router,
    origins: &[String],
) -> Result<Router, Box<dyn std::error::Error>> {
    if origins.is_empty() {
        return Ok(router);
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
    Ok(router.layer(layer))
}
