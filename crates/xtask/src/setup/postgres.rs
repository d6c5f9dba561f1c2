//! PostgreSQL of Debian: tests of the service start servers of their own from it.

use std::fs;
use std::path::PathBuf;

use super::{Need, apt};
use crate::process::{capture, command};

/// Where Debian installs each version, in a folder of its own.
const VERSIONS: &str = "/usr/lib/postgresql";
const PACKAGES: &[&str] = &["postgresql"];

/// A server, and the programs that make a database cluster and copy databases.
pub(super) fn server() -> Need {
    Need {
        name: "postgresql".to_owned(),
        doing: "installing from Debian, about 30 s".to_owned(),
        packages: PACKAGES,
        found: Box::new(|| {
            let server = newest()?.join("bin/postgres");
            let version = capture(command(server).arg("--version")).ok()?;
            Some(version.trim().to_owned())
        }),
        make: Box::new(|step| apt::install(step, PACKAGES)),
    }
}

fn newest() -> Option<PathBuf> {
    let version = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u32>().ok();
    let folders = fs::read_dir(VERSIONS).ok()?.filter_map(Result::ok);
    folders
        .map(|entry| entry.path())
        .filter(|path| path.join("bin/initdb").exists() && version(path).is_some())
        .max_by_key(version)
}
