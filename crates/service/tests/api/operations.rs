//! Health, readiness, metrics.

use serde_json::json;

use crate::harness::{Bench, collection};

#[tokio::test]
async fn health_and_readiness_need_no_token() {
    let bench = Bench::new().await;
    for path in ["/healthz", "/readyz"] {
        let answer = bench.bare("GET", path).send().await.ok(200);
        assert!(answer.json["status"].is_string());
    }
}

#[tokio::test]
async fn metrics_count_calls_and_tell_instances_apart_only_where_wanted() {
    let bench = Bench::new().await;
    let key = bench.root_key().await;
    bench.act(&key, "wrap", &json!({})).await.ok(200);
    bench
        .act(&key, "enable", &json!({}))
        .await
        .refused(409, "KEY_ACTION_INVALID_STATE_ERR");
    let text = bench.service.metrics_text();
    for line in [
        r#"tsutsumi_calls_total{action="kms.secrets.wrap",status="200"} 1"#,
        r#"tsutsumi_calls_total{action="kms.secrets.enable",status="409"} 1"#,
        r#"tsutsumi_call_duration_seconds_count{action="kms.secrets.wrap"} 1"#,
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    assert!(!text.contains(bench.service.instance()));
    let policy = json!({"policy_type": "metrics", "policy_data": {"enabled": true}});
    let policy = collection(policy);
    bench
        .ask("PUT", "/instance/policies")
        .json(&policy)
        .send()
        .await
        .ok(204);
    bench.act(&key, "wrap", &json!({})).await.ok(200);
    let text = bench.service.metrics_text();
    let line = format!(
        "ibm_kms_api_request_total{{instance=\"{}\"",
        bench.service.instance()
    );
    assert!(text.contains(&line), "{text}");
}
