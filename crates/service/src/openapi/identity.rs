//! The part of the document beside the key API: identities, policies, health.

use serde_json::{Map, Value, json};

use super::{content, parameter, path_parameters};

/// The schemas of this part, a file of this crate.
pub(super) const SCHEMAS: &str = include_str!("identity.json");

/// One method of one path.
struct Entry {
    method: &'static str,
    path: &'static str,
    does: &'static str,
    query: &'static str,
    /// The schema of the body; empty if there is none.
    body: &'static str,
    /// The status of success and its schema; empty for no body.
    reply: (u16, &'static str),
    /// The schema of refusals.
    refusal: &'static str,
    /// Whether it asks for a token.
    guarded: bool,
}

macro_rules! entries {
    ($($method:ident $path:literal $does:literal, $query:literal $body:literal
        $status:literal $reply:literal, $refusal:literal $guarded:literal;)*) => {
        &[$(Entry {
            method: stringify!($method),
            path: $path,
            does: $does,
            query: $query,
            body: $body,
            reply: ($status, $reply),
            refusal: $refusal,
            guarded: $guarded,
        }),*]
    };
}

#[rustfmt::skip] // one entry, two lines
const ENTRIES: &[Entry] = entries! {
    post "/identity/token" "Exchanges an API key or a refresh token for an access token",
        "" "TokenBody" 200 "Token", "TokenError" false;
    post "/oidc/token" "Exchanges an API key or a refresh token for an access token",
        "" "TokenBody" 200 "Token", "TokenError" false;
    get "/identity/keys" "The public keys that check tokens",
        "" "" 200 "KeySet", "" false;
    get "/.well-known/jwks.json" "The public keys that check tokens",
        "" "" 200 "KeySet", "" false;
    get "/v1/serviceids" "Lists service IDs",
        "" "" 200 "ServiceIdList", "IdentityError" true;
    post "/v1/serviceids" "Makes a service ID",
        "" "ServiceIdBody" 201 "ServiceId", "IdentityError" true;
    get "/v1/serviceids/{id}" "Reads a service ID",
        "" "" 200 "ServiceId", "IdentityError" true;
    delete "/v1/serviceids/{id}" "Removes a service ID and its API keys",
        "" "" 204 "", "IdentityError" true;
    get "/v1/apikeys" "Lists the API keys of an identity",
        "iam_id" "" 200 "ApiKeyList", "IdentityError" true;
    post "/v1/apikeys" "Issues an API key",
        "" "ApiKeyBody" 201 "ApiKey", "IdentityError" true;
    get "/v1/apikeys/{id}" "Reads an API key, without its text",
        "" "" 200 "ApiKey", "IdentityError" true;
    delete "/v1/apikeys/{id}" "Removes an API key",
        "" "" 204 "", "IdentityError" true;
    get "/v1/policies" "Lists policies",
        "account_id type iam_id" "" 200 "Policy1List", "IdentityError" true;
    post "/v1/policies" "Makes a policy",
        "" "Policy1Body" 201 "Policy1", "IdentityError" true;
    get "/v1/policies/{id}" "Reads a policy",
        "" "" 200 "Policy1", "IdentityError" true;
    put "/v1/policies/{id}" "Replaces a policy; `If-Match` must be its ETag",
        "" "Policy1Body" 200 "Policy1", "IdentityError" true;
    delete "/v1/policies/{id}" "Removes a policy",
        "" "" 204 "", "IdentityError" true;
    get "/v2/policies" "Lists policies",
        "account_id type iam_id" "" 200 "Policy2List", "IdentityError" true;
    post "/v2/policies" "Makes a policy",
        "" "Policy2Body" 201 "Policy2", "IdentityError" true;
    get "/v2/policies/{id}" "Reads a policy",
        "" "" 200 "Policy2", "IdentityError" true;
    put "/v2/policies/{id}" "Replaces a policy; `If-Match` must be its ETag",
        "" "Policy2Body" 200 "Policy2", "IdentityError" true;
    delete "/v2/policies/{id}" "Removes a policy",
        "" "" 204 "", "IdentityError" true;
    get "/healthz" "Whether the process answers",
        "" "" 200 "Status", "" false;
    get "/readyz" "Whether its storage answers",
        "" "" 200 "Status", "Status" false;
    get "/openapi.json" "This document",
        "" "" 200 "OpenApi", "" false;
};

/// Adds the paths of this part.
pub(super) fn describe(paths: &mut Map<String, Value>) {
    for entry in ENTRIES {
        let methods = paths
            .entry(entry.path.to_owned())
            .or_insert_with(|| json!({}));
        methods[entry.method] = operation(entry);
    }
}

fn operation(entry: &Entry) -> Value {
    let mut parameters = path_parameters(entry.path);
    if entry.method == "put" {
        parameters.push(parameter("If-Match", "header", true));
    }
    let query = entry.query.split_whitespace();
    parameters.extend(query.map(|name| parameter(name, "query", false)));
    let (status, schema) = entry.reply;
    let mut responses = json!({status.to_string(): {"description": "done"}});
    if !schema.is_empty() {
        responses[status.to_string()]["content"] = content(schema);
    }
    if !entry.refusal.is_empty() {
        responses["default"] = json!({"description": "refused", "content": content(entry.refusal)});
    }
    let mut operation = json!({
        "operationId": format!("{} {}", entry.method.to_uppercase(), entry.path),
        "description": format!("{}.", entry.does),
        "parameters": parameters,
        "responses": responses,
    });
    if !entry.guarded {
        operation["security"] = json!([]);
    }
    if !entry.body.is_empty() {
        let kind = match entry.body {
            "TokenBody" => "application/x-www-form-urlencoded",
            _ => "application/json",
        };
        let schema = json!({"$ref": format!("#/components/schemas/{}", entry.body)});
        operation["requestBody"] = json!({"required": true, "content": {kind: {"schema": schema}}});
    }
    operation
}
