//! What is answered from memory.

use std::time::{Duration, Instant};

use crate::bench::{Bench, Fault, within};

const SEED: [u8; 32] = [7; 32];

#[tokio::test]
async fn status_asks_nobody() {
    let bench = Bench::new().await;
    let plugin = bench.plugin(false).await;
    let wraps = bench.control.count("/actions/");
    for _ in 0..1000 {
        assert_eq!(plugin.status().await.unwrap().healthz, "ok");
    }
    assert_eq!(bench.control.count("/actions/"), wraps);
    bench
        .control
        .fail("/", u32::MAX, Fault::Slow(Duration::from_secs(60)));
    let start = Instant::now();
    plugin.status().await.unwrap();
    assert!(start.elapsed() < Duration::from_millis(500));
}

#[tokio::test]
async fn a_local_kek_makes_a_storm_cost_one_call() {
    let bench = Bench::new().await;
    let plugin = bench.plugin(true).await;
    let (wraps, unwraps) = (bench.control.count("/wrap"), bench.control.count("/unwrap"));
    let mut sealed = Vec::new();
    for number in 0..100 {
        sealed.push(plugin.encrypt(&[number; 32]).await.unwrap());
    }
    for (number, one) in (0..100).zip(&sealed) {
        assert_eq!(plugin.decrypt(one).await.unwrap(), [number; 32]);
    }
    assert_eq!(bench.control.count("/wrap"), wraps);
    assert_eq!(bench.control.count("/unwrap"), unwraps);
    // Started anew, with all of them asked for at once.
    let again = bench.start("cluster", "tsutsumi", true);
    let opened = again.decrypt_all(&sealed).await;
    assert_eq!(opened.iter().filter(|one| one.is_ok()).count(), 100);
    // One for the storm, one that shows that the plugin is ready.
    within(Duration::from_secs(5), || again.memory.is_ready()).await;
    assert_eq!(bench.control.count("/unwrap"), unwraps + 2);
}

#[tokio::test]
async fn a_plugin_without_a_local_kek_asks_each_time() {
    let bench = Bench::new().await;
    let plugin = bench.plugin(false).await;
    let wraps = bench.control.count("/wrap");
    for _ in 0..10 {
        plugin.encrypt(&SEED).await.unwrap();
    }
    assert_eq!(bench.control.count("/wrap"), wraps + 10);
}
