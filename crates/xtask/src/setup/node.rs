//! Node.js and the npm packages that the SDK is built and tested with.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Need;
use crate::failure::Failure;
use crate::place;
use crate::process::{capture, command, logged};
use crate::stamp::{Key, Stamp};

const NODE_MAJOR_MIN: u32 = 20;
const LIMIT: Duration = Duration::from_mins(10);

/// Node.js itself, which is found but never installed: Debian's may be too old.
pub(super) fn program() -> Need {
    Need {
        name: "node".to_owned(),
        doing: "looking for Node.js".to_owned(),
        packages: &[],
        found: Box::new(|| {
            let node = capture(command("node").arg("--version")).ok()?;
            let npm = capture(command("npm").arg("--version")).ok()?;
            let recent = major(&node)? >= NODE_MAJOR_MIN;
            recent.then(|| format!("node {}, npm {}", node.trim(), npm.trim()))
        }),
        make: Box::new(|_| {
            Err(Failure::install(format!(
                "Node.js {NODE_MAJOR_MIN} or later with npm is missing; install the packages \
                 `nodejs` and `npm` of Debian 13, or a release of Node.js, and put it in `PATH`"
            )))
        }),
    }
}

/// The npm packages of js/package-lock.json.
pub(super) fn packages() -> Need {
    locked("npm packages", || vec![place::js()])
}

/// What only `cargo xtask test --runtimes` installs: half a gigabyte.
const MATRIX: [&str; 2] = ["tests/runtimes/more", "tests/packaging"];

/// The npm packages that only the tests and benchmarks need: what they compare with.
pub(super) fn test_packages() -> Need {
    locked("npm packages, tests", || {
        let all = place::files(&place::root().join("tests"));
        let locks = all
            .iter()
            .filter(|path| path.ends_with("package-lock.json"));
        let folders = locks
            .filter_map(|path| path.parent())
            .map(Path::to_path_buf);
        folders.filter(|folder| !in_matrix(folder)).collect()
    })
}

/// The npm packages of the other runtimes and of the bundlers.
pub(super) fn matrix_packages() -> Need {
    locked("npm packages, matrix", || {
        let folders = MATRIX.iter().map(|folder| place::root().join(folder));
        folders.filter(|folder| folder.is_dir()).collect()
    })
}

fn in_matrix(folder: &Path) -> bool {
    MATRIX
        .iter()
        .any(|other| folder == place::root().join(other))
}

/// The packages that the lock files of `folders` name.
fn locked(name: &'static str, folders: fn() -> Vec<PathBuf>) -> Need {
    Need {
        name: name.to_owned(),
        doing: "npm ci, about 20 s".to_owned(),
        packages: &[],
        found: Box::new(move || {
            let folders = folders();
            let installed = folders
                .iter()
                .all(|folder| stamp(folder).holds(&[&marker(folder)]));
            let names: Vec<String> = folders.iter().map(|folder| place::shown(folder)).collect();
            installed.then(|| match names[..] {
                [] => "none are needed".to_owned(),
                _ => format!("as the lock file says: {}", names.join(", ")),
            })
        }),
        make: Box::new(move |step| {
            for folder in folders() {
                let mut npm = command("npm");
                npm.current_dir(&folder)
                    .args(["ci", "--ignore-scripts", "--no-audit"]);
                logged(step, npm.args(["--no-fund", "--loglevel=error"]), LIMIT)?;
                stamp(&folder).set()?;
            }
            Ok(())
        }),
    }
}

/// The file that npm writes when it has installed a folder's packages.
fn marker(folder: &Path) -> PathBuf {
    folder.join("node_modules/.package-lock.json")
}

fn stamp(folder: &Path) -> Stamp {
    let key = Key::default().path(&folder.join("package-lock.json"));
    Stamp::new(
        &format!("npm-{}", place::shown(folder).replace('/', "-")),
        &key,
    )
}

/// The first number of a version such as `v20.20.2`.
fn major(version: &str) -> Option<u32> {
    version
        .trim()
        .trim_start_matches('v')
        .split('.')
        .next()?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::major;

    #[test]
    fn the_major_version_is_a_number() {
        assert_eq!(major("v20.20.2\n"), Some(20));
        assert_eq!(major("v8.1.0"), Some(8));
        assert_eq!(major("none"), None);
    }
}
