//! `/openapi.json`: every path described by OpenAPI 3.1, those of the key API from its table.

mod identity;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use axum::Router;
use axum::routing::get;
use serde_json::{Map, Value, json};

use crate::api::{ACTIONS, BASE, Io, TABLE};
use crate::operation::Operation;
use crate::reply::Reply;
use crate::service::Service;

/// The document; it is the same for every service.
static DOCUMENT: LazyLock<Value> = LazyLock::new(document);

/// The path of the document. Nobody is asked who wants to know.
pub(crate) fn router() -> Router<Service> {
    Router::new().route(
        "/openapi.json",
        get(async || {
            let document: &Value = &DOCUMENT;
            Reply::document(axum::http::StatusCode::OK, "application/json", document)
                .into_response()
        }),
    )
}

fn document() -> Value {
    // The schemas are files of this crate, and a test reads them
    let mut schemas: Map<String, Value> =
        serde_json::from_str(include_str!("openapi/schemas.json")).unwrap_or_default();
    let more: Map<String, Value> = serde_json::from_str(identity::SCHEMAS).unwrap_or_default();
    schemas.extend(more);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Root-key service",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "A root-key service that speaks the IBM Key Protect API.",
        },
        "security": [{"token": []}],
        "paths": paths(),
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {
                "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                "description": "From POST /identity/token with an API key.",
            }},
        },
    })
}

fn paths() -> Map<String, Value> {
    let mut paths = Map::new();
    let mut add = |path: String, method: &str, operation: &Operation, io: &Io| {
        let described = describe(&path, method, operation, io);
        let methods = paths.entry(path).or_insert_with(|| json!({}));
        if let Some(methods) = methods.as_object_mut() {
            methods.insert(method.to_lowercase(), described);
        }
    };
    for entry in TABLE {
        add(
            format!("{BASE}{}", entry.path),
            entry.method,
            entry.operation(),
            &entry.io,
        );
    }
    for (name, route, io) in ACTIONS {
        add(
            format!("{BASE}/keys/{{id}}/actions/{name}"),
            "POST",
            route.operation(),
            io,
        );
    }
    let key = paths.entry(format!("{BASE}/keys/{{id}}"));
    key.or_insert_with(|| json!({}))["post"] = legacy_action();
    identity::describe(&mut paths);
    paths
}

/// The older form of the actions: the action in the query, bodies and replies the same.
fn legacy_action() -> Value {
    let names: Vec<_> = ACTIONS.iter().map(|(name, ..)| *name).collect();
    let mut described = json!({
        "operationId": "action in the query",
        "deprecated": true,
        "description": "The older form of the actions, with the same bodies and replies.",
        "parameters": parameters(&format!("{BASE}/keys/{{id}}"), ""),
    });
    if let Some(list) = described["parameters"].as_array_mut() {
        list.push(json!({
            "name": "action", "in": "query", "required": true, "schema": {"enum": names},
        }));
    }
    let bodies: BTreeSet<_> = ACTIONS.iter().map(|(.., io)| io.body).collect();
    described["requestBody"] = json!({"content": {"application/json": {
        "schema": {"anyOf": any_of(bodies)},
    }}});
    let mut replies: BTreeMap<u16, BTreeSet<&str>> = BTreeMap::new();
    for (.., io) in ACTIONS {
        for (status, schema) in io.replies {
            replies.entry(*status).or_default().insert(schema);
        }
    }
    let mut responses = Map::new();
    for (status, schemas) in replies {
        let mut response = json!({"description": "done"});
        let schemas = any_of(schemas);
        if !schemas.is_empty() {
            response["content"] = json!({"*/*": {"schema": {"anyOf": schemas}}});
        }
        responses.insert(status.to_string(), response);
    }
    let refused = json!({"description": "refused", "content": content("Error")});
    responses.insert("default".to_owned(), refused);
    described["responses"] = Value::Object(responses);
    described
}

fn any_of(names: BTreeSet<&str>) -> Vec<Value> {
    let named = names.into_iter().filter(|name| !name.is_empty());
    named
        .map(|name| json!({"$ref": format!("#/components/schemas/{name}")}))
        .collect()
}

fn describe(path: &str, method: &str, operation: &Operation, io: &Io) -> Value {
    let roles: Vec<_> = operation
        .roles
        .iter()
        .map(|role| format!("{role:?}"))
        .collect();
    let mut described = json!({
        "operationId": format!("{} {method} {path}", operation.action),
        "description": format!("Open to {}.", roles.join(", ")),
        "parameters": parameters(path, io.query),
        "responses": responses(io),
    });
    if !io.body.is_empty() {
        described["requestBody"] = json!({"content": {"application/json": {
            "schema": {"$ref": format!("#/components/schemas/{}", io.body)},
        }}});
    }
    described
}

fn parameters(path: &str, query: &str) -> Vec<Value> {
    let mut all = vec![
        parameter("Bluemix-Instance", "header", true),
        parameter("Correlation-Id", "header", false),
        parameter("X-Kms-Key-Ring", "header", false),
        parameter("Prefer", "header", false),
    ];
    all.extend(path_parameters(path));
    all.extend(
        query
            .split_whitespace()
            .map(|name| parameter(name, "query", false)),
    );
    all
}

fn path_parameters(path: &str) -> Vec<Value> {
    let names = path
        .split('{')
        .skip(1)
        .filter_map(|part| part.split_once('}'));
    names
        .map(|(name, _)| parameter(name, "path", true))
        .collect()
}

fn parameter(name: &str, place: &str, required: bool) -> Value {
    json!({"name": name, "in": place, "required": required, "schema": {"type": "string"}})
}

fn content(schema: &str) -> Value {
    json!({"*/*": {"schema": {"$ref": format!("#/components/schemas/{schema}")}}})
}

fn responses(io: &Io) -> Value {
    let mut responses = Map::new();
    for (status, schema) in io.replies {
        let mut response = json!({"description": "done"});
        if !schema.is_empty() {
            response["content"] = content(schema);
        }
        responses.insert(status.to_string(), response);
    }
    let refused = json!({"description": "refused", "content": content("Error")});
    responses.insert("default".to_owned(), refused);
    Value::Object(responses)
}
