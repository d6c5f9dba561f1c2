//! Starting, stopping, and the other commands.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use crate::client::Client;
use crate::program::{Program, run};

#[test]
fn a_first_start_makes_what_only_its_owner_may_read() {
    let directory = tempfile::tempdir().unwrap();
    let mut program = Program::start(directory.path());
    let folder = directory.path().join("service");
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(folder.clone()), 0o700);
    for file in fs::read_dir(&folder).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(mode(path.clone()), 0o600, "{}", path.display());
    }
    assert!(program.stop(), "an orderly end succeeds");
}

#[test]
fn a_start_that_fails_leaves_the_first_api_key_to_the_next() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("service");
    let data = data.to_str().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (started, text) = run(&["serve", "--data", data, "--listen", &address]);
    assert!(!started && text.contains(&address), "{text}");
    let cors = [
        "serve",
        "--data",
        data,
        "--listen",
        "127.0.0.1:0",
        "--cors",
        "a\nb",
    ];
    let (started, text) = run(&cors);
    assert!(!started && text.contains("--cors"), "{text}");
    assert!(Program::start(directory.path()).ready.api_key.is_some());
    assert!(Program::start(directory.path()).ready.api_key.is_none());
}

#[test]
fn a_secret_that_others_may_read_is_told_of() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("service");
    let data = data.to_str().unwrap();
    let (made, text) = run(&["init", "--data", data]);
    assert!(made && !text.contains("others"), "{text}");
    let key = directory.path().join("service/master.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let (done, text) = run(&["verify", "--data", data]);
    assert!(done && text.contains("others than its owner"), "{text}");
    assert!(
        !text.contains('\u{1b}'),
        "no colours where nobody sees them: {text}"
    );
}

#[test]
fn a_stolen_database_holds_no_material() {
    let directory = tempfile::tempdir().unwrap();
    let mut program = Program::start(directory.path());
    let key = program.ready.api_key.clone().unwrap();
    let client = Client::new(&program.ready, &key);
    let material = "dGhpcy1pcy1yb290LWtleS1tYXRlcmlhbC1mb3ItdXM=";
    for extractable in [true, false] {
        let body = json!({
            "metadata": {},
            "resources": [{"name": "find me", "extractable": extractable, "payload": material}],
        });
        assert_eq!(client.call("POST", "/keys", &body).unwrap().status, 201);
    }
    assert!(program.stop());
    let database = fs::read(directory.path().join("service/service.db")).unwrap();
    let contains = |needle: &[u8]| database.windows(needle.len()).any(|part| part == needle);
    assert!(contains(b"find me"), "the database holds the keys");
    assert!(!contains(material.as_bytes()));
    assert!(!contains(b"this-is-root-key-material-for-us"));
    assert!(!contains(key.as_bytes()));
}

#[test]
fn a_backup_opens_with_the_same_master_key_and_no_other() {
    let directory = tempfile::tempdir().unwrap();
    let mut program = Program::start(directory.path());
    let api_key = program.ready.api_key.clone().unwrap();
    let client = Client::new(&program.ready, &api_key);
    let body = json!({"metadata": {}, "resources": [{"name": "kept", "extractable": false}]});
    let made = client.call("POST", "/keys", &body).unwrap();
    let id = made.json["resources"][0]["id"].as_str().unwrap().to_owned();

    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let (data, copy) = (path("service"), path("copy.db"));
    let (done, text) = run(&["backup", "--data", &data, "--to", &copy]);
    assert!(done, "{text}");
    let (again, text) = run(&["backup", "--data", &data, "--to", &copy]);
    assert!(!again && text.contains("exists already"), "{text}");
    assert!(program.stop());

    let other = directory.path().join("other/service");
    fs::create_dir_all(&other).unwrap();
    fs::copy(&copy, other.join("service.db")).unwrap();
    let (opened, text) = run(&["verify", "--data", other.to_str().unwrap()]);
    assert!(!opened && text.contains("master key"), "{text}");
    fs::copy(
        directory.path().join("service/master.key"),
        other.join("master.key"),
    )
    .unwrap();
    let program = Program::start(&directory.path().join("other"));
    let client = Client::new(&program.ready, &api_key);
    let read = client
        .call("GET", &format!("/keys/{id}"), &json!(null))
        .unwrap();
    assert_eq!(read.json["resources"][0]["name"], "kept");
}

#[test]
fn more_api_keys_are_issued_and_events_verified_beside_the_running_program() {
    let directory = tempfile::tempdir().unwrap();
    let program = Program::start(directory.path());
    let data = directory
        .path()
        .join("service")
        .to_str()
        .unwrap()
        .to_owned();
    let (issued, key) = run(&["api-key", "--data", &data]);
    assert!(issued);
    let client = Client::new(&program.ready, key.trim());
    assert_eq!(
        client.call("GET", "/keys", &json!(null)).unwrap().status,
        200
    );
    let (verified, text) = run(&["verify", "--data", &data]);
    assert!(
        verified && text.starts_with("1 events in 1 chains"),
        "{text}"
    );
    let (missing, text) = run(&["verify", "--data", "/nonexistent"]);
    assert!(!missing && text.contains("there is no database"), "{text}");
}

#[test]
fn plain_http_is_refused_where_others_reach_it() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().to_str().unwrap();
    let (started, text) = run(&["serve", "--listen", "0.0.0.0:0", "--data", data]);
    assert!(!started && text.contains("--plain-http"), "{text}");
}

#[test]
fn the_master_key_is_changed_and_an_interrupted_change_is_ended() {
    let directory = tempfile::tempdir().unwrap();
    let mut program = Program::start(directory.path());
    let api_key = program.ready.api_key.clone().unwrap();
    assert!(program.stop());
    let folder = directory.path().join("service");
    let data = folder.to_str().unwrap();
    let first = fs::read(folder.join("master.key")).unwrap();
    let (changed, text) = run(&["rekey", "--data", data]);
    assert!(changed, "{text}");
    let second = fs::read(folder.join("master.key")).unwrap();
    assert_ne!(first, second);
    // As if the program had died between the database and the file
    fs::write(folder.join("master.key.next"), &second).unwrap();
    fs::write(folder.join("master.key"), &first).unwrap();
    let mut program = Program::start(directory.path());
    assert_eq!(program.ready.api_key, None);
    let client = Client::new(&program.ready, &api_key);
    assert_eq!(
        client.call("GET", "/keys", &json!(null)).unwrap().status,
        200
    );
    assert!(program.stop());
    assert_eq!(fs::read(folder.join("master.key")).unwrap(), second);
    assert!(!folder.join("master.key.next").exists());
}

#[test]
fn a_passphrase_stands_for_the_master_key() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = directory.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let right = file("right", "correct horse battery staple\n");
    let mut program = Program::start_with(directory.path(), &["--passphrase-file", &right]);
    assert!(program.stop());
    let folder = directory.path().join("service");
    assert!(!folder.join("master.key").exists());
    let data = folder.to_str().unwrap();
    let (opened, text) = run(&["verify", "--data", data, "--passphrase-file", &right]);
    assert!(opened, "{text}");
    let wrong = file("wrong", "correct horse battery stable");
    let (opened, text) = run(&["verify", "--data", data, "--passphrase-file", &wrong]);
    assert!(!opened && text.contains("master key"), "{text}");
    let short = file("short", "horse");
    let (opened, text) = run(&["verify", "--data", data, "--passphrase-file", &short]);
    assert!(!opened && text.contains("12 characters"), "{text}");
}
