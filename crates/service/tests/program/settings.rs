//! Settings: command line, environment, file, default.

use std::fs;
use std::process::Command;

/// Runs `serve --print-config` with a file of settings.
fn print(file: &str, environment: &[(&str, &str)], flags: &[&str]) -> (bool, String) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("service.toml");
    fs::write(&path, file).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_tsutsumi-service"))
        .args(["serve", "--print-config", "--config"])
        .arg(&path)
        .args(flags)
        .envs(environment.iter().copied())
        .current_dir(directory.path())
        .output()
        .unwrap();
    let left = fs::read_dir(directory.path()).unwrap().count();
    assert_eq!(left, 1, "printing makes nothing");
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

#[test]
fn the_command_line_goes_before_the_environment_and_that_before_the_file() {
    let file = "listen = \"127.0.0.1:1\"\nregion = \"eu-de\"\nrate-limit = 5\nplain-http = true\n\
                cors = [\"https://a.example\", \"https://b.example\"]\nlog-format = \"json\"\n";
    let environment = [
        ("TSUTSUMI_LISTEN", "127.0.0.1:2"),
        ("TSUTSUMI_REGION", "us-east"),
    ];
    let (done, text) = print(file, &environment, &["--listen", "127.0.0.1:3"]);
    assert!(done, "{text}");
    for line in [
        "listen = \"127.0.0.1:3\" # command line",
        "region = \"us-east\" # TSUTSUMI_REGION",
        "rate-limit = 5 # file",
        "plain-http = true # file",
        "cors = [\"https://a.example\", \"https://b.example\"] # file",
        "log-format = \"json\" # file",
        "data = \"tsutsumi-data\" # default",
        "# instance is not set",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    let (done, again) = print(&text, &[], &[]);
    assert!(done, "{again}");
    let settings = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        lines
            .map(|line| line.split(" # ").next().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        settings(&again),
        settings(&text),
        "what is printed sets the same"
    );
    let (done, text) = print(file, &[], &["--plain-http=false"]);
    assert!(
        done && text.contains("plain-http = false # command line"),
        "{text}"
    );
}

#[test]
fn a_file_that_is_wrong_is_refused() {
    for (file, said) in [
        ("liste = \"127.0.0.1:1\"", "`liste` in"),
        ("config = \"other.toml\"", "`config` in"),
        ("master-key = \"x\"", "`master-key` in"),
        ("listen = [\"127.0.0.1:1\"]", "wrong type"),
        ("listen = { port = 1 }", "wrong type"),
        ("listen = \"nowhere\"", "invalid value 'nowhere'"),
        ("rate-limit = 0", "invalid value '0'"),
        ("rate-burst = 5", "--rate-limit"),
        ("tls-cert = \"cert.pem\"", "--tls-key"),
        ("listen", "no TOML"),
    ] {
        let (done, text) = print(file, &[], &[]);
        assert!(!done && text.contains(said), "{file}: {text}");
        assert!(text.contains("service.toml"), "{file}: {text}");
    }
    let missing = ["--config", "/nonexistent.toml"];
    let (done, text) = crate::program::run(&["serve", missing[0], missing[1]]);
    assert!(!done && text.contains("cannot be read"), "{text}");
}

#[test]
fn settings_of_one_command_do_not_disturb_another() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("service.toml");
    let data = directory.path().join("keys");
    fs::write(
        &path,
        format!("data = {data:?}\nlisten = \"127.0.0.1:0\"\n"),
    )
    .unwrap();
    let config = path.to_str().unwrap();
    let (done, text) = crate::program::run(&["verify", "--config", config]);
    assert!(!done && text.contains("keys"), "{text}");
}

#[test]
fn a_variable_that_is_no_setting_is_told_of() {
    let output = Command::new(env!("CARGO_BIN_EXE_tsutsumi-service"))
        .args(["verify", "--data", "/nonexistent"])
        .env("TSUTSUMI_TLS_CRT", "cert.pem")
        .env("TSUTSUMI_LISTEN", "127.0.0.1:0")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("TSUTSUMI_TLS_CRT"), "{text}");
    assert!(!text.contains("TSUTSUMI_LISTEN"), "{text}");
}

#[test]
fn the_help_tells_of_every_setting() {
    let (done, text) = crate::program::run(&["serve", "--help"]);
    assert!(done);
    for said in [
        "TSUTSUMI_LISTEN",
        "TSUTSUMI_RATE_LIMIT",
        "--print-config",
        "--cors",
    ] {
        assert!(text.contains(said), "{said}");
    }
    let (done, text) = crate::program::run(&["--help"]);
    assert!(done && text.contains("tls-cert ="), "{text}");
}
