//! Identities for tests: users, service IDs, services, with what they may do.

use serde_json::{Value, json};

use crate::harness::{Ask, Bench, token};

/// The CRN of an object-storage instance in `account`.
pub(crate) fn storage_crn(account: &str, region: &str) -> String {
    format!(
        "crn:v1:bluemix:public:cloud-object-storage:{region}:a/{account}:\
         11111111-2222-4333-8444-555555555555::"
    )
}

/// The role CRN of a role's name.
pub(crate) fn role(name: &str) -> String {
    let owner = match name {
        "Reader" | "Writer" | "Manager" => "iam",
        _ => "kms",
    };
    format!("crn:v1:bluemix:public:{owner}::::serviceRole:{name}")
}

impl Bench {
    /// A request of the owner to an identity or policy endpoint.
    pub(crate) fn iam(&self, method: &'static str, path: &str) -> Ask {
        self.iam_as(&self.token, method, path)
    }

    pub(crate) fn iam_as(&self, token: &str, method: &'static str, path: &str) -> Ask {
        self.bare(method, path)
            .header("authorization", &format!("Bearer {token}"))
    }

    /// A token of an identity, made through an API key of its own.
    pub(crate) async fn token_of(&self, iam_id: &str) -> String {
        let body = json!({"name": "key", "iam_id": iam_id});
        let made = self
            .iam("POST", "/v1/apikeys")
            .json(&body)
            .send()
            .await
            .ok(201);
        token(&self.service, &made.text("apikey")).await
    }

    /// Grants a role; returns the policy's id.
    pub(crate) async fn grant(&self, iam_id: &str, role_name: &str, scope: Value) -> String {
        let attribute = |name: &str, value: &str| json!({"name": name, "value": value});
        let mut resource = vec![
            attribute("accountId", self.service.account()),
            attribute("serviceName", "kms"),
        ];
        for (name, value) in scope.as_object().unwrap() {
            resource.push(attribute(name, value.as_str().unwrap()));
        }
        let body = json!({
            "type": "access",
            "subjects": [{"attributes": [attribute("iam_id", iam_id)]}],
            "roles": [{"role_id": role(role_name)}],
            "resources": [{"attributes": resource}],
        });
        self.iam("POST", "/v1/policies")
            .json(&body)
            .send()
            .await
            .ok(201)
            .text("id")
    }

    /// A token of a new user with a role on the whole instance.
    pub(crate) async fn user_with(&self, name: &str, role_name: &str) -> String {
        let iam_id = format!("IBMid-{name}");
        self.grant(
            &iam_id,
            role_name,
            json!({"serviceInstance": self.service.instance()}),
        )
        .await;
        self.token_of(&iam_id).await
    }

    /// Lets a service read the keys of the instance; returns the policy's id.
    pub(crate) async fn authorize(&self, account: &str, service: &str) -> String {
        let equals = |key: &str, value: &str| {
            json!({
                "key": key, "operator": "stringEquals", "value": value,
            })
        };
        let body = json!({
            "type": "authorization",
            "subject": {"attributes": [
                equals("accountId", account),
                equals("serviceName", service),
            ]},
            "control": {"grant": {"roles": [{"role_id": role("Reader")}]}},
            "resource": {"attributes": [
                equals("accountId", self.service.account()),
                equals("serviceName", "kms"),
                equals("serviceInstance", self.service.instance()),
            ]},
        });
        self.iam("POST", "/v2/policies")
            .json(&body)
            .send()
            .await
            .ok(201)
            .text("id")
    }
}
