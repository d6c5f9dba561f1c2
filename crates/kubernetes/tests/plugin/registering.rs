//! The cluster's registration, under the identity of the Kubernetes service.

use axum::body::Body;
use axum::extract::Request;
use serde_json::{Value, json};
use tsutsumi_kubernetes::register::{register, unregister};

use crate::bench::{Bench, send, token};

fn equals(key: &str, value: &str) -> Value {
    json!({"key": key, "operator": "stringEquals", "value": value})
}

impl Bench {
    async fn iam(&self, path: &str, body: &Value) -> Value {
        let owner = token(self.service.router(), &self.owner).await;
        let request = Request::post(path)
            .header("authorization", format!("Bearer {owner}"))
            .body(Body::from(body.to_string()));
        send(self.service.router(), request.unwrap()).await
    }

    /// Writes an API key of the Kubernetes service to the file; returns the cluster's CRN.
    async fn become_kubernetes(&self) -> String {
        let cluster = format!(
            "crn:v1:bluemix:public:containers-kubernetes:us-south:a/{}:c0ffee::",
            self.service.account()
        );
        let key = json!({"name": "plugin", "iam_id": format!("crn-{cluster}")});
        let made = self.iam("/v1/apikeys", &key).await;
        self.write_api_key(made["apikey"].as_str().unwrap());
        cluster
    }

    async fn authorize(&self) {
        let role = "crn:v1:bluemix:public:iam::::serviceRole:Reader";
        let policy = json!({
            "type": "authorization",
            "subject": {"attributes": [
                equals("accountId", self.service.account()),
                equals("serviceName", "containers-kubernetes"),
            ]},
            "control": {"grant": {"roles": [{"role_id": role}]}},
            "resource": {"attributes": [
                equals("accountId", self.service.account()),
                equals("serviceName", "kms"),
                equals("serviceInstance", self.service.instance()),
            ]},
        });
        self.iam("/v2/policies", &policy).await;
    }

    async fn registrations(&self) -> Value {
        let path = format!("/keys/{}/registrations", self.root_key.id);
        self.api("GET", &path, &Value::Null).await["resources"].clone()
    }
}

#[tokio::test]
async fn the_cluster_is_registered_and_acknowledges_the_version_it_writes_with() {
    let bench = Bench::new().await;
    let cluster = bench.become_kubernetes().await;
    bench.authorize().await;
    let plugin = bench.plugin(true).await;
    register(&plugin.keys, &cluster, None).await.unwrap();
    let seen = bench.registrations().await;
    assert_eq!(seen[0]["resourceCrn"], cluster);
    assert_eq!(seen[0]["createdBy"], format!("crn-{cluster}"));
    assert_eq!(seen[0]["keyVersion"]["id"], bench.root_key.id);
    bench.act("rotate").await;
    let sealed = plugin.encrypt(&[7; 32]).await.unwrap();
    let version = bench
        .root_key
        .version_of(&sealed.key_id)
        .unwrap()
        .to_owned();
    // Once more changes nothing.
    for _ in 0..2 {
        register(&plugin.keys, &cluster, Some(&version))
            .await
            .unwrap();
    }
    let seen = bench.registrations().await;
    assert_eq!(seen.as_array().unwrap().len(), 1);
    assert_eq!(seen[0]["keyVersion"]["id"], *version);
    unregister(&plugin.keys, &cluster).await.unwrap();
    assert!(bench.registrations().await.is_null());
}

#[tokio::test]
async fn without_an_authorization_nothing_works_and_the_reason_is_told() {
    let bench = Bench::new().await;
    let cluster = bench.become_kubernetes().await;
    let plugin = bench.start("cluster", "tsutsumi", false);
    let refused = register(&plugin.keys, &cluster, None).await.unwrap_err();
    assert!(refused.to_string().contains("denies"), "{refused}");
    assert!(!plugin.memory.is_ready());
    bench.write_api_key(&bench.owner);
    let owner = bench.plugin(false).await;
    let refused = register(&owner.keys, &cluster, None).await.unwrap_err();
    assert!(
        refused.to_string().contains("SERVICE_ONLY_ERR"),
        "{refused}"
    );
}
