//! `cargo xtask demo`, `www` and `bench`: programs that take over the terminal.

use std::env;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::build;
use crate::failure::{Failure, Result};
use crate::place;
use crate::process::{command, line};
use crate::setup::{self, Scope};
use crate::test::service;

const BUILD_LIMIT: Duration = Duration::from_mins(40);

/// Sets up, builds, and shows the main job from end to end.
pub(crate) fn demo(arguments: &[String]) -> Result<()> {
    if let [_, other, ..] = arguments {
        return Err(Failure::usage(format!("`{other}` is one file too many")));
    }
    if let Some(file) = arguments.first().filter(|file| !Path::new(file).is_file()) {
        return Err(Failure::usage(format!("there is no file `{file}`")));
    }
    build::run(false)?;
    println!();
    let program = place::js().join("bin/tsutsumi.js").display().to_string();
    node(&[program, "demo".to_owned()], arguments)
}

/// Sets up, builds, and measures: messages, with `--bulk` much data, with `--first-byte` the time
/// from the import to the first one, or with `--service` the root-key service.
pub(crate) fn bench(arguments: &[String]) -> Result<()> {
    let (flag, rest) = match arguments.split_first() {
        Some((flag, rest)) if flag.starts_with("--") => (flag.as_str(), rest),
        _ => ("", arguments),
    };
    match flag {
        "--service" => return bench_service(rest),
        "--bulk" | "--first-byte" => setup::run(Scope::Test)?,
        _ => (),
    }
    build::run(false)?;
    println!();
    let (program, rest) = match flag {
        "--bulk" => ("tests/bench/bulk.mjs", rest),
        "--first-byte" => ("tests/bench/first.mjs", rest),
        _ => ("tests/bench/run.mjs", arguments),
    };
    node(&[place::root().join(program).display().to_string()], rest)
}

/// Builds the conformance program for plugins of key services, and runs it.
pub(crate) fn kms_conformance(arguments: &[String]) -> Result<()> {
    let mut program = command("cargo");
    program
        .args(["run", "--quiet", "--package", "tsutsumi-kms-conformance"])
        .arg("--target-dir")
        .arg(place::target())
        .arg("--manifest-path")
        .arg(place::root().join("Cargo.toml"))
        .arg("--")
        .args(arguments);
    attached(program.current_dir(env::current_dir()?))
}

/// Sets up, builds, makes the playground, and serves it unless it is only to be built.
pub(crate) fn www(only: bool) -> Result<()> {
    build::run(false)?;
    println!();
    let program = place::root().join("www/site.mjs").display().to_string();
    let task = if only { "build" } else { "serve" };
    node(&[program, task.to_owned()], &[])
}

fn bench_service(arguments: &[String]) -> Result<()> {
    setup::run(Scope::Test)?;
    service::build_for("release, about 4 min", &["--release"], BUILD_LIMIT)?;
    let program = place::root().join("tests/bench/service.mjs");
    node(&[program.display().to_string()], arguments)
}

/// Runs Node.js where the user is, so that relative file names mean what they say.
fn node(program: &[String], arguments: &[String]) -> Result<()> {
    let mut node = command("node");
    node.args(program)
        .args(arguments)
        .stdin(Stdio::inherit())
        .current_dir(env::current_dir()?);
    attached(&mut node)
}

/// Runs a program that has the terminal to itself.
fn attached(program: &mut Command) -> Result<()> {
    let status = program.status()?;
    if status.success() {
        return Ok(());
    }
    Err(Failure::failed(format!(
        "`{}` failed ({status})",
        line(program)
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_not_there_is_refused_before_anything_is_built() {
        let failure = demo(&["no-such-file".to_owned()]).unwrap_err();
        assert_eq!(failure.code(), 3);
    }
}
