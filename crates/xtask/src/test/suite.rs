//! The suites: what each one runs, how long that may take, and how many tests it has at least.

use std::env;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use super::count::Count;
use super::service::{self, Service};
use crate::failure::Result;
use crate::fuzz;
use crate::lint;
use crate::place;
use crate::process::{command, search_path, watched};
use crate::setup::{CHROMEDRIVER, CHROMIUM, ETCD, FIREFOX, interpreter};
use crate::toolchain::Toolchain;

/// One suite.
pub(super) struct Suite {
    /// What it is called on the command line.
    pub(super) name: &'static str,
    /// What it checks.
    pub(super) what: &'static str,
    /// How long it takes, roughly.
    pub(super) about: &'static str,
    floor: u64,
    limit: Duration,
    kind: Kind,
}

enum Kind {
    Fuzz,
    Lint,
    Native,
    /// wasm-pack in one browser, named by its option.
    Browser(&'static str),
    /// A script of js/package.json.
    Npm(&'static str),
    /// A program of the repository for Node.js.
    Program(&'static str),
    /// A program of the repository in Python, run once to read and once with `--control`.
    Python(&'static str),
    /// A program of the repository for Node.js, which takes `--all`.
    Matrix(&'static str),
    /// All shell scripts in a folder of the repository.
    Scripts(&'static str),
}

/// All suites, in the order in which they run.
pub(super) const SUITES: [Suite; 16] = [
    suite(
        "lint",
        "house style and budgets",
        "about 2 min at first",
        1,
        15,
        Kind::Lint,
    ),
    suite(
        "native",
        "Rust tests on this machine",
        "about 2 min",
        1,
        40,
        Kind::Native,
    ),
    suite(
        "chromium",
        "wasm-pack in Chromium",
        "about 1 min",
        30,
        15,
        Kind::Browser("--chrome"),
    ),
    suite(
        "firefox",
        "wasm-pack in Firefox",
        "about 1 min",
        30,
        15,
        Kind::Browser("--firefox"),
    ),
    suite(
        "node",
        "the npm package in Node.js",
        "about 1 min",
        1,
        15,
        Kind::Npm("test"),
    ),
    suite(
        "browser",
        "the npm package in browsers",
        "1 min",
        1,
        15,
        Kind::Npm("test:browser"),
    ),
    suite(
        "runtimes",
        "one suite in every runtime",
        "about 30 s",
        1,
        15,
        Kind::Matrix("tests/runtimes/run.mjs"),
    ),
    suite(
        "packaging",
        "bundles of the packed package, run",
        "about 20 s",
        1,
        15,
        Kind::Matrix("tests/packaging/run.mjs"),
    ),
    suite(
        "interop",
        "messages of and for other implementations",
        "about 1 min",
        1,
        15,
        Kind::Program("tests/interop/run.mjs"),
    ),
    suite(
        "reference",
        "our vectors, read by a second reader",
        "a few seconds",
        150,
        5,
        Kind::Python("tests/interop/reference.py"),
    ),
    suite(
        "fuzz",
        "every parser, and one planted bug",
        "about 1 min, 3 at first",
        10,
        30,
        Kind::Fuzz,
    ),
    suite(
        "kernel",
        "the SIMD cipher beside the portable one, in three engines",
        "about 20 s, 1 min at first",
        28,
        10,
        Kind::Program("tests/kernel/run.mjs"),
    ),
    suite(
        "memory",
        "large streams in constant memory",
        "about 2 min",
        1,
        15,
        Kind::Program("tests/memory/run.mjs"),
    ),
    suite(
        "buckets",
        "encrypted buckets over several stores",
        "about 1 min",
        650,
        10,
        Kind::Program("tests/bucket/run.mjs"),
    ),
    suite(
        "clients",
        "other programs against our service",
        "about 1 min",
        1,
        15,
        Kind::Scripts("crates/service/tests/clients"),
    ),
    suite(
        "kubernetes",
        "a cluster's secrets in etcd",
        "about 1 min",
        60,
        15,
        Kind::Program("tests/kubernetes/run.mjs"),
    ),
];

const fn suite(
    name: &'static str,
    what: &'static str,
    about: &'static str,
    floor: u64,
    minutes_max: u64,
    kind: Kind,
) -> Suite {
    Suite {
        name,
        what,
        about,
        floor,
        limit: Duration::from_mins(minutes_max),
        kind,
    }
}

impl Suite {
    /// Runs the suite, in every runtime if `matrix` says so. What keeps it from running counts as
    /// its failure.
    pub(super) fn run(&self, matrix: bool) -> Count {
        self.counts(matrix).unwrap_or_else(|failure| {
            println!("{failure}");
            Count {
                failed: 1,
                ..Count::default()
            }
        })
    }

    fn counts(&self, matrix: bool) -> Result<Count> {
        match self.kind {
            Kind::Fuzz => fuzz::smoke(),
            Kind::Lint => lint::checks(),
            Kind::Native => {
                let mut cargo = prepared("cargo");
                cargo.args(["test", "--workspace", "--no-fail-fast"]);
                self.count(&mut cargo)
            }
            Kind::Browser(browser) => {
                let service = Service::start()?;
                let mut wasm_pack = wasm_pack(browser);
                self.count(wasm_pack.env("TSUTSUMI_TEST_SERVICE", &service.ready))
            }
            Kind::Npm(script) => {
                service::build()?;
                let mut npm = prepared("npm");
                self.count(
                    npm.current_dir(place::js())
                        .args(["run", "--silent", script]),
                )
            }
            Kind::Program(program) => {
                service::build()?;
                self.count(prepared("node").arg(program))
            }
            Kind::Python(program) => {
                let mut count = self.count(prepared("python").args(["-B", program]))?;
                let mut control = prepared("python");
                count.join(&self.count(control.args(["-B", program, "--control"]))?);
                Ok(count)
            }
            Kind::Matrix(program) => {
                service::build()?;
                let flag = matrix.then_some("--all");
                self.count(prepared("node").arg(program).args(flag))
            }
            Kind::Scripts(folder) => {
                service::build()?;
                let mut count = Count::default();
                for script in scripts(folder) {
                    println!("{}", place::shown(&script));
                    count.join(&self.count(prepared("bash").arg(script))?);
                }
                count.add_failure_if_empty();
                Ok(count)
            }
        }
    }

    fn count(&self, command: &mut Command) -> Result<Count> {
        let outcome = watched(command, self.limit)?;
        Ok(Count::of(&outcome.text, outcome.success(), self.floor))
    }
}

fn wasm_pack(browser: &str) -> Command {
    let toolchain = Toolchain::for_wasm().unwrap_or(Toolchain::Current);
    let mut wasm_pack = toolchain.command("wasm-pack");
    wasm_pack.args(["test", "--headless", "--mode", "no-install", browser]);
    if browser == "--chrome" {
        wasm_pack.args(["--chromedriver", CHROMEDRIVER]);
    } else {
        wasm_pack.arg("--geckodriver").arg(geckodriver());
    }
    wasm_pack.arg(".");
    // All formats, which are the core and more.
    wasm_pack.args(["--features", "formats"]);
    // The runner gives a whole file of tests 20 s, too little where the machine is busy.
    wasm_pack.env("WASM_BINDGEN_TEST_TIMEOUT", "300");
    wasm_pack.env("CARGO_TARGET_DIR", place::target());
    wasm_pack
}

/// The one that the set-up built, or else the one it found.
fn geckodriver() -> PathBuf {
    let path = search_path(&[place::tools().join("bin")]);
    let found = env::split_paths(&path).map(|folder| folder.join("geckodriver"));
    let mut found = found.filter(|program| program.is_file());
    found.next().unwrap_or_else(|| PathBuf::from("geckodriver"))
}

/// The shell scripts of a folder that are programs: they name their interpreter.
fn scripts(folder: &str) -> Vec<PathBuf> {
    let mut files = place::files(&place::root().join(folder));
    files
        .retain(|path| place::read(path).is_ok_and(|text| text.starts_with("#!/usr/bin/env bash")));
    files
}

/// A command that finds the tests' programs: in `PATH`, and by name in variables.
fn prepared(program: &str) -> Command {
    let mut command = command(program);
    let first = [place::tools().join("bin"), place::venv().join("bin")];
    command.env("PATH", search_path(&first));
    for (variable, program) in service::PROGRAMS {
        command.env(variable, place::built(program));
    }
    command.env("TSUTSUMI_ETCD", ETCD);
    command.env("TSUTSUMI_PYTHON", interpreter());
    command
        .env("TSUTSUMI_CHROMIUM", CHROMIUM)
        .env("TSUTSUMI_CHROMEDRIVER", CHROMEDRIVER);
    command.env("TSUTSUMI_FIREFOX", FIREFOX);
    command.env("TSUTSUMI_GECKODRIVER", geckodriver());
    command
}
