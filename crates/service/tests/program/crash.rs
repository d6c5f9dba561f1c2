//! The program under `kill -9`: nothing that it acknowledged is lost.
//!
//! Four writers make keys, aliases, versions and policies; the program is killed in the middle of
//! it, started again, and asked for everything that it had acknowledged. `TSUTSUMI_CRASH_CYCLES`
//! says how often; 15 times if it is not set.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::client::Client;
use crate::program::Program;

const WRITERS: usize = 4;
/// A restart must not take longer.
const RESTART_MAX: Duration = Duration::from_millis(500);

/// What the program acknowledged about one key.
#[derive(Clone, Debug)]
struct Fact {
    key: String,
    alias: Option<String>,
    versions: usize,
    ciphertext: Option<String>,
    interval: Option<u8>,
}

#[test]
fn nothing_acknowledged_is_lost_when_the_program_is_killed() {
    let cycles: usize = std::env::var("TSUTSUMI_CRASH_CYCLES").map_or(15, |text| {
        text.parse().expect("TSUTSUMI_CRASH_CYCLES is a number")
    });
    let directory = tempfile::tempdir().unwrap();
    let mut program = Program::start(directory.path());
    let api_key = program
        .ready
        .api_key
        .clone()
        .expect("a new service shows an API key");
    let mut facts: Vec<Fact> = Vec::new();
    let mut slowest = Duration::ZERO;
    for cycle in 0..cycles {
        let client = Client::new(&program.ready, &api_key);
        let written = write_until_killed(&client, &mut program, cycle);
        program = Program::start(directory.path());
        assert_eq!(
            program.ready.api_key, None,
            "a service that is there shows no API key"
        );
        slowest = slowest.max(program.start_time);
        let client = Client::new(&program.ready, &api_key);
        for fact in &written {
            check(&client, fact);
        }
        facts.extend(written);
    }
    let client = Client::new(&program.ready, &api_key);
    for fact in &facts {
        check(&client, fact);
    }
    println!(
        "{cycles} kills, {} keys acknowledged and found, slowest start {} ms",
        facts.len(),
        slowest.as_millis()
    );
    assert!(facts.len() > cycles, "the writers wrote");
    assert!(slowest < RESTART_MAX, "a start took {slowest:?}");
}

/// Lets the writers write, kills the program under them, and returns what they were told.
fn write_until_killed(client: &Client, program: &mut Program, cycle: usize) -> Vec<Fact> {
    let facts = Arc::new(Mutex::new(Vec::new()));
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let (client, facts, stop) = (client.clone(), Arc::clone(&facts), Arc::clone(&stop));
            thread::spawn(move || {
                let mut count = 0;
                while !stop.load(Ordering::Relaxed) {
                    let name = format!("c{cycle}-w{writer}-{count}");
                    if write_one(&client, &name, &facts).is_none() {
                        break;
                    }
                    count += 1;
                }
            })
        })
        .collect();
    // The moment of the kill moves, so that it meets every step of a write
    let moment = 60 + (u64::try_from(cycle).unwrap() * 37) % 140;
    thread::sleep(Duration::from_millis(moment));
    program.kill();
    stop.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.join().unwrap();
    }
    let facts = facts.lock().unwrap();
    facts.clone()
}

/// Makes one key step by step, noting each step once it is acknowledged.
fn write_one(client: &Client, name: &str, facts: &Mutex<Vec<Fact>>) -> Option<()> {
    let body = json!({
        "metadata": {}, "resources": [{"name": name, "extractable": false}],
    });
    let made = client
        .call("POST", "/keys", &body)
        .filter(|answer| answer.status == 201)?;
    let key = made.json["resources"][0]["id"].as_str().unwrap().to_owned();
    let index = {
        let mut facts = facts.lock().unwrap();
        facts.push(Fact {
            key: key.clone(),
            alias: None,
            versions: 1,
            ciphertext: None,
            interval: None,
        });
        facts.len() - 1
    };
    let note = |change: &dyn Fn(&mut Fact)| change(&mut facts.lock().unwrap()[index]);

    let wrapped = client.call("POST", &format!("/keys/{key}/actions/wrap"), &json!({}))?;
    let ciphertext = wrapped.json["ciphertext"].as_str()?.to_owned();
    note(&|fact| fact.ciphertext = Some(ciphertext.clone()));
    let path = format!("/keys/{key}/aliases/{name}");
    client
        .call("POST", &path, &json!(null))
        .filter(|answer| answer.status == 201)?;
    note(&|fact| fact.alias = Some(name.to_owned()));
    let path = format!("/keys/{key}/actions/rotate");
    client
        .call("POST", &path, &json!(null))
        .filter(|answer| answer.status == 204)?;
    note(&|fact| fact.versions = 2);
    let policy = json!({
        "metadata": {}, "resources": [{"rotation": {"enabled": true, "interval_month": 7}}],
    });
    let path = format!("/keys/{key}/policies");
    client
        .call("PUT", &path, &policy)
        .filter(|answer| answer.status == 200)?;
    note(&|fact| fact.interval = Some(7));
    Some(())
}

fn check(client: &Client, fact: &Fact) {
    let name = fact.alias.as_ref().unwrap_or(&fact.key);
    let read = client
        .call("GET", &format!("/keys/{name}"), &json!(null))
        .unwrap();
    let key = &read.json["resources"][0];
    assert_eq!(key["id"], fact.key, "{fact:?}");
    if let Some(interval) = fact.interval {
        assert_eq!(key["rotation"]["interval_month"], interval, "{fact:?}");
    }
    let path = format!("/keys/{}/versions?totalCount=true", fact.key);
    let versions = client.call("GET", &path, &json!(null)).unwrap();
    let count = versions.json["metadata"]["totalCount"].as_u64().unwrap();
    assert!(count >= fact.versions as u64, "{fact:?}");
    if let Some(ciphertext) = &fact.ciphertext {
        let path = format!("/keys/{}/actions/unwrap", fact.key);
        let opened = client
            .call("POST", &path, &json!({"ciphertext": ciphertext}))
            .unwrap();
        assert_eq!(opened.status, 200, "{fact:?}");
    }
}
