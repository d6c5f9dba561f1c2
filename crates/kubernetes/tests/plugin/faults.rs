//! A key service that is down, slow, wrong, or does not take the API key.

use std::time::{Duration, Instant};

use tonic::Code;

use crate::bench::{Bench, Fault, within};

const SEED: [u8; 32] = [7; 32];

#[tokio::test]
async fn what_passes_is_tried_again_within_the_time() {
    let bench = Bench::new().await;
    let plugin = bench.plugin(false).await;
    for fault in [
        Fault::Status(503),
        Fault::Status(429),
        Fault::Slow(Duration::from_secs(10)),
    ] {
        let before = bench.control.count("/wrap");
        bench.control.fail("/wrap", 1, fault);
        let start = Instant::now();
        plugin.encrypt(&SEED).await.unwrap();
        assert!(start.elapsed() < Duration::from_millis(2500), "{fault:?}");
        assert_eq!(bench.control.count("/wrap"), before + 2, "{fault:?}");
    }
}

#[tokio::test]
async fn every_answer_comes_within_the_time() {
    let bench = Bench::new().await;
    let plugin = bench.plugin(true).await;
    let sealed = plugin.encrypt(&SEED).await.unwrap();
    let stranger = bench.start("cluster", "tsutsumi", false);
    bench
        .control
        .fail("/", u32::MAX, Fault::Slow(Duration::from_secs(60)));
    let start = Instant::now();
    // Many wait for one unwrapping, and then for their turn.
    for outcome in stranger.decrypt_all(&vec![sealed; 8]).await {
        assert_eq!(outcome.unwrap_err().code(), Code::DeadlineExceeded);
    }
    assert!(
        start.elapsed() < Duration::from_secs(3),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test]
async fn the_breaker_answers_at_once_and_the_service_is_found_well_again() {
    let bench = Bench::new().await;
    let plugin = bench.plugin(false).await;
    bench.control.fail("/", u32::MAX, Fault::Status(503));
    within(Duration::from_secs(10), || plugin.memory.status().1 != "ok").await;
    for _ in 0..3 {
        plugin.encrypt(&SEED).await.unwrap_err();
    }
    let (start, asked) = (Instant::now(), bench.control.count("/wrap"));
    let refused = plugin.encrypt(&SEED).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    assert!(
        start.elapsed() < Duration::from_millis(500),
        "{:?}",
        start.elapsed()
    );
    assert_eq!(bench.control.count("/wrap"), asked);
    let status = plugin.status().await.unwrap();
    assert!(status.healthz.contains("503"), "{}", status.healthz);
    assert!(plugin.metrics.text().contains("breaker_open 1"));
    bench.control.mend();
    within(Duration::from_secs(9), || plugin.memory.status().1 == "ok").await;
    plugin.encrypt(&SEED).await.unwrap();
}

#[tokio::test]
async fn nonsense_and_refusals_are_told_apart() {
    let bench = Bench::new().await;
    let plugin = bench.plugin(false).await;
    for (fault, code) in [
        (Fault::Nonsense, Code::Internal),
        (Fault::Status(302), Code::Internal),
        (Fault::Status(404), Code::FailedPrecondition),
        (Fault::Status(409), Code::FailedPrecondition),
    ] {
        bench.control.fail("/wrap", 1, fault);
        let refused = plugin.encrypt(&SEED).await.unwrap_err();
        assert_eq!(refused.code(), code, "{fault:?} {refused}");
    }
    bench.control.fail("/wrap", 2, Fault::Status(403));
    let refused = plugin.encrypt(&SEED).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
}

#[tokio::test]
async fn a_token_that_is_no_longer_taken_is_replaced() {
    let bench = Bench::new().await;
    let plugin = bench.plugin(false).await;
    let tokens = bench.control.count("/identity/token");
    bench.control.fail("/wrap", 1, Fault::Status(401));
    plugin.encrypt(&SEED).await.unwrap();
    assert_eq!(bench.control.count("/identity/token"), tokens + 1);
}

#[tokio::test]
async fn an_api_key_that_is_written_anew_is_read_anew() {
    let bench = Bench::new().await;
    bench.write_api_key("nonsense");
    let plugin = bench.start("cluster", "tsutsumi", false);
    within(Duration::from_secs(3), || {
        plugin.memory.status().1.contains("API key")
    })
    .await;
    let early = plugin.status().await.unwrap_err();
    assert_eq!(early.code(), Code::Unavailable);
    assert!(!early.message().contains("nonsense"));
    assert!(!plugin.memory.is_ready());
    bench.write_api_key(&bench.owner);
    within(Duration::from_secs(5), || plugin.memory.is_ready()).await;
    let tokens = bench.control.count("/identity/token");
    let second = bench.service.issue_api_key("second").await.unwrap();
    bench.write_api_key(&second);
    within(Duration::from_secs(3), || {
        bench.control.count("/identity/token") > tokens
    })
    .await;
    plugin.encrypt(&SEED).await.unwrap();
}
