//! Health and metrics over HTTP.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use tower::ServiceExt;
use tsutsumi_kubernetes::observe;

use crate::bench::{Bench, Fault, Running, within};

async fn get(running: &Running, path: &str) -> (u16, String) {
    let router = observe::router(Arc::clone(&running.memory), running.metrics.clone());
    let request = Request::get(path).body(Body::empty()).unwrap();
    let response = router.oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn it_lives_without_the_key_service_and_is_ready_after_the_first_success() {
    let bench = Bench::new().await;
    bench.control.fail("/", u32::MAX, Fault::Status(503));
    let plugin = bench.start("cluster", "tsutsumi", false);
    within(Duration::from_secs(5), || plugin.memory.status().1 != "ok").await;
    assert_eq!(get(&plugin, "/livez").await.0, 200);
    assert_eq!(get(&plugin, "/readyz").await.0, 503);
    bench.control.mend();
    within(Duration::from_secs(8), || plugin.memory.is_ready()).await;
    assert_eq!(get(&plugin, "/readyz").await.0, 200);
    // Once ready it stays so: what is in memory goes on being of use.
    bench.control.fail("/", u32::MAX, Fault::Status(503));
    within(Duration::from_secs(5), || plugin.memory.status().1 != "ok").await;
    assert_eq!(get(&plugin, "/readyz").await.0, 200);
}

#[tokio::test]
async fn metrics_count_calls_and_hold_no_secret() {
    let bench = Bench::new().await;
    let plugin = bench.plugin(false).await;
    let sealed = plugin.encrypt(&[7; 32]).await.unwrap();
    plugin.decrypt(&sealed).await.unwrap();
    let (status, text) = get(&plugin, "/metrics").await;
    assert_eq!(status, 200);
    for line in [
        "tsutsumi_kubernetes_calls_total{method=\"encrypt\",code=\"Ok\"} 1",
        "tsutsumi_kubernetes_calls_total{method=\"decrypt\",code=\"Ok\"} 1",
        "tsutsumi_kubernetes_key_service_calls_total{action=\"wrap\",outcome=\"ok\"}",
        "tsutsumi_kubernetes_healthy 1",
        "tsutsumi_kubernetes_key_id{hash=\"sha256:",
    ] {
        assert!(text.contains(line), "{line} is not in {text}");
    }
    assert!(!text.contains(&bench.owner) && !text.contains(&bench.root_key.id));
}
