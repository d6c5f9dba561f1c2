//! What is taken away on one replica is refused by that replica at once, and by every other one
//! within a second, also while they are busy with the very key.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::Client;
use crate::postgres::Postgres;
use crate::program::Program;

/// The promise, and what the machine may add to it.
const SEEN_WITHIN: Duration = Duration::from_secs(1);

/// Two replicas with a key, and a user who may wrap under it, known to both.
struct Replicas {
    owners: Vec<Client>,
    users: Vec<Client>,
    key: String,
    policy: String,
    _programs: Vec<Program>,
    _server: Postgres,
    _folder: tempfile::TempDir,
}

/// Stops who is busy when it goes, also by a failure.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn text(json: &Value, name: &str) -> String {
    json[name]
        .as_str()
        .unwrap_or_else(|| panic!("{json}"))
        .to_owned()
}

impl Replicas {
    fn start() -> Self {
        let (server, folder) = (
            Postgres::start(&["fsync=off"]),
            tempfile::tempdir().unwrap(),
        );
        server.create("keys");
        let url = server.url("keys");
        let start = || Program::start_with(folder.path(), &["--database", &url]);
        let programs = vec![start(), start()];
        let ready = &programs[0].ready;
        let api_key = ready.api_key.clone().unwrap();
        let clients = |api_key: &str| -> Vec<_> {
            let ready = programs.iter().map(|program| &program.ready);
            ready.map(|ready| Client::new(ready, api_key)).collect()
        };
        let owners = clients(&api_key);
        let made = json!({"metadata": {}, "resources": [{"name": "hot", "extractable": false}]});
        let made = owners[0].call("POST", "/keys", &made).unwrap();
        let key = text(&made.json["resources"][0], "id");
        let account = made.json["resources"][0]["crn"]
            .as_str()
            .and_then(|crn| Some(crn.split_once(":a/")?.1.split_once(':')?.0.to_owned()));
        let attribute = |name: &str, value: &str| json!({"name": name, "value": value});
        let policy = json!({
            "type": "access",
            "subjects": [{"attributes": [attribute("iam_id", "IBMid-user")]}],
            "roles": [{"role_id": "crn:v1:bluemix:public:iam::::serviceRole:Reader"}],
            "resources": [{"attributes": [
                attribute("accountId", &account.unwrap()),
                attribute("serviceName", "kms"),
                attribute("serviceInstance", &ready.instance),
            ]}],
        });
        let granted = owners[0].ask("POST", "/v1/policies", &policy).unwrap();
        let named = json!({"name": "key", "iam_id": "IBMid-user"});
        let issued = owners[0].ask("POST", "/v1/apikeys", &named).unwrap();
        let users = clients(&text(&issued.json, "apikey"));
        Self {
            policy: text(&granted.json, "id"),
            owners,
            users,
            key,
            _programs: programs,
            _server: server,
            _folder: folder,
        }
    }

    fn wrap(&self, replica: usize) -> u16 {
        let path = format!("/keys/{}/actions/wrap", self.key);
        let answer = self.users[replica].call("POST", &path, &json!({}));
        answer.unwrap().status
    }

    /// Does something while the second replica is busy with the key; the first has to refuse with
    /// `status` at once, the second in time.
    fn take_away(&self, change: impl FnOnce(), status: u16) {
        let stop = AtomicBool::new(false);
        thread::scope(|scope| {
            let _stop = Stop(&stop);
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    self.wrap(1);
                }
            });
            thread::sleep(Duration::from_millis(700));
            assert_eq!(self.wrap(0), 200);
            assert_eq!(self.wrap(1), 200);
            change();
            let start = Instant::now();
            assert_eq!(self.wrap(0), status, "this process at once");
            let last = loop {
                let asked = start.elapsed();
                match self.wrap(1) {
                    200 => assert!(asked < SEEN_WITHIN, "still wrapped after {asked:?}"),
                    refused => break (refused, asked),
                }
            };
            assert_eq!(last.0, status);
            println!("the other replica refuses after {} ms", last.1.as_millis());
        });
    }
}

#[test]
fn what_one_replica_takes_away_the_other_refuses_within_a_second() {
    let replicas = Replicas::start();
    let owner = &replicas.owners[0];
    let act = |action: &str| {
        let path = format!("/keys/{}/actions/{action}", replicas.key);
        let answer = owner.call("POST", &path, &Value::Null).unwrap();
        assert_eq!(answer.status, 204, "{answer:?}");
    };
    replicas.take_away(|| act("disable"), 409);
    // A key cannot be enabled within 30 seconds: the rest is shown with another one
    let made = json!({"metadata": {}, "resources": [{"name": "hot", "extractable": false}]});
    let made = owner.call("POST", "/keys", &made).unwrap();
    let replicas = Replicas {
        key: text(&made.json["resources"][0], "id"),
        ..replicas
    };
    let owner = &replicas.owners[0];
    let path = format!("/v1/policies/{}", replicas.policy);
    replicas.take_away(
        || {
            let answer = owner.ask("DELETE", &path, &Value::Null).unwrap();
            assert_eq!(answer.status, 204, "{answer:?}");
        },
        401,
    );
}
