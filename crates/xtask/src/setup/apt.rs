//! Debian packages: installed where that is allowed, named where it is not.

use std::env;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::failure::{Failure, Result};
use crate::process::{capture, command, logged, works};
use crate::say::Step;

const LIMIT: Duration = Duration::from_mins(20);

/// Whether the packages may be installed here.
///
/// # Errors
/// A failure that names the packages if they may not.
pub(super) fn may_install(packages: &[&str]) -> Result<()> {
    as_root().map(drop).ok_or_else(|| {
        let packages = packages.join(" ");
        Failure::install(format!(
            "these Debian packages are missing, and this user may not install them:\n  \
             apt-get install {packages}"
        ))
        .hint("install them, or run `cargo xtask setup` as root")
    })
}

/// Installs the packages, and never removes one to make room.
pub(super) fn install(step: &Step, packages: &[&str]) -> Result<()> {
    may_install(packages)?;
    let install = || {
        let arguments = ["install", "-y", "--no-install-recommends", "--no-remove"];
        logged(step, apt_get()?.args(arguments).args(packages), LIMIT)
    };
    // The first try needs no fresh package lists; most machines that ran it before have them.
    if install().is_err() {
        logged(step, apt_get()?.arg("update"), LIMIT)?;
        install()?;
    }
    Ok(())
}

/// A shell script run as root.
pub(super) fn root_script(script: &str) -> Result<()> {
    let mut shell = root_command("sh")?;
    capture(shell.args(["-ec", script])).map(drop)
}

fn apt_get() -> Result<Command> {
    let mut apt = root_command("env")?;
    apt.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]);
    Ok(apt)
}

fn root_command(program: &str) -> Result<Command> {
    let prefix = as_root().ok_or_else(|| Failure::install("this takes root"))?;
    let words: Vec<&str> = prefix.iter().copied().chain([program]).collect();
    let mut command = command(words[0]);
    command.args(&words[1..]);
    Ok(command)
}

/// What to put before a command so that it runs as root; none where that is not allowed.
fn as_root() -> Option<&'static [&'static str]> {
    if env::var_os("TSUTSUMI_NO_INSTALL").is_some() || !Path::new("/usr/bin/apt-get").exists() {
        return None;
    }
    if capture(command("id").arg("-u")).is_ok_and(|id| id.trim() == "0") {
        return Some(&[]);
    }
    works(command("sudo").args(["-n", "true"])).then_some(&["sudo", "-n"])
}
