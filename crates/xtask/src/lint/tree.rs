//! Rules for dependencies: few crates under the core, and one direction inside the repository.

use std::collections::BTreeSet;

use super::tracked;
use crate::failure::Result;
use crate::place;
use crate::process::{capture, command};
use crate::say::ready;
use crate::toolchain::WASM_TARGET;

const CRATES_MAX: usize = 30;
/// Crates that nothing here may be built on, not even optionally: `rsa` leaks private keys through
/// the time that it takes (RUSTSEC-2023-0071).
const FORBIDDEN: [&str; 1] = ["rsa"];

/// Says which rules are broken, and prints the crates that the core is built on.
pub(super) fn check() -> Result<Vec<String>> {
    let mut cargo = command("cargo");
    cargo.args([
        "tree",
        "--package",
        "tsutsumi",
        "--target",
        WASM_TARGET,
        "--prefix",
        "none",
    ]);
    // Macros run in the compiler and are no part of the module.
    let tree = capture(cargo.args(["--edges", "normal,no-proc-macro"]))?;
    let crates = crates(&tree);
    ready(
        "crates under the core",
        &format!("{} of {CRATES_MAX} at most", crates.len()),
    );
    for line in crates.iter().collect::<Vec<_>>().chunks(6) {
        println!(
            "  {}",
            line.iter()
                .map(|name| name.as_str())
                .collect::<Vec<_>>()
                .join(", ")
        );
    }
    let mut problems = Vec::new();
    if crates.len() > CRATES_MAX {
        problems.push(format!("the core stands on {} crates", crates.len()));
    }
    problems.extend(forbidden(&place::read(&place::root().join("Cargo.lock"))?));
    for path in tracked()? {
        if path.starts_with("src/") && path.ends_with(".rs") {
            problems.extend(upward(&path, &place::read(&place::root().join(&path))?));
        }
    }
    Ok(problems)
}

/// Forbidden crates in the lock file.
fn forbidden(lock: &str) -> Vec<String> {
    let locked = |name: &&&str| lock.contains(&format!("name = \"{name}\"\n"));
    let found = FORBIDDEN.iter().filter(locked);
    found
        .map(|name| format!("Cargo.lock: the crate `{name}` is not to be used"))
        .collect()
}

/// The crates of a tree, without the one at its root.
fn crates(tree: &str) -> BTreeSet<String> {
    let names = tree
        .lines()
        .skip(1)
        .filter_map(|line| line.split_whitespace().next());
    names.map(str::to_owned).collect()
}

/// Uses of the bindings outside of them: nothing in the core may know that they exist.
fn upward(path: &str, text: &str) -> Vec<String> {
    if path.starts_with("src/wasm") {
        return Vec::new();
    }
    let used = |line: &str| {
        ["crate::wasm", "wasm_bindgen"]
            .iter()
            .any(|name| line.contains(name))
    };
    let lines = text.lines().enumerate().filter(|(_, line)| used(line));
    lines
        .map(|(at, _)| format!("{path}:{}: uses the bindings", at + 1))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates_are_counted_once_and_the_root_not_at_all() {
        let tree = "tsutsumi v0.1.0 (/somewhere)\naes v0.9.4\ncipher v0.5.2\ncipher v0.5.2 (*)\n";
        assert_eq!(crates(tree).len(), 2);
    }

    #[test]
    fn a_forbidden_crate_is_found_in_the_lock_file() {
        assert_eq!(forbidden("[[package]]\nname = \"rsa\"\n").len(), 1);
        assert!(forbidden("[[package]]\nname = \"rsa-like\"\n").is_empty());
    }

    #[test]
    fn the_core_may_not_use_its_bindings() {
        assert_eq!(upward("src/seal.rs", "use crate::wasm::Sealer;\n").len(), 1);
        assert!(upward("src/wasm/sealer.rs", "use crate::wasm::Sealer;\n").is_empty());
        assert!(upward("src/lib.rs", "mod wasm;\n").is_empty());
    }
}
