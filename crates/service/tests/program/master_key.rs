//! Where the master key comes from, and how that is changed.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use serde_json::json;

use crate::client::Client;
use crate::program::{Program, run};

/// A service with a root key that wraps the master keys of others.
struct Keeper {
    program: Program,
    client: Client,
    root_key: String,
    api_key_file: String,
}

impl Keeper {
    fn start(directory: &Path) -> Self {
        let program = Program::start(&directory.join("keeper"));
        let api_key = program.ready.api_key.clone().unwrap();
        let client = Client::new(&program.ready, &api_key);
        let body = json!({"metadata": {}, "resources": [{"name": "master", "extractable": false}]});
        let made = client.call("POST", "/keys", &body).unwrap();
        let root_key = made.json["resources"][0]["id"].as_str().unwrap().to_owned();
        let api_key_file = write(directory, "keeper-api-key", &format!("{api_key}\n"));
        Self {
            program,
            client,
            root_key,
            api_key_file,
        }
    }

    /// The options that name its root key; `--new-` instead of `--` in front of them.
    fn options(&self, new: bool) -> Vec<String> {
        let ready = &self.program.ready;
        let options = [
            ("url", &ready.url),
            ("instance", &ready.instance),
            ("id", &self.root_key),
            ("api-key-file", &self.api_key_file),
        ];
        let prefix = if new { "--new-" } else { "--" };
        let option = |(name, value): &(&str, &String)| format!("{prefix}master-key-{name}={value}");
        options.iter().map(option).collect()
    }
}

fn write(directory: &Path, name: &str, text: &str) -> String {
    let path = directory.join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Runs a command on a data directory.
fn on(data: &Path, command: &str, options: &[String]) -> (bool, String) {
    let mut arguments = vec![command, "--data", data.to_str().unwrap()];
    arguments.extend(options.iter().map(String::as_str));
    run(&arguments)
}

#[test]
fn a_root_key_of_another_service_wraps_the_master_key() {
    let directory = tempfile::tempdir().unwrap();
    let keeper = Keeper::start(directory.path());
    let data = directory.path().join("service");
    let (made, text) = on(&data, "init", &keeper.options(false));
    assert!(made && text.contains("API key"), "{text}");
    let wrapped = data.join("master.key.wrapped");
    let before = fs::read_to_string(&wrapped).unwrap();
    let mode = fs::metadata(&wrapped).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(!data.join("master.key").exists());
    let (again, text) = on(&data, "init", &keeper.options(false));
    assert!(!again && text.contains("already"), "{text}");
    let (opened, text) = on(&data, "verify", &keeper.options(false));
    assert!(opened, "{text}");
    let (opened, text) = on(&data, "verify", &[]);
    assert!(
        !opened && text.contains("master key is not there"),
        "{text}"
    );

    // After a rotation the wrapped key moves to the newest version
    let path = format!("/keys/{}/actions/rotate", keeper.root_key);
    let rotated = keeper.client.call("POST", &path, &json!(null)).unwrap();
    assert_eq!(rotated.status, 204);
    let (opened, text) = on(&data, "verify", &keeper.options(false));
    assert!(opened, "{text}");
    let after = fs::read_to_string(&wrapped).unwrap();
    assert_ne!(before, after);
    assert!(!data.join("master.key.wrapped.renewed").exists());

    // Whoever owns the root key can shut the other service out
    let path = format!("/keys/{}/actions/disable", keeper.root_key);
    let disabled = keeper.client.call("POST", &path, &json!(null)).unwrap();
    assert_eq!(disabled.status, 204);
    let (opened, text) = on(&data, "verify", &keeper.options(false));
    assert!(
        !opened && text.contains("KEY_ACTION_INVALID_STATE_ERR"),
        "{text}"
    );
}

#[test]
fn what_is_wrong_about_the_other_service_is_told_without_its_api_key() {
    let directory = tempfile::tempdir().unwrap();
    let keeper = Keeper::start(directory.path());
    let data = directory.path().join("service");
    let wrong = write(directory.path(), "wrong", "no-such-api-key-at-all");
    let refused = |change: &dyn Fn(&mut Vec<String>), said: &str| {
        let mut options = keeper.options(false);
        change(&mut options);
        let (made, text) = on(&data, "init", &options);
        assert!(!made && text.contains(said), "{said}: {text}");
        assert!(!text.contains("no-such-api-key"), "{text}");
    };
    let api_key = format!("--master-key-api-key-file={wrong}");
    refused(&|options| options[3].clone_from(&api_key), "400");
    let url = "--master-key-url=http://keys.example";
    refused(&|options| url.clone_into(&mut options[0]), "https");
    let url = "--master-key-url=http://127.0.0.1:1";
    refused(&|options| url.clone_into(&mut options[0]), "127.0.0.1:1");
    let id = "--master-key-id=nobody";
    refused(
        &|options| id.clone_into(&mut options[2]),
        "KEY_NOT_FOUND_ERR",
    );
    refused(&|options| options.truncate(2), "go together");
    refused(
        &|options| options.truncate(3),
        "TSUTSUMI_MASTER_KEY_API_KEY",
    );
    let file = format!("--master-key-file={wrong}");
    refused(&|options| options.push(file.clone()), "cannot come from");
}

#[test]
fn the_other_service_is_reached_over_tls_under_an_authority_of_its_own() {
    let directory = tempfile::tempdir().unwrap();
    let mut keeper = Keeper::start(directory.path());
    assert!(keeper.program.stop());
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(names).unwrap();
    let cert = write(directory.path(), "cert.pem", &cert.pem());
    let key = write(directory.path(), "key.pem", &signing_key.serialize_pem());
    let tls = ["--tls-cert", &cert, "--tls-key", &key];
    keeper.program = Program::start_with(&directory.path().join("keeper"), &tls);
    assert!(keeper.program.ready.url.starts_with("https://"));
    let data = directory.path().join("service");
    let (made, text) = on(&data, "init", &keeper.options(false));
    assert!(
        !made,
        "nobody has said that its authority is trusted: {text}"
    );
    let mut options = keeper.options(false);
    options.push(format!("--master-key-ca={cert}"));
    let (made, text) = on(&data, "init", &options);
    assert!(made, "{text}");
}

#[test]
fn the_master_key_moves_from_any_source_to_any_other() {
    let directory = tempfile::tempdir().unwrap();
    let keeper = Keeper::start(directory.path());
    let data = directory.path().join("service");
    let file = write(
        directory.path(),
        "file",
        "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    );
    let passphrase = write(
        directory.path(),
        "passphrase",
        "correct horse battery staple",
    );
    let sources = |new: bool| {
        let prefix = if new { "--new-" } else { "--" };
        vec![
            vec![],
            vec![format!("{prefix}master-key-file={file}")],
            vec![format!("{prefix}passphrase-file={passphrase}")],
            keeper.options(new),
        ]
    };
    let (made, text) = on(&data, "init", &[]);
    assert!(made, "{text}");
    // Goes along each of the 12 ways from one source to another, and 2 from one to itself
    let way = [0, 1, 0, 2, 0, 3, 1, 2, 3, 2, 1, 3, 3, 0, 0];
    let mut seen = std::collections::BTreeSet::new();
    for (from, to) in way.iter().zip(&way[1..]) {
        let options = [sources(false)[*from].clone(), sources(true)[*to].clone()].concat();
        let (changed, text) = on(&data, "rekey", &options);
        assert!(changed, "{from} to {to}: {text}");
        seen.insert((*from, *to));
        let (opened, text) = on(&data, "verify", &sources(false)[*to]);
        assert!(opened, "{from} to {to}: {text}");
        if from != to {
            let (opened, text) = on(&data, "verify", &sources(false)[*from]);
            assert!(
                !opened && text.contains("master key"),
                "{from} to {to}: {text}"
            );
        }
    }
    assert_eq!(seen.len(), 14, "{seen:?}");
    let next = fs::read_dir(&data)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("next") || name.contains("renewed"));
    assert_eq!(next.count(), 0);
}

#[test]
fn a_database_without_its_master_key_gets_no_new_one() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("service");
    let (made, text) = on(&data, "init", &[]);
    assert!(made, "{text}");
    fs::remove_file(data.join("master.key")).unwrap();
    let (opened, text) = on(&data, "verify", &[]);
    assert!(!opened && text.contains("does not exist"), "{text}");
    assert!(!data.join("master.key").exists());
}
