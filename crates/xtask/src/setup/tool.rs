//! Programs from crates.io, built into target/tools at a pinned version.

use std::time::Duration;

use super::Need;
use crate::failure::Result;
use crate::lock;
use crate::place;
use crate::process::{capture, command, logged};

const WASM_PACK: &str = "0.15.1";
const GECKODRIVER: &str = "0.37.1";
const S3S_FS: &str = "0.14.1";
const LIMIT: Duration = Duration::from_mins(20);

/// wasm-bindgen and its test runner, of the version that the crates are built against.
pub(super) fn wasm_bindgen() -> Result<Need> {
    let version = lock::cargo_version("wasm-bindgen")?;
    Ok(tool(
        "wasm-bindgen",
        "wasm-bindgen-cli",
        version,
        "about 1 min",
    ))
}

/// wasm-pack, which runs tests in browsers.
pub(super) fn wasm_pack() -> Need {
    tool(
        "wasm-pack",
        "wasm-pack",
        WASM_PACK.to_owned(),
        "about 1 min",
    )
}

/// geckodriver, which drives Firefox.
pub(super) fn geckodriver() -> Need {
    tool(
        "geckodriver",
        "geckodriver",
        GECKODRIVER.to_owned(),
        "about 1 min",
    )
}

/// s3s-fs, a server of S3 over a folder, which encrypted buckets are tested against.
pub(super) fn s3s_fs() -> Need {
    tool("s3s-fs", "s3s-fs", S3S_FS.to_owned(), "about 2 min")
}

fn tool(program: &'static str, package: &'static str, version: String, about: &str) -> Need {
    let wanted = version.clone();
    Need {
        name: program.to_owned(),
        doing: format!("building version {version} from crates.io, {about}"),
        packages: &[],
        found: Box::new(move || found(program, &wanted)),
        make: Box::new(move |step| {
            let mut cargo = command("cargo");
            cargo.args([
                "install",
                "--debug",
                "--force",
                package,
                "--version",
                &version,
            ]);
            if package == "wasm-bindgen-cli" {
                cargo.arg("--no-default-features");
            }
            if package == "s3s-fs" {
                // Without optimisation its signatures take most of the tests' time.
                cargo
                    .args(["--features", "binary", "--locked"])
                    .env("CARGO_PROFILE_DEV_OPT_LEVEL", "2");
            }
            cargo.arg("--root").arg(place::tools());
            // One folder for all tools: they share many crates.
            cargo.arg("--target-dir").arg(place::state().join("tools"));
            // Without debug information the build is a third shorter.
            cargo
                .env("CARGO_PROFILE_DEV_DEBUG", "0")
                .env("CARGO_INCREMENTAL", "0");
            logged(step, &mut cargo, LIMIT)
        }),
    }
}

fn found(program: &str, version: &str) -> Option<String> {
    let printed = capture(command(program).arg("--version")).ok()?;
    let first = printed.lines().next()?;
    first
        .split_whitespace()
        .any(|word| word == version)
        .then(|| version.to_owned())
}
