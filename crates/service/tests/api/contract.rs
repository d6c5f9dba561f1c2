//! Every answer is checked against the OpenAPI document that the service serves.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use axum::body::{Body, to_bytes};
use axum::http::{Method, Request};
use jsonschema::Validator;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::harness::{Answer, Bench};

/// Validators by method, path and status; a status of 0 is every other.
type Contract = BTreeMap<(Method, String, u16), Option<Validator>>;

static CONTRACT: OnceLock<Contract> = OnceLock::new();

/// Reads the document once for all tests.
pub(crate) async fn learn(router: axum::Router) {
    if CONTRACT.get().is_some() {
        return;
    }
    let request = Request::get("/openapi.json").body(Body::empty()).unwrap();
    let response = router.oneshot(request).await.unwrap();
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    let document: Value = serde_json::from_slice(&bytes).unwrap();
    let mut contract = Contract::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let method: Method = method.to_uppercase().parse().unwrap();
            for (status, response) in operation["responses"].as_object().unwrap() {
                let schema = &response["content"]["*/*"]["schema"];
                let validator = (!schema.is_null()).then(|| compile(schema, &document));
                let status = status.parse().unwrap_or(0);
                contract.insert((method.clone(), path.clone(), status), validator);
            }
        }
    }
    let _ = CONTRACT.set(contract);
}

fn compile(schema: &Value, document: &Value) -> Validator {
    let whole = json!({"allOf": [schema], "components": document["components"]});
    jsonschema::validator_for(&whole).unwrap()
}

/// Demands that an answer is one that the document describes.
#[track_caller]
pub(crate) fn check(method: &str, path: &str, answer: &Answer) {
    let Some(contract) = CONTRACT.get() else {
        return;
    };
    let path = path.split('?').next().unwrap();
    let method: Method = method.parse().unwrap();
    let found = contract
        .keys()
        .find(|(m, template, _)| *m == method && fits(template, path));
    let Some((_, template, _)) = found else {
        assert!(
            answer.status == 404 || answer.status == 405,
            "{method} {path} is not described"
        );
        return;
    };
    let key = |status| (method.clone(), template.clone(), status);
    let validator = contract.get(&key(answer.status.as_u16())).or_else(|| {
        assert!(
            !answer.status.is_success(),
            "{method} {path} {}: not described",
            answer.status
        );
        contract.get(&key(0))
    });
    match validator.unwrap() {
        // An answer to HEAD has no body, whatever its status
        _ if method == Method::HEAD => assert!(answer.bytes.is_empty(), "{method} {path}"),
        None => assert!(
            answer.bytes.is_empty(),
            "{method} {path}: a body where none is described"
        ),
        Some(validator) => {
            let errors: Vec<_> = validator
                .iter_errors(&answer.json)
                .map(|e| format!("{} at {}", e, e.instance_path()))
                .collect();
            assert!(
                errors.is_empty(),
                "{method} {path} {}: {errors:?}\n{answer:?}",
                answer.status
            );
        }
    }
}

/// Whether a path is one of a template. Templates with fewer parameters sort first.
fn fits(template: &str, path: &str) -> bool {
    let (template, path): (Vec<_>, Vec<_>) =
        (template.split('/').collect(), path.split('/').collect());
    let same = |(part, actual): (&&str, &&str)| {
        part == actual || (part.starts_with('{') && *actual != "registrations")
    };
    template.len() == path.len() && template.iter().zip(&path).all(same)
}

#[tokio::test]
async fn the_document_describes_every_path_and_names_every_schema() {
    let bench = Bench::new().await;
    let document = bench.bare("GET", "/openapi.json").send().await.ok(200).json;
    let paths = document["paths"].as_object().unwrap();
    let methods: usize = paths
        .values()
        .map(|path| path.as_object().unwrap().len())
        .sum();
    println!("{} paths, {methods} methods", paths.len());
    assert!(methods >= 50, "{methods}");
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let text = document.to_string();
    for name in schemas.keys() {
        assert!(
            text.contains(&format!("#/components/schemas/{name}\"")),
            "{name} is not used"
        );
    }
    for reference in text.split("#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(schemas.contains_key(name), "{name} is not described");
    }
}

#[tokio::test]
#[should_panic(expected = "Additional properties are not allowed")]
async fn an_answer_that_is_not_described_fails_its_test() {
    let bench = Bench::new().await;
    let mut answer = bench.ask("GET", "/key_rings").send().await;
    answer.json["resources"][0]["colour"] = json!("blue");
    check("GET", "/api/v2/key_rings", &answer);
}
