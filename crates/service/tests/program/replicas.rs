//! Three replicas over one PostgreSQL database, killed one at a time as `kill -9` does.
//!
//! Four writers go on meanwhile, each to a replica that answers. `TSUTSUMI_CRASH_CYCLES` says how
//! often one is killed; 9 times if it is not set.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, RwLock};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::postgres::{Postgres, holds, run};
use crate::program::Program;

const WRITERS: usize = 4;
const REPLICAS: usize = 3;
/// A restart must not take longer, as a rule: where the machine is busy with other things one may.
const RESTART_MAX: Duration = Duration::from_millis(500);
/// Answers that a client may take for "try again".
const RETRYABLE: [u16; 5] = [408, 409, 429, 502, 503];

fn database() -> Postgres {
    let server = Postgres::start(&["fsync=off"]);
    server.create("keys");
    server
}

fn start(folder: &Path, server: &Postgres, database: &str) -> Program {
    Program::start_with(folder, &["--database", &server.url(database)])
}

fn root_key(name: &str) -> Value {
    json!({"metadata": {}, "resources": [{"name": name, "extractable": false}]})
}

fn id(answer: &Answer) -> String {
    let id = answer.json["resources"][0]["id"].as_str();
    id.unwrap_or_else(|| panic!("{answer:?}")).to_owned()
}

/// Calls one replica after the other until one answers with something final.
fn insist(
    clients: &RwLock<Vec<Client>>,
    first: usize,
    (method, path, body): (&str, &str, &Value),
) -> Answer {
    let deadline = Instant::now() + Duration::from_secs(30);
    let mut turn = first;
    loop {
        let client = clients.read().unwrap()[turn % REPLICAS].clone();
        turn += 1;
        if let Some(answer) = client.call(method, path, body) {
            let code = &answer.json["resources"][0]["reasons"][0]["code"];
            // What a broken connection had reached is there already
            let done = code == "KEY_ALIAS_NOT_UNIQUE_ERR" || code == "KEY_ROTATION_NOT_PERMITTED";
            if answer.status < 300 || done {
                return answer;
            }
            assert!(
                RETRYABLE.contains(&answer.status),
                "{method} {path}: {answer:?}"
            );
        }
        assert!(Instant::now() < deadline, "nobody answers {method} {path}");
    }
}

/// Makes a key with an alias and a second version, and returns its id.
fn write_one(clients: &RwLock<Vec<Client>>, turn: usize, name: &str) -> (String, String) {
    let made = insist(clients, turn, ("POST", "/keys", &root_key(name)));
    let key = id(&made);
    let path = format!("/keys/{key}/actions/wrap");
    let wrapped = insist(clients, turn + 1, ("POST", &path, &json!({})));
    let ciphertext = wrapped.json["ciphertext"].as_str().unwrap().to_owned();
    let path = format!("/keys/{key}/aliases/{name}");
    insist(clients, turn + 2, ("POST", &path, &Value::Null));
    let path = format!("/keys/{key}/actions/rotate");
    insist(clients, turn, ("POST", &path, &Value::Null));
    (key, ciphertext)
}

#[test]
#[expect(clippy::too_many_lines, reason = "one story, told in its order")]
fn nothing_acknowledged_is_lost_while_replicas_are_killed() {
    let cycles: usize = std::env::var("TSUTSUMI_CRASH_CYCLES").map_or(9, |text| {
        text.parse().expect("TSUTSUMI_CRASH_CYCLES is a number")
    });
    let (server, folder) = (database(), tempfile::tempdir().unwrap());
    let mut programs = vec![start(folder.path(), &server, "keys")];
    let api_key = programs[0].ready.api_key.clone().unwrap();
    programs.extend((1..REPLICAS).map(|_| start(folder.path(), &server, "keys")));
    let clients = programs.iter().map(|one| Client::new(&one.ready, &api_key));
    let clients = Arc::new(RwLock::new(clients.collect::<Vec<_>>()));
    let (stop, count) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicUsize::new(0)),
    );
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let (clients, stop, count) = (clients.clone(), stop.clone(), count.clone());
            thread::spawn(move || {
                let mut facts = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    let name = format!("w{writer}-{}", facts.len());
                    let (key, ciphertext) = write_one(&clients, writer + facts.len(), &name);
                    facts.push((name, key, ciphertext));
                    count.fetch_add(1, Ordering::Relaxed);
                }
                facts
            })
        })
        .collect();
    let mut starts = Vec::new();
    for cycle in 0..cycles {
        // The moment of the kill moves, so that it meets every step of a write
        thread::sleep(Duration::from_millis(80 + cycle as u64 * 37 % 160));
        let index = cycle % REPLICAS;
        programs[index].kill();
        programs[index] = start(folder.path(), &server, "keys");
        starts.push(programs[index].start_time);
        let client = Client::new(&programs[index].ready, &api_key);
        clients.write().unwrap()[index] = client;
    }
    stop.store(true, Ordering::Relaxed);
    let facts: Vec<_> = writers
        .into_iter()
        .flat_map(|one| one.join().unwrap())
        .collect();
    for (index, (name, key, ciphertext)) in facts.iter().enumerate() {
        let client = clients.read().unwrap()[index % REPLICAS].clone();
        let found = client
            .call("GET", &format!("/keys/{name}"), &Value::Null)
            .unwrap();
        assert_eq!(&id(&found), key, "{name}");
        let version = &found.json["resources"][0]["keyVersion"]["id"];
        assert_ne!(version, key, "{name} has been rotated");
        let path = format!("/keys/{key}/actions/unwrap");
        let opened = client
            .call("POST", &path, &json!({"ciphertext": ciphertext}))
            .unwrap();
        assert_eq!(opened.status, 200, "{name}");
    }
    starts.sort();
    let (median, slowest) = (starts[cycles / 2], starts[cycles - 1]);
    println!(
        "{cycles} kills of one of {REPLICAS} replicas, {} keys acknowledged and found, starts \
         of {} ms (median) and {} ms (slowest)",
        facts.len(),
        median.as_millis(),
        slowest.as_millis()
    );
    assert!(facts.len() > cycles, "the writers wrote");
    assert!(median < RESTART_MAX, "a start took {median:?}");
    let data = folder.path().join("service");
    let (verified, text) = crate::program::run(&[
        "verify",
        "--data",
        data.to_str().unwrap(),
        "--database",
        &server.url("keys"),
    ]);
    assert!(verified, "events of several writers: {text}");
}

#[test]
fn replicas_agree_on_names_versions_and_policies() {
    let (server, folder) = (database(), tempfile::tempdir().unwrap());
    let programs = [
        start(folder.path(), &server, "keys"),
        start(folder.path(), &server, "keys"),
    ];
    let api_key = programs[0].ready.api_key.clone().unwrap();
    assert_eq!(
        programs[1].ready.api_key, None,
        "the first made the service"
    );
    let clients: Vec<_> = programs
        .iter()
        .map(|one| Client::new(&one.ready, &api_key))
        .collect();
    let at_once = |call: &(dyn Fn(usize, &Client) -> Answer + Sync)| -> Vec<u16> {
        thread::scope(|scope| {
            let calls: Vec<_> = (0..8)
                .map(|n| (n, &clients[n % 2]))
                .map(|(n, client)| scope.spawn(move || call(n, client).status))
                .collect();
            calls.into_iter().map(|one| one.join().unwrap()).collect()
        })
    };
    let ids: Vec<_> = (0..8)
        .map(|n| {
            id(&clients[n % 2]
                .call("POST", "/keys", &root_key("named"))
                .unwrap())
        })
        .collect();
    let named = at_once(&|n, client| {
        let path = format!("/keys/{}/aliases/mine", ids[n]);
        client.call("POST", &path, &Value::Null).unwrap()
    });
    assert_eq!(winners(&named, 201), 1, "{named:?}");
    let turned = at_once(&|_, client| {
        let path = format!("/keys/{}/actions/rotate", ids[0]);
        client.call("POST", &path, &Value::Null).unwrap()
    });
    assert_eq!(winners(&turned, 204), 1, "{turned:?}");
    let versions = format!("/keys/{}/versions?totalCount=true", ids[0]);
    let versions = clients[1].call("GET", &versions, &Value::Null).unwrap();
    assert_eq!(versions.json["metadata"]["totalCount"], 2);

    // What one replica refuses from now on, the other refuses within a second
    let path = format!("/keys/{}/actions/disable", ids[1]);
    assert_eq!(
        clients[0].call("POST", &path, &Value::Null).unwrap().status,
        204
    );
    let path = format!("/keys/{}/actions/wrap", ids[1]);
    assert_eq!(
        clients[1].call("POST", &path, &json!({})).unwrap().status,
        409
    );
    let access = json!({"metadata": {}, "resources": [{
        "policy_type": "keyCreateImportAccess",
        "policy_data": {"enabled": true, "attributes": {"create_root_key": false}},
    }]});
    let path = "/instance/policies?policy=keyCreateImportAccess";
    let set = clients[0].call("PUT", path, &access).unwrap();
    assert_eq!(set.status, 204, "{set:?}");
    thread::sleep(Duration::from_secs(1));
    let refused = clients[1]
        .call("POST", "/keys", &root_key("refused"))
        .unwrap();
    assert_eq!(refused.status, 409, "{refused:?}");
}

fn winners(statuses: &[u16], won: u16) -> usize {
    let others: BTreeSet<_> = statuses.iter().filter(|status| **status != won).collect();
    assert!(others.iter().all(|status| **status == 409), "{statuses:?}");
    statuses.iter().filter(|status| **status == won).count()
}

#[test]
fn a_stolen_postgres_holds_no_material_and_a_dump_serves_the_same_keys() {
    let (server, folder) = (database(), tempfile::tempdir().unwrap());
    let mut program = start(folder.path(), &server, "keys");
    let api_key = program.ready.api_key.clone().unwrap();
    let client = Client::new(&program.ready, &api_key);
    let material = "dGhpcy1pcy1yb290LWtleS1tYXRlcmlhbC1mb3ItdXM=";
    let body = json!({"metadata": {}, "resources": [
        {"name": "find me", "extractable": false, "payload": material},
    ]});
    let key = id(&client.call("POST", "/keys", &body).unwrap());
    let path = format!("/keys/{key}/actions/wrap");
    let wrapped = client
        .call("POST", &path, &json!({"plaintext": "aGVsbG8="}))
        .unwrap();
    assert_eq!(wrapped.status, 200);
    server.query("keys", "CHECKPOINT");
    let data = server.data();
    assert!(
        holds(&data, b"find me"),
        "the data directory holds the keys"
    );
    let master = fs::read(folder.path().join("service/master.key")).unwrap();
    for secret in [
        material.as_bytes(),
        b"this-is-root-key-material-for-us",
        b"aGVsbG8=",
        api_key.as_bytes(),
        &master,
    ] {
        assert!(!holds(&data, secret), "a secret is stored");
    }

    let dump = folder.path().join("dump");
    let mut copy = server.client("pg_dump");
    fs::write(&dump, run(copy.args(["--dbname", "keys"]))).unwrap();
    assert!(program.stop());
    server.create("restored");
    let mut psql = server.client("psql");
    psql.args(["--quiet", "--set=ON_ERROR_STOP=1", "--dbname", "restored"]);
    run(psql.stdin(fs::File::open(&dump).unwrap()));
    let program = start(folder.path(), &server, "restored");
    let client = Client::new(&program.ready, &api_key);
    let path = format!("/keys/{key}/actions/unwrap");
    let body = json!({"ciphertext": wrapped.json["ciphertext"]});
    let opened = client.call("POST", &path, &body).unwrap();
    assert_eq!(opened.json["plaintext"], "aGVsbG8=");
    let output = Command::new(env!("CARGO_BIN_EXE_tsutsumi-service"))
        .args(["backup", "--to", "copy", "--database", &server.url("keys")])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("`pg_dump` copies"), "{text}");
}
