//! Where things are in the repository and what is built where.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::failure::{Failure, Result};

/// The repository.
pub(crate) fn root() -> &'static Path {
    static ROOT: OnceLock<PathBuf> = OnceLock::new();
    ROOT.get_or_init(|| {
        let manifest = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        manifest
            .ancestors()
            .nth(2)
            .unwrap_or(&manifest)
            .to_path_buf()
    })
}

/// Cargo's target folder: the one this program was built into.
pub(crate) fn target() -> &'static Path {
    static TARGET: OnceLock<PathBuf> = OnceLock::new();
    TARGET.get_or_init(|| match env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => root().join(dir),
        None => root().join("target"),
    })
}

/// The folder of the npm package.
pub(crate) fn js() -> PathBuf {
    root().join("js")
}

/// Where stamps, logs and probes of these tasks are kept.
pub(crate) fn state() -> PathBuf {
    target().join("xtask")
}

/// Programs installed for this repository alone.
pub(crate) fn tools() -> PathBuf {
    target().join("tools")
}

/// The Python environment of the tests.
pub(crate) fn venv() -> PathBuf {
    target().join("venv")
}

/// A program of this repository, as the tests start it.
pub(crate) fn built(program: &str) -> PathBuf {
    target().join("debug").join(program)
}

/// Every file under `dir`, sorted; folders that hold no sources are left out.
pub(crate) fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut left = vec![dir.to_path_buf()];
    while let Some(next) = left.pop() {
        let Ok(entries) = fs::read_dir(&next) else {
            continue;
        };
        for entry in entries.flatten() {
            let path = entry.path();
            let name = entry.file_name();
            if path.is_dir() {
                if !matches!(
                    name.to_str(),
                    Some("node_modules" | "target" | "dist" | ".git")
                ) {
                    left.push(path);
                }
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// A path as a reader of the output wants it: relative to the repository.
pub(crate) fn shown(path: &Path) -> String {
    path.strip_prefix(root())
        .unwrap_or(path)
        .display()
        .to_string()
}

/// Where cargo keeps what it downloads.
pub(crate) fn cargo_home() -> PathBuf {
    let home = || PathBuf::from(env::var_os("HOME").unwrap_or_default()).join(".cargo");
    env::var_os("CARGO_HOME").map_or_else(home, PathBuf::from)
}

/// Paths that tell this machine from others: of the repository, of the target folder, of the home.
///
/// A path as short as `/src` or `/` tells nothing, and would be found in innocent text.
pub(crate) fn telling() -> Vec<String> {
    let mut paths = vec![root().to_path_buf(), target().to_path_buf()];
    let variables = ["HOME", "CARGO_HOME", "RUSTUP_HOME"];
    paths.extend(variables.iter().filter_map(env::var_os).map(PathBuf::from));
    paths.retain(|path| path.components().count() > 2);
    paths.sort();
    paths.dedup();
    paths
        .iter()
        .map(|path| format!("{}/", path.display()))
        .collect()
}

/// The file's text.
pub(crate) fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path)
        .map_err(|error| Failure::failed(format!("cannot read `{}`: {error}", shown(path))))
}

/// Writes the file, making its folder first.
pub(crate) fn write(path: &Path, content: impl AsRef<[u8]>) -> Result<()> {
    let written = path.parent().map_or(Ok(()), fs::create_dir_all);
    written
        .and_then(|()| fs::write(path, content))
        .map_err(|error| Failure::failed(format!("cannot write `{}`: {error}", shown(path))))
}
