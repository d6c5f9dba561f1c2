//! Versions that are pinned in lock files.

use crate::failure::{Failure, Result};
use crate::place;

/// The version of `package` in Cargo.lock.
pub(crate) fn cargo_version(package: &str) -> Result<String> {
    let text = place::read(&place::root().join("Cargo.lock"))?;
    cargo_version_in(&text, package)
}

/// The version of the npm package `package` in js/package-lock.json, if it is there.
pub(crate) fn npm_version(package: &str) -> Result<Option<String>> {
    let path = place::js().join("package-lock.json");
    Ok(npm_version_in(&place::read(&path)?, package))
}

fn cargo_version_in(lock: &str, package: &str) -> Result<String> {
    let name = format!("name = \"{package}\"");
    let versions: Vec<&str> = lock
        .split("[[package]]")
        .filter(|entry| entry.lines().any(|line| line == name))
        .filter_map(|entry| {
            entry
                .lines()
                .find_map(|line| line.strip_prefix("version = \""))
        })
        .map(|rest| rest.trim_end_matches('"'))
        .collect();
    match versions[..] {
        [version] => Ok(version.to_owned()),
        [] => Err(Failure::failed(format!("Cargo.lock names no `{package}`"))),
        _ => Err(Failure::failed(format!(
            "Cargo.lock names several versions of `{package}`"
        ))),
    }
}

fn npm_version_in(lock: &str, package: &str) -> Option<String> {
    let entry = format!("\"node_modules/{package}\": {{");
    let rest = lock.split_once(&entry)?.1;
    let version = rest.split_once("\"version\": \"")?.1;
    Some(version.split_once('"')?.0.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = "version = 4\n\n[[package]]\nname = \"twice\"\nversion = \"1.0.0\"\n\n\
        [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\ndependencies = [\n \"once\",\n\
        ]\n\n[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"0.2.131\"\n\n\
        [[package]]\nname = \"twice\"\nversion = \"2.0.0\"\n";

    #[test]
    fn the_version_is_that_of_the_package_and_of_no_namesake() {
        assert_eq!(cargo_version_in(LOCK, "wasm-bindgen").unwrap(), "0.2.130");
    }

    #[test]
    fn a_package_that_is_absent_or_there_twice_is_refused() {
        assert!(cargo_version_in(LOCK, "once").is_err());
        assert!(cargo_version_in(LOCK, "twice").is_err());
    }

    #[test]
    fn the_lock_file_of_this_repository_is_understood() {
        assert!(cargo_version("wasm-bindgen").unwrap().starts_with("0.2."));
    }

    #[test]
    fn npm_versions_are_read_too() {
        let lock = "\"node_modules/binaryen\": {\n \"version\": \"132.0.0\",\n \"dev\": true }";
        assert_eq!(npm_version_in(lock, "binaryen").as_deref(), Some("132.0.0"));
        assert_eq!(npm_version_in(lock, "other"), None);
    }
}
