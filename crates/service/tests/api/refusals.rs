//! Who may call, in what order things are checked, and what a bad request gets.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use serde_json::json;

use crate::harness::Bench;

/// A body that counts how often it is asked for a piece, and has none.
struct Counted(Arc<AtomicUsize>);

impl HttpBody for Counted {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Infallible>>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Poll::Ready(None)
    }
}

#[tokio::test]
async fn the_body_is_not_read_before_the_caller_is_allowed() {
    let bench = Bench::new().await;
    let key = bench.root_key().await;
    let asked = Arc::new(AtomicUsize::new(0));
    let body = || Body::new(Counted(Arc::clone(&asked)));
    for path in [
        "/api/v2/keys".to_owned(),
        format!("/api/v2/keys/{key}/actions/wrap"),
    ] {
        let ask = bench
            .bare("POST", &path)
            .header("bluemix-instance", bench.service.instance());
        ask.body(body()).send().await.refused(401, "");
        let ask = bench
            .bare("POST", &path)
            .header("authorization", "Bearer a.b.c");
        ask.body(body())
            .send()
            .await
            .refused(400, "BEARER_SUB_EXTRACTION_ERR");
    }
    assert_eq!(asked.load(Ordering::Relaxed), 0);
    let ask = bench
        .ask("POST", &format!("/keys/{key}/actions/wrap"))
        .body(body());
    ask.send().await.ok(200);
    assert_ne!(asked.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn a_request_without_a_usable_token_is_refused() {
    let bench = Bench::new().await;
    let ask = || bench.ask("GET", "/keys");
    for (value, status, code) in [
        ("", 401, ""),
        ("Bearer", 400, "BEARER_SUB_EXTRACTION_ERR"),
        ("Bearer nonsense", 400, "BEARER_SUB_EXTRACTION_ERR"),
        ("Basic Yng6Yng=", 400, "BEARER_SUB_EXTRACTION_ERR"),
    ] {
        ask()
            .header("authorization", value)
            .send()
            .await
            .refused(status, code);
    }
    let lower = format!("bearer {}", bench.token);
    ask().header("authorization", &lower).send().await.ok(200);
    let refused = ask().header("authorization", "").send().await;
    let message = &refused.resource()["errorMsg"];
    assert_eq!(
        message,
        "Unauthorized: The user does not have access to the specified resource"
    );
    assert!(refused.resource()["reasons"].is_null());
}

#[tokio::test]
async fn the_instance_header_must_name_an_instance() {
    let bench = Bench::new().await;
    for value in ["", "not-a-uuid"] {
        let answer = bench
            .ask("GET", "/keys")
            .header("bluemix-instance", value)
            .send()
            .await;
        answer.refused(400, "");
        assert_eq!(
            answer.resource()["errorMsg"],
            "Bad Request: Request requires valid Bluemix-Instance Header containing a valid UUID"
        );
    }
    let other = "02fd6835-6001-4482-a892-13bd2085f75d";
    let ask = bench.ask("GET", "/keys").header("bluemix-instance", other);
    ask.send().await.refused(401, "");
}

#[tokio::test]
async fn the_correlation_id_comes_back_or_is_made() {
    let bench = Bench::new().await;
    let ask = || bench.ask("GET", "/keys");
    let answer = ask().header("correlation-id", "my-id").send().await;
    assert_eq!(answer.header("correlation-id"), "my-id");
    for given in ["", &"x".repeat(300)] {
        let answer = ask().header("correlation-id", given).send().await;
        assert_eq!(answer.header("correlation-id").len(), 36);
    }
    let refused = bench
        .bare("GET", "/nowhere")
        .header("correlation-id", "my-id")
        .send()
        .await;
    assert_eq!(refused.header("correlation-id"), "my-id");
}

#[tokio::test]
async fn the_content_type_does_not_matter() {
    let bench = Bench::new().await;
    let key = bench.root_key().await;
    for value in [
        "",
        "text/plain",
        "application/vnd.ibm.kms.key_action_wrap+json",
    ] {
        let ask = bench.ask("POST", &format!("/keys/{key}/actions/wrap"));
        let ask = ask
            .header("content-type", value)
            .json(&json!({"plaintext": "AAAA"}));
        ask.send().await.ok(200);
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let bench = Bench::new().await;
    let key = bench.root_key().await;
    let body = format!("{{\"plaintext\":\"{}\"}}", "A".repeat(300_000));
    for path in ["/keys".to_owned(), format!("/keys/{key}/actions/wrap")] {
        bench
            .ask("POST", &path)
            .text(&body)
            .send()
            .await
            .refused(413, "BODY_TOO_LARGE_ERR");
    }
}

#[tokio::test]
async fn paths_and_methods_that_do_not_exist_are_refused_in_the_same_form() {
    let bench = Bench::new().await;
    bench
        .ask("GET", "/nothing")
        .send()
        .await
        .refused(404, "ROUTE_NOT_FOUND_ERR");
    bench
        .bare("GET", "/")
        .send()
        .await
        .refused(404, "ROUTE_NOT_FOUND_ERR");
    bench
        .ask("PUT", "/keys")
        .send()
        .await
        .refused(405, "METHOD_NOT_ALLOWED_ERR");
    bench
        .ask("GET", "/keys/%FF%FE")
        .send()
        .await
        .refused(404, "ROUTE_NOT_FOUND_ERR");
}

#[tokio::test]
async fn a_key_is_looked_for_in_the_ring_that_is_named() {
    let bench = Bench::new().await;
    let key = bench.root_key().await;
    let path = format!("/keys/{key}");
    bench
        .ask("GET", &path)
        .header("x-kms-key-ring", "default")
        .send()
        .await
        .ok(200);
    let other = bench
        .ask("GET", &path)
        .header("x-kms-key-ring", "other")
        .send()
        .await;
    other.refused(404, "KEY_NOT_FOUND_ERR");
    let list = bench
        .ask("GET", "/keys")
        .header("x-kms-key-ring", "other")
        .send()
        .await
        .ok(200);
    assert_eq!(list.json["metadata"]["collectionTotal"], 0);
}
