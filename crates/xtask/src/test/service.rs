//! The root-key service that the browser tests talk to, started on a free port.

use std::fs;
use std::path::PathBuf;
use std::process;
use std::time::Duration;

use crate::failure::{Failure, Result};
use crate::place;
use crate::process::{Guarded, command, logged};
use crate::say::Step;

const BUILD_LIMIT: Duration = Duration::from_mins(20);
const START_LIMIT: Duration = Duration::from_secs(30);

/// The programs that tests start, each with the variable that names it to them.
pub(super) const PROGRAMS: [(&str, &str); 3] = [
    ("TSUTSUMI_SERVICE", "tsutsumi-service"),
    ("TSUTSUMI_KUBERNETES", "tsutsumi-kubernetes"),
    ("TSUTSUMI_KMS_CONFORMANCE", "kms-conformance"),
];
/// The packages that those which are not the service are in.
const OTHERS: [&str; 4] = [
    "--package",
    "tsutsumi-kubernetes",
    "--package",
    "tsutsumi-kms-conformance",
];

/// A service that runs as long as this value lives.
pub(super) struct Service {
    /// What it said when it was ready: one line of JSON with its address and an API key.
    pub(super) ready: String,
    data: PathBuf,
    // Ended when the value goes.
    _program: Guarded,
}

impl Service {
    /// Builds the service if need be and starts it with an empty store.
    pub(super) fn start() -> Result<Self> {
        build()?;
        let data = place::state().join(format!("service-{}", process::id()));
        fs::create_dir_all(&data)?;
        let mut service = command(place::built("tsutsumi-service"));
        service.args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--ready-json",
            "--cors",
            "*",
        ]);
        let mut program = Guarded::start(service.arg("--data").arg(&data), "service")?;
        let ready = program.first_line(START_LIMIT).ok_or_else(|| {
            let log = place::shown(&place::state().join("logs/service.log"));
            Failure::failed(format!("the service does not start; see {log}"))
        })?;
        Ok(Self {
            ready,
            data,
            _program: program,
        })
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // A folder that stays behind harms nobody: it is in Cargo's target folder.
        drop(fs::remove_dir_all(&self.data));
    }
}

/// Builds the programs as the tests use them; all at once, so that what they share is built once.
pub(super) fn build() -> Result<()> {
    build_for("the tests, about 1 min", &OTHERS, BUILD_LIMIT)
}

/// Builds it with flags of cargo's, for some purpose that takes some time at first.
pub(crate) fn build_for(purpose: &str, flags: &[&str], limit: Duration) -> Result<()> {
    let step = Step::start(
        "tsutsumi-service",
        &format!("building for {purpose} at first"),
    );
    let mut cargo = command("cargo");
    cargo
        .args(["build", "--package", "tsutsumi-service", "--bins"])
        .args(flags);
    logged(&step, cargo.arg("--target-dir").arg(place::target()), limit)?;
    step.done("built");
    Ok(())
}
