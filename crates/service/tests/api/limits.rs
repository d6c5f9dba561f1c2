//! How often a credential may call, and how often a key version may wrap.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tsutsumi_service::Service;

use crate::harness::{Answer, Bench, bare};

#[tokio::test]
async fn a_credential_that_calls_too_often_is_told_to_wait() {
    let bench = Bench::new().await;
    let other = bench.token_of("IBMid-other").await;
    let count = |n| NonZeroU32::new(n).unwrap();
    bench.service.limit_rate(count(1), count(3));
    let list = || bench.ask("GET", "/key_rings").send();
    for _ in 0..3 {
        list().await.ok(200);
    }
    let refused = list().await;
    refused.refused(429, "RATE_LIMIT_ERR");
    assert_eq!(refused.header("retry-after"), "1");
    // The same credential everywhere, in the form of each place
    let refused = bench.iam("GET", "/v1/apikeys").send().await.ok(429);
    assert_eq!(refused.header("retry-after"), "1");
    assert_eq!(refused.json["errors"][0]["code"], "too_many_requests");
    let grant = "grant_type=urn:ibm:params:oauth:grant-type:apikey&apikey=";
    let form = format!("{grant}{}", bench.api_key);
    let refused = bench.bare("POST", "/identity/token").text(&form);
    let refused = refused.send().await.ok(429);
    assert_eq!(refused.header("retry-after"), "1");
    assert_eq!(refused.json["errorCode"], "BXNIM0429E");
    let text = bench.service.metrics_text();
    assert!(text.contains("tsutsumi_rate_limited_total 3"), "{text}");
    // Nobody else is held up, and time heals
    let status = bench
        .ask_as(&other, "GET", "/key_rings")
        .send()
        .await
        .status;
    assert_eq!(status, 401);
    tokio::time::sleep(Duration::from_millis(1100)).await;
    list().await.ok(200);
    list().await.refused(429, "RATE_LIMIT_ERR");
}

async fn wrap(bench: &Bench, key: &str) -> Answer {
    bench.act(key, "wrap", &json!({"plaintext": "AAAA"})).await
}

#[tokio::test]
async fn a_key_version_wraps_no_more_than_it_may() {
    let bench = Bench::new().await;
    bench.service.set_usage_capacity(100);
    let key = bench.root_key().await;
    let first = wrap(&bench, &key).await.ok(200);
    for _ in 1..80 {
        wrap(&bench, &key).await.ok(200);
    }
    let shown = || bench.service.metrics_text();
    let line = format!("tsutsumi_key_usage{{key=\"{key}\"}}");
    for _ in 80..90 {
        wrap(&bench, &key).await.ok(200);
    }
    assert!(shown().contains(&format!("{line} 0.9")), "{}", shown());
    wrap(&bench, &key).await.refused(409, "KEY_USAGE_LIMIT_ERR");
    let body = json!({"ciphertext": first.json["ciphertext"]});
    bench
        .act(&key, "rewrap", &body)
        .await
        .refused(409, "KEY_USAGE_LIMIT_ERR");
    bench.act(&key, "unwrap", &body).await.ok(200);

    bench.act(&key, "rotate", &json!(null)).await.ok(204);
    for _ in 0..90 {
        wrap(&bench, &key).await.ok(200);
    }
    wrap(&bench, &key).await.refused(409, "KEY_USAGE_LIMIT_ERR");
    let opened = bench.act(&key, "unwrap", &body).await.ok(200);
    assert_eq!(opened.json["plaintext"], "AAAA");
    assert!(
        opened.json["ciphertext"].is_null(),
        "nothing is wrapped anew"
    );

    let other = bench.root_key().await;
    wrap(&bench, &other).await.ok(200);
    assert!(
        !shown().contains(&other),
        "a key of little use is not shown"
    );
}

#[tokio::test]
async fn wraps_are_counted_across_processes_and_crashes() {
    let bench = Bench::new().await;
    let key = bench.root_key().await;
    let path = format!("/api/v2/keys/{key}/actions/wrap");
    let mut wrapped = 0;
    for _ in 0..30 {
        // A process that wraps four times out of a block of six and is gone
        let store = Arc::clone(&bench.memory) as _;
        let service = Service::open(store, &bench.master, Arc::clone(&bench.clock));
        let service = service.await.unwrap();
        service.set_usage_capacity(100);
        for _ in 0..4 {
            let answer = bare(&service, "POST", &path)
                .header("authorization", &format!("Bearer {}", bench.token))
                .header("bluemix-instance", service.instance())
                .send()
                .await;
            wrapped += usize::from(answer.status == 200);
        }
    }
    assert_eq!(wrapped, 15 * 4, "15 blocks of 6, 4 used of each");
    assert!(
        String::from_utf8(bench.memory.dump())
            .unwrap()
            .contains(r#""reserved":90"#)
    );
}

#[tokio::test]
async fn the_count_goes_with_its_key() {
    let bench = Bench::new().await;
    let key = bench.root_key().await;
    wrap(&bench, &key).await.ok(200);
    let counted = || {
        let dump = String::from_utf8(bench.memory.dump()).unwrap();
        dump.contains(r#""kind":"usage""#)
    };
    assert!(counted());
    let path = format!("/keys/{key}");
    bench.ask("DELETE", &path).send().await.ok(204);
    bench.clock.advance(91 * 24 * 3600);
    assert_eq!(bench.service.sweep().await.unwrap().purged, 1);
    assert!(!counted());
}
