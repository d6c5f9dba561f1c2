//! Node.js and the npm packages that the SDK is built and tested with.

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
    Need {
        name: "npm packages".to_owned(),
        doing: "npm ci, about 20 s".to_owned(),
        packages: &[],
        found: Box::new(|| installed().then(|| "as js/package-lock.json says".to_owned())),
        make: Box::new(|step| {
            let mut npm = command("npm");
            npm.current_dir(place::js())
                .args(["ci", "--ignore-scripts", "--no-audit"]);
            logged(step, npm.args(["--no-fund", "--loglevel=error"]), LIMIT)?;
            stamp().set()
        }),
    }
}

fn installed() -> bool {
    stamp().holds(&[&place::js().join("node_modules/.package-lock.json")])
}

fn stamp() -> Stamp {
    let js = place::js();
    let key = Key::default()
        .path(&js.join("package-lock.json"))
        .path(&js.join("package.json"));
    Stamp::new("npm-packages", &key)
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
