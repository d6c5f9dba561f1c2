//! Activity events: one for every call, in chains that show tampering.

use std::sync::Arc;

use serde_json::{Value, json};
use tsutsumi_service::{MemoryStore, Service};

use crate::harness::Bench;

pub(crate) async fn events(bench: &Bench, query: &str) -> Vec<Value> {
    let path = format!("/instance/activity?{query}");
    let answer = bench.ask("GET", &path).send().await.ok(200);
    answer.json["resources"]
        .as_array()
        .cloned()
        .unwrap_or_default()
}

#[tokio::test]
async fn every_call_of_a_known_caller_leaves_an_event() {
    let bench = Bench::new().await;
    let key = bench.root_key().await;
    let wrap = bench.ask("POST", &format!("/keys/{key}/actions/wrap"));
    wrap.header("correlation-id", "mine").send().await.ok(200);
    bench
        .act(&key, "enable", &json!({}))
        .await
        .refused(409, "KEY_ACTION_INVALID_STATE_ERR");
    let stranger = bench.token_of("IBMid-stranger").await;
    let path = format!("/keys/{key}");
    bench
        .ask_as(&stranger, "DELETE", &path)
        .send()
        .await
        .refused(401, "");
    bench.ask("DELETE", &path).send().await.ok(204);
    bench
        .bare("GET", "/api/v2/keys")
        .send()
        .await
        .refused(401, "");

    let all = events(&bench, "").await;
    let summary: Vec<_> = all
        .iter()
        .map(|event| {
            let text = |name: &str| event[name].as_str().unwrap();
            (
                text("action"),
                text("outcome"),
                text("severity"),
                &event["reason"]["reasonCode"],
            )
        })
        .collect();
    assert_eq!(
        summary,
        [
            ("kms.secrets.create", "success", "normal", &json!(201)),
            ("kms.secrets.wrap", "success", "normal", &json!(200)),
            ("kms.secrets.enable", "failure", "warning", &json!(409)),
            (
                "iam-identity.user-apikey.create",
                "success",
                "warning",
                &json!(201)
            ),
            ("kms.secrets.delete", "failure", "critical", &json!(401)),
            ("kms.secrets.delete", "success", "critical", &json!(204)),
        ]
    );
    assert_eq!(all[1]["correlationId"], "mine");
    assert_eq!(all[1]["responseData"]["keyId"], key);
    assert!(
        all[1]["target"]["id"]
            .as_str()
            .unwrap()
            .ends_with(&format!(":key:{key}"))
    );
    assert_eq!(
        all[2]["reason"]["reasonForFailure"],
        "KEY_ACTION_INVALID_STATE_ERR"
    );
    assert_eq!(all[4]["initiator"]["id"], "IBMid-stranger");
}

#[tokio::test]
async fn events_are_found_by_key_and_time_and_page_by_page() {
    let bench = Bench::new().await;
    let (one, two) = (bench.root_key().await, bench.root_key().await);
    bench.act(&one, "wrap", &json!({})).await.ok(200);
    bench.clock.advance(100);
    bench.act(&two, "wrap", &json!({})).await.ok(200);
    bench.act(&one, "wrap", &json!({})).await.ok(200);
    assert_eq!(events(&bench, &format!("key={one}")).await.len(), 3);
    let all = events(&bench, "").await;
    let late = all[3]["eventTime"].as_str().unwrap();
    assert!(events(&bench, &format!("from={late}")).await.len() >= 2);
    let early = all[0]["eventTime"].as_str().unwrap();
    assert!(events(&bench, &format!("to={early}")).await.len() <= 3);
    let first = events(&bench, "limit=2").await;
    let cursor = first[1]["cursor"].as_str().unwrap();
    let next = events(&bench, &format!("limit=2&after={cursor}")).await;
    assert_eq!(next[0]["cursor"], all[2]["cursor"]);
    let bad = bench
        .ask("GET", "/instance/activity?from=yesterday")
        .send()
        .await;
    bad.refused(400, "INVALID_QUERY_PARAM_ERR");
}

/// Whether the events verify after a change to the stored rows.
pub(crate) async fn verifies(bench: &Bench, change: impl FnOnce(&mut Vec<Value>)) -> bool {
    let mut rows: Vec<Value> = serde_json::from_slice(&bench.memory.dump()).unwrap();
    change(&mut rows);
    let store = MemoryStore::from_dump(&serde_json::to_vec(&rows).unwrap()).unwrap();
    let service = Service::open(Arc::new(store), &bench.master, Arc::default())
        .await
        .unwrap();
    service.verify_activity().await.unwrap().is_ok()
}

fn event(rows: &mut [Value], number: u64) -> usize {
    let found = |row: &Value| row["kind"] == "event" && row["body"]["number"] == number;
    rows.iter().position(found).unwrap()
}

#[tokio::test]
async fn any_change_to_the_events_is_noticed() {
    let bench = Bench::new().await;
    let key = bench.root_key().await;
    for _ in 0..4 {
        bench.act(&key, "wrap", &json!({})).await.ok(200);
    }
    let verified = bench.service.verify_activity().await.unwrap().unwrap();
    assert_eq!((verified.events, verified.chains), (5, 1));
    assert!(verifies(&bench, |_| ()).await);
    let changed = verifies(&bench, |rows| {
        let at = event(rows, 2);
        rows[at]["body"]["event"]["initiator"]["id"] = json!("IBMid-other");
    });
    assert!(!changed.await, "changed");
    for number in [1, 3, 5] {
        let removed = verifies(&bench, |rows| {
            let at = event(rows, number);
            rows.remove(at);
        });
        assert!(!removed.await, "removed {number}");
    }
    let cut = verifies(&bench, |rows| {
        let at = event(rows, 5);
        rows.remove(at);
        let last = event(rows, 4);
        let tag = rows[last]["body"]["tag"].clone();
        let end = rows.iter_mut().find(|row| row["kind"] == "chain").unwrap();
        end["body"]["number"] = json!(4);
        end["body"]["tag"] = tag;
    });
    assert!(!cut.await, "cut at the end, with the end rewritten");
    let swapped = verifies(&bench, |rows| {
        let (two, three) = (event(rows, 2), event(rows, 3));
        let body = rows[two]["body"]["event"].clone();
        rows[two]["body"]["event"] = rows[three]["body"]["event"].clone();
        rows[three]["body"]["event"] = body;
    });
    assert!(!swapped.await, "swapped");
    let gone = verifies(&bench, |rows| rows.retain(|row| row["kind"] != "chain"));
    assert!(!gone.await, "without its end");
}

#[tokio::test]
async fn tracking_can_be_switched_off() {
    let bench = Bench::new().await;
    bench.service.track_activity(false);
    bench.root_key().await;
    assert!(events(&bench, "").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_concurrent_calls_are_all_in_the_chain() {
    let bench = Bench::new().await;
    let key = bench.root_key().await;
    let path = format!("/keys/{key}/actions/wrap");
    let calls: Vec<_> = (0..50)
        .map(|_| tokio::spawn(bench.ask("POST", &path).send()))
        .collect();
    // They verify while more of them come, too
    let mut seen = 0;
    for call in calls {
        let verified = bench.service.verify_activity().await.unwrap().unwrap();
        assert!(verified.events >= seen, "{verified:?}");
        seen = verified.events;
        call.await.unwrap().ok(200);
    }
    let verified = bench.service.verify_activity().await.unwrap().unwrap();
    assert_eq!((verified.events, verified.chains), (51, 1));
}
