//! `/openapi.json`: the key API described by OpenAPI 3.1, made from the table of paths.

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
    // The schemas are a file of this crate, and a test reads them
    let schemas: Value =
        serde_json::from_str(include_str!("openapi/schemas.json")).unwrap_or_default();
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
    paths
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
    let parameter = |name: &str, place: &str, required: bool| {
        json!({
            "name": name, "in": place, "required": required, "schema": {"type": "string"},
        })
    };
    let mut all = vec![
        parameter("Bluemix-Instance", "header", true),
        parameter("Correlation-Id", "header", false),
        parameter("X-Kms-Key-Ring", "header", false),
        parameter("Prefer", "header", false),
    ];
    let names = path
        .split('{')
        .skip(1)
        .filter_map(|part| part.split_once('}'));
    all.extend(names.map(|(name, _)| parameter(name, "path", true)));
    all.extend(
        query
            .split_whitespace()
            .map(|name| parameter(name, "query", false)),
    );
    all
}

fn responses(io: &Io) -> Value {
    let content = |schema: &str| {
        json!({
            "*/*": {"schema": {"$ref": format!("#/components/schemas/{schema}")}},
        })
    };
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
