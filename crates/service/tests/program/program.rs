//! The program, started and killed.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde::Deserialize;

/// The program that is tested: the one built with the tests, or the one `TSUTSUMI_SERVICE` names.
fn program() -> PathBuf {
    let given = std::env::var_os("TSUTSUMI_SERVICE").map(PathBuf::from);
    given.unwrap_or_else(|| env!("CARGO_BIN_EXE_tsutsumi-service").into())
}

/// What the program says once it listens.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Ready {
    pub(crate) url: String,
    pub(crate) instance: String,
    pub(crate) api_key: Option<String>,
}

/// A running program; killed when dropped.
#[derive(Debug)]
pub(crate) struct Program {
    child: Child,
    pub(crate) ready: Ready,
    /// From its start until it listened.
    pub(crate) start_time: Duration,
}

impl Program {
    /// Starts the program on a folder below `data`.
    pub(crate) fn start(data: &Path) -> Self {
        Self::start_with(data, &[])
    }

    /// Starts the program with more arguments.
    pub(crate) fn start_with(data: &Path, arguments: &[&str]) -> Self {
        Self::launch(data, arguments, ("error", Stdio::inherit()))
    }

    /// Starts the program with everything logged into a file.
    pub(crate) fn start_logging(data: &Path, arguments: &[&str], log: File) -> Self {
        Self::launch(data, arguments, ("trace", log.into()))
    }

    fn launch(data: &Path, arguments: &[&str], (level, log): (&str, Stdio)) -> Self {
        let start = Instant::now();
        let mut child = Command::new(program())
            .args(["serve", "--listen", "127.0.0.1:0", "--ready-json", "--data"])
            .arg(data.join("service"))
            .args(arguments)
            .env("RUST_LOG", level)
            .stderr(log)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let ready = serde_json::from_str(&line).unwrap_or_else(|_| panic!("no start: {line:?}"));
        Self {
            child,
            ready,
            start_time: start.elapsed(),
        }
    }

    /// Asks the program to stop, and waits until it has.
    pub(crate) fn stop(&mut self) -> bool {
        self.ask_to_stop();
        self.ends_well()
    }

    /// Asks the program to stop.
    pub(crate) fn ask_to_stop(&self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").arg(&pid).status().unwrap().success());
    }

    /// Waits until the program has ended, and tells whether it did so in order.
    pub(crate) fn ends_well(&mut self) -> bool {
        self.child.wait().unwrap().success()
    }

    /// Tells the program that its certificate has changed.
    pub(crate) fn hang_up(&self) {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-HUP", &pid])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Kills the program as `kill -9` does.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Runs one command of the program to its end: whether it succeeded, and what it printed.
pub(crate) fn run(arguments: &[&str]) -> (bool, String) {
    let mut program = Command::new(program());
    // The tests have variables of that name of their own, of which the program would warn.
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("TSUTSUMI_")) {
        program.env_remove(name);
    }
    let output = program.args(arguments).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
