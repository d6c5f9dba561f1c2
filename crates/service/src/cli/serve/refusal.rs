//! Requests that are refused before the service sees them, in the form of every other refusal.

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Response, StatusCode};
use axum::middleware::Next;
use serde_json::json;

/// The longest head, all names and values together, and the most fields in it, that are let in.
const HEAD_LEN_MAX: usize = 64 * 1024;
const FIELD_COUNT_MAX: usize = 100;
/// What is read of a head at most, so that a longer one is told why it is refused; what is longer
/// than this ends the connection without a word.
pub(super) const HEAD_READ_MAX: usize = 4 * 1024 * 1024;
pub(super) const FIELD_READ_MAX: usize = 1024;

/// Refuses a head that is too long.
pub(super) async fn limit_head(request: Request, next: Next) -> Response<Body> {
    let headers = request.headers();
    let fields = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len());
    if headers.len() > FIELD_COUNT_MAX || fields.sum::<usize>() > HEAD_LEN_MAX {
        let correlation = headers.get("correlation-id").cloned();
        let mut response = refuse(
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            "HEADER_TOO_LARGE_ERR",
            "The headers of the request are too large",
        );
        if let Some(id) = correlation.filter(|id| id.len() <= 256) {
            response.headers_mut().insert("correlation-id", id);
        }
        return response;
    }
    next.run(request).await
}

/// Gives a request that took too long the body of every other refusal.
pub(super) async fn explain(response: Response<Body>) -> Response<Body> {
    if response.status() != StatusCode::REQUEST_TIMEOUT {
        return response;
    }
    refuse(
        StatusCode::REQUEST_TIMEOUT,
        "REQUEST_TIMEOUT_ERR",
        "The request took too long: Please try again",
    )
}

fn refuse(status: StatusCode, code: &str, message: &str) -> Response<Body> {
    const TYPE: &str = "application/vnd.ibm.kms.error+json";
    let phrase = status.canonical_reason().unwrap_or_default();
    let number = status.as_u16();
    let reason = json!({"code": code, "message": message, "status": number, "moreInfo": ""});
    let body = json!({
        "metadata": {"collectionType": TYPE, "collectionTotal": 1},
        "resources": [{
            "errorMsg":
                format!("{phrase}: {message}: Please see `reasons` for more details ({code})"),
            "reasons": [reason],
        }],
    });
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(TYPE));
    response
}
