//! What the program writes while it works holds nothing secret.

use std::fs::{self, File};

use serde_json::{Value, json};

use crate::client::Client;
use crate::program::Program;

const MATERIAL: &str = "dGhpcy1pcy1yb290LWtleS1tYXRlcmlhbC1mb3ItdXM=";
const RAW: &str = "this-is-root-key-material-for-us";
const DATA_KEY: &str = "c2VjcmV0IGRhdGEga2V5IG9mIDI0IGI=";

/// Does a bit of everything, and returns what must not be in the log.
fn work(client: &Client, program: &Program) -> Vec<String> {
    let mut secrets = vec![MATERIAL.to_owned(), RAW.to_owned(), DATA_KEY.to_owned()];
    secrets.push(client.token().to_owned());
    secrets.push(program.ready.api_key.clone().unwrap());
    let create = |extractable: bool| {
        let key = json!({"name": "key", "extractable": extractable, "payload": MATERIAL});
        let body = json!({"metadata": {}, "resources": [key]});
        let made = client.call("POST", "/keys", &body).unwrap();
        made.json["resources"][0]["id"].as_str().unwrap().to_owned()
    };
    let (standard, root) = (create(true), create(false));
    let read = client
        .call("GET", &format!("/keys/{standard}"), &json!(null))
        .unwrap();
    assert_eq!(read.json["resources"][0]["payload"], MATERIAL);
    let act = |action: &str, body: &Value| {
        let path = format!("/keys/{root}/actions/{action}");
        client.call("POST", &path, body).unwrap()
    };
    let given = act("wrap", &json!({"plaintext": DATA_KEY, "aad": ["a"]}));
    let drawn = act("wrap", &json!({}));
    secrets.push(drawn.json["plaintext"].as_str().unwrap().to_owned());
    let body = json!({"ciphertext": given.json["ciphertext"], "aad": ["a"]});
    assert_eq!(act("unwrap", &body).json["plaintext"], DATA_KEY);
    // Refusals must not quote what they refuse
    let bad =
        json!({"metadata": {}, "resources": [{"name": "x", "payload": MATERIAL, "z": DATA_KEY}]});
    assert_eq!(client.call("POST", "/keys", &bad).unwrap().status, 400);
    assert_eq!(
        act("rotate", &json!({"payload": format!("{MATERIAL}*")})).status,
        400
    );
    assert_eq!(act("unwrap", &json!({"ciphertext": DATA_KEY})).status, 400);
    let form = format!("grant_type=refresh_token&refresh_token={DATA_KEY}");
    assert_eq!(client.form(&form), 400);
    assert_eq!(client.form(&format!("grant_type=x&apikey={MATERIAL}")), 400);
    secrets
}

#[test]
fn the_log_of_the_program_holds_no_secret_at_any_level() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("log");
    let log = File::create(&path).unwrap();
    let mut program = Program::start_logging(directory.path(), &["--log-format", "json"], log);
    let client = Client::new(&program.ready, program.ready.api_key.as_ref().unwrap());
    let mut secrets = work(&client, &program);
    assert!(program.stop());
    let master = fs::read_to_string(directory.path().join("service/master.key")).unwrap();
    secrets.push(master.trim().to_owned());
    let log = fs::read_to_string(&path).unwrap();
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")))
        .collect();
    assert!(
        lines.iter().any(|line| line["level"] == "DEBUG"),
        "all levels are on"
    );
    let tokens = lines
        .iter()
        .filter(|line| line["fields"]["action"] == "iam.token");
    assert_eq!(tokens.count(), 3, "one token issued, two requests refused");
    let calls = lines
        .iter()
        .filter(|line| line["fields"]["action"] == "kms.secrets.wrap");
    assert_eq!(calls.count(), 2);
    let answered = lines
        .iter()
        .filter(|line| line["fields"]["action"].is_string());
    assert!(answered.clone().count() > 5);
    for line in answered {
        let id = line["fields"]["correlation"].as_str().unwrap();
        assert_eq!(id.len(), 36, "{line}");
    }
    let found = |text: &str| log.contains(text);
    for secret in secrets {
        assert!(!found(&secret), "{secret} is in the log");
    }
    // The control: what is no secret is found in the same way
    assert!(found("kms.secrets.unwrap") && found("INVALID_FIELD_ERR"));
}
