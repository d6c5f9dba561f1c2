//! Activity events of calls that change identities and policies, and of those that are refused.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::activity::{events, verifies};
use crate::harness::{Answer, Ask, Bench};
use crate::identities::role;

/// The events of such calls so far.
async fn changes(bench: &Bench) -> Vec<Value> {
    let mut all = events(bench, "limit=1000").await;
    all.retain(|event| event["action"].as_str().unwrap().starts_with("iam-"));
    all
}

/// Calls, each of which has to leave one event, and what they have left.
struct Watch {
    bench: Bench,
    seen: usize,
    /// Method and path of each, an id in the path left out.
    called: BTreeSet<(String, String)>,
}

impl Watch {
    async fn expect(
        &mut self,
        (method, path): (&'static str, &str),
        prepare: impl FnOnce(Ask) -> Ask,
        (status, action, target): (u16, &str, &str),
    ) -> Answer {
        let ask = prepare(self.bench.iam(method, path)).header("transaction-id", "mine");
        let answer = ask.send().await.ok(status);
        let collection = path.split('/').take(3).collect::<Vec<_>>().join("/");
        let template = if path == collection {
            collection
        } else {
            collection + "/{id}"
        };
        self.called.insert((method.to_lowercase(), template));
        let all = changes(&self.bench).await;
        assert_eq!(all.len(), self.seen + 1, "{method} {path}: {all:?}");
        let event = &all[self.seen];
        self.seen += 1;
        let success = status < 400;
        assert_eq!(event["action"], action);
        assert_eq!(
            event["outcome"],
            if success { "success" } else { "failure" }
        );
        assert_eq!(event["severity"], "warning", "{event}");
        assert_eq!(event["reason"]["reasonCode"], status);
        assert_eq!(event["correlationId"], "mine");
        assert_eq!(event["requestData"]["requestURI"], path);
        let id = answer.json["id"].as_str().filter(|_| target.is_empty());
        let id = id.unwrap_or(target);
        let found = event["target"]["id"].as_str().unwrap();
        assert!(found.ends_with(&format!(":{id}")), "{found} is not of {id}");
        answer
    }
}

fn access(bench: &Bench, role_name: &str) -> Value {
    let attribute = |name: &str, value: &str| json!({"name": name, "value": value});
    json!({
        "type": "access",
        "subjects": [{"attributes": [attribute("iam_id", "IBMid-friend")]}],
        "roles": [{"role_id": role(role_name)}],
        "resources": [{"attributes": [
            attribute("accountId", bench.service.account()),
            attribute("serviceName", "kms"),
        ]}],
    })
}

fn authorization(bench: &Bench, role_name: &str) -> Value {
    let equals =
        |key: &str, value: &str| json!({"key": key, "operator": "stringEquals", "value": value});
    let account = bench.service.account();
    json!({
        "type": "authorization",
        "subject": {"attributes": [
            equals("accountId", account), equals("serviceName", "cloud-object-storage"),
        ]},
        "control": {"grant": {"roles": [{"role_id": role(role_name)}]}},
        "resource": {"attributes": [equals("accountId", account), equals("serviceName", "kms")]},
    })
}

async fn change_policies(watch: &mut Watch) {
    let bench = &watch.bench;
    let access = ["Reader", "Writer"].map(|name| access(bench, name));
    let authorization = ["Reader", "Reader"].map(|name| authorization(bench, name));
    for (path, [first, second]) in [("/v1/policies", access), ("/v2/policies", authorization)] {
        let create = (201, "iam-am.policy.create", "");
        let made = watch.expect(("POST", path), |ask| ask.json(&first), create);
        let made = made.await;
        let (id, etag) = (made.text("id"), made.header("etag").to_owned());
        let one = format!("{path}/{id}");
        let stale = (412, "iam-am.policy.update", id.as_str());
        watch
            .expect(("PUT", &one), |ask| ask.json(&second), stale)
            .await;
        let put = |ask: Ask| ask.header("if-match", &etag).json(&second);
        watch
            .expect(("PUT", &one), put, (200, "iam-am.policy.update", ""))
            .await;
        let delete = (204, "iam-am.policy.delete", id.as_str());
        watch.expect(("DELETE", &one), |ask| ask, delete).await;
        let again = (404, "iam-am.policy.delete", id.as_str());
        watch.expect(("DELETE", &one), |ask| ask, again).await;
    }
}

/// Returns the texts of the API keys made.
async fn change_identities(watch: &mut Watch) -> Vec<String> {
    let body = json!({"name": "worker"});
    let create = (201, "iam-identity.serviceid.create", "");
    let made = watch.expect(("POST", "/v1/serviceids"), |ask| ask.json(&body), create);
    let made = made.await;
    let (service_id, mut texts) = (made.text("id"), Vec::new());
    for (iam_id, name) in [
        ("IBMid-friend", "user"),
        (made.text("iam_id").as_str(), "serviceid"),
    ] {
        let body = json!({"name": "key", "iam_id": iam_id});
        let action = format!("iam-identity.{name}-apikey.create");
        let create = (201, action.as_str(), "");
        let key = watch.expect(("POST", "/v1/apikeys"), |ask| ask.json(&body), create);
        let key = key.await;
        texts.push(key.text("apikey"));
        let (id, action) = (key.text("id"), action.replace("create", "delete"));
        let delete = (204, action.as_str(), id.as_str());
        let path = format!("/v1/apikeys/{id}");
        watch.expect(("DELETE", &path), |ask| ask, delete).await;
    }
    let delete = (204, "iam-identity.serviceid.delete", service_id.as_str());
    let path = format!("/v1/serviceids/{service_id}");
    watch.expect(("DELETE", &path), |ask| ask, delete).await;
    texts
}

#[tokio::test]
async fn every_change_of_an_identity_or_a_policy_leaves_one_event() {
    let mut watch = Watch {
        bench: Bench::new().await,
        seen: 0,
        called: BTreeSet::new(),
    };
    change_policies(&mut watch).await;
    let texts = change_identities(&mut watch).await;
    let bench = &watch.bench;

    // The calls above are all there are: one more path that changes something has to be added
    let document = bench.bare("GET", "/openapi.json").send().await.json;
    let mut described = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        if path.starts_with("/v1/") || path.starts_with("/v2/") {
            let changing = methods.as_object().unwrap().keys().filter(|m| *m != "get");
            described.extend(changing.map(|method| (method.clone(), path.clone())));
        }
    }
    assert_eq!(watch.called, described);
    println!("{} calls, {} events", described.len(), watch.seen);

    let dump = String::from_utf8(bench.memory.dump()).unwrap();
    for text in &texts {
        assert!(!dump.contains(text), "an API key is in the log");
    }
    assert!(bench.service.verify_activity().await.unwrap().is_ok());
    assert!(verifies(bench, |_| ()).await);
    for at in 0..watch.seen {
        let dropped = verifies(bench, |rows| {
            let of_identity = |row: &Value| {
                row["kind"] == "event"
                    && (row["body"]["event"]["action"].as_str())
                        .is_some_and(|a| a.starts_with("iam-"))
            };
            let place = (0..rows.len()).filter(|place| of_identity(&rows[*place]));
            let place = place.collect::<Vec<_>>()[at];
            rows.remove(place);
        });
        assert!(!dropped.await, "event {at} was dropped");
    }
}

#[tokio::test]
async fn refused_changes_leave_an_event_if_the_caller_is_known() {
    let bench = Bench::new().await;
    let stranger = bench.token_of("IBMid-stranger").await;
    let seen = changes(&bench).await.len();
    let policy = access(&bench, "Reader");
    let service_id = json!({"name": "worker"});
    let key = json!({"name": "key", "iam_id": "iam-ServiceId-none"});
    let refused: [(&str, &str, &Value, &str); 4] = [
        ("POST", "/v1/policies", &policy, "iam-am.policy.create"),
        (
            "POST",
            "/v1/serviceids",
            &service_id,
            "iam-identity.serviceid.create",
        ),
        (
            "POST",
            "/v1/apikeys",
            &key,
            "iam-identity.serviceid-apikey.create",
        ),
        (
            "DELETE",
            "/v1/serviceids/x",
            &json!({}),
            "iam-identity.serviceid.delete",
        ),
    ];
    for (method, path, body, _) in refused {
        let ask = bench.iam_as(&stranger, method, path).json(body);
        ask.send().await.ok(403);
        let ask = bench.iam_as("nonsense", method, path).json(body);
        ask.send().await.ok(401);
    }
    bench.iam("GET", "/v1/policies").send().await.ok(200);
    let all = changes(&bench).await.split_off(seen);
    assert_eq!(all.len(), refused.len(), "{all:?}");
    for (event, (.., action)) in all.iter().zip(refused) {
        assert_eq!(event["action"], action);
        assert_eq!(event["initiator"]["id"], "IBMid-stranger");
        assert_eq!(event["severity"], "critical");
        assert_eq!(
            event["reason"]["reasonForFailure"],
            "insufficient_permissions"
        );
    }
    assert!(bench.service.verify_activity().await.unwrap().is_ok());
}
