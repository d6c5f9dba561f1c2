//! A standard library for wasm32-unknown-unknown: from rustup, or built from Debian's sources.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Need, apt};
use crate::failure::{Failure, Result};
use crate::place;
use crate::process::{capture, command, logged};
use crate::say::Step;
use crate::toolchain::{DEBIAN, Toolchain, WASM_TARGET, has_rustup};

const PACKAGES: [&str; 5] = [
    "rustc-web",
    "cargo-web",
    "rust-web-src",
    "rust-web-llvm",
    "lld-22",
];
const RUSTC: &str = "/usr/bin/rustc";
const CARGO: &str = "/usr/bin/cargo";
const DOWNLOAD_LIMIT: Duration = Duration::from_mins(5);
const BUILD_LIMIT: Duration = Duration::from_mins(15);

/// A compiler that builds WebAssembly.
pub(super) fn target() -> Need {
    Need {
        name: WASM_TARGET.to_owned(),
        doing: "asking rustup; if it has none, from Debian's sources, about 2 min".to_owned(),
        packages: &[],
        found: Box::new(|| Toolchain::for_wasm()?.version().ok()),
        make: Box::new(make),
    }
}

fn make(step: &Step) -> Result<()> {
    if has_rustup() {
        let mut rustup = command("rustup");
        let added = logged(
            step,
            rustup.args(["target", "add", WASM_TARGET]),
            DOWNLOAD_LIMIT,
        );
        if added.is_ok() && Toolchain::Current.builds_wasm() {
            return Ok(());
        }
    }
    apt::may_install(&PACKAGES).map_err(|failure| {
        failure.hint(format!(
            "`rustup target add {WASM_TARGET}` does as well where it works; otherwise install \
             them and run `cargo xtask setup` once as root"
        ))
    })?;
    from_debian(step)
}

fn from_debian(step: &Step) -> Result<()> {
    apt::install(step, &PACKAGES)?;
    let built = build(step)?;
    let to = format!("/usr/lib/rustlib/{WASM_TARGET}/lib");
    // Libraries of an earlier compiler would be candidates too: they have to go.
    let from = built.display();
    apt::root_script(&format!(
        "mkdir -p {to}; rm -f {to}/*.rlib; cp '{from}'/*.rlib {to}/"
    ))?;
    // What was compiled against an earlier one does not link with it.
    let stale = place::target().join(WASM_TARGET);
    if stale.exists() {
        fs::remove_dir_all(stale)?;
    }
    if has_rustup() {
        capture(command("rustup").args(["toolchain", "link", DEBIAN, "/usr"]))?;
    }
    Ok(())
}

/// Builds the standard library with the compiler that its sources belong to.
fn build(step: &Step) -> Result<PathBuf> {
    let copy = place::state().join("std");
    if copy.exists() {
        fs::remove_dir_all(&copy)?;
    }
    fs::create_dir_all(&copy)?;
    let sources = sources()?;
    let mut copying = command("cp");
    logged(step, copying.arg("-r").arg(sources).arg(&copy), BUILD_LIMIT)?;

    let library = copy.join("library");
    // Paths of sources end up in messages; these names say what they are on any machine.
    let library_flag = format!("--remap-path-prefix={}=/rustc/std", library.display());
    let registry = place::cargo_home().join("registry/src");
    let registry_flag = format!("--remap-path-prefix={}=crates", registry.display());
    let flags = [
        "-Zforce-unstable-if-unmarked",
        "-Cembed-bitcode=yes",
        &library_flag,
        &registry_flag,
    ];
    let mut cargo = command(CARGO);
    cargo.args(["build", "--release", "--target", WASM_TARGET]);
    cargo.args(["--features", "compiler-builtins-mem", "--manifest-path"]);
    cargo
        .arg(library.join("sysroot/Cargo.toml"))
        .arg("--target-dir")
        .arg(copy.join("target"));
    cargo
        .env("PATH", "/usr/bin:/bin")
        .env("RUSTC", RUSTC)
        .env("RUSTC_BOOTSTRAP", "1");
    cargo
        .env_remove("RUSTFLAGS")
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
    logged(step, &mut cargo, BUILD_LIMIT)?;
    Ok(copy.join("target").join(WASM_TARGET).join("release/deps"))
}

/// The sources of exactly the version that Debian's compiler has.
fn sources() -> Result<PathBuf> {
    let version = capture(command(RUSTC).arg("--version"))?;
    let number = version.split_whitespace().nth(1).unwrap_or_default();
    let path = Path::new("/usr/src")
        .join(format!("rustc-{number}"))
        .join("library");
    if path.is_dir() {
        return Ok(path);
    }
    Err(Failure::failed(format!(
        "`{}` is missing although rust-web-src is there",
        path.display()
    )))
}
