//! rustfmt and clippy.

use super::{Need, apt};
use crate::failure::{Failure, Result};
use crate::process::{command, works};
use crate::say::Step;
use crate::toolchain::{Toolchain, has_rustup};

/// rustfmt, and clippy both for this machine and for WebAssembly.
pub(super) fn lints() -> Need {
    Need {
        name: "rustfmt, clippy".to_owned(),
        doing: "installing".to_owned(),
        packages: &[],
        found: Box::new(|| missing().is_none().then(|| "found".to_owned())),
        make: Box::new(make),
    }
}

fn make(step: &Step) -> Result<()> {
    match missing() {
        Some(Toolchain::Debian) => apt::install(step, &["rust-web-clippy"]),
        Some(Toolchain::Current) if has_rustup() => {
            let add = ["component", "add", "clippy", "rustfmt"];
            if works(command("rustup").args(add)) {
                return Ok(());
            }
            Err(Failure::install(
                "`rustup component add clippy rustfmt` does not work here",
            ))
        }
        Some(Toolchain::Current) => apt::install(step, &["rust-web-clippy", "rustfmt-web"]),
        None => Ok(()),
    }
}

/// The compiler whose lints are missing, if one's are.
fn missing() -> Option<Toolchain> {
    let current = Toolchain::Current;
    let fmt = works(current.command("cargo").args(["fmt", "--version"]));
    if !fmt || !lints_work(current) {
        return Some(current);
    }
    Toolchain::for_wasm().filter(|toolchain| !lints_work(*toolchain))
}

fn lints_work(toolchain: Toolchain) -> bool {
    works(toolchain.command("cargo").args(["clippy", "--version"]))
}
