//! Which Rust compiler builds the WebAssembly.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::failure::Result;
use crate::place;
use crate::process::{command, search_path, works};

/// The target of the WebAssembly modules.
pub(crate) const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// The name under which Debian's compiler is known to rustup.
pub(crate) const DEBIAN: &str = "debian";

/// A compiler that may be able to build WebAssembly.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Toolchain {
    /// The one that this program was started with.
    Current,
    /// Debian's, beside one that rustup keeps.
    Debian,
}

impl Toolchain {
    /// The compiler that can build WebAssembly, if there is one.
    pub(crate) fn for_wasm() -> Option<Self> {
        [Self::Current, Self::Debian]
            .into_iter()
            .find(|toolchain| toolchain.builds_wasm())
    }

    /// A command that uses this compiler.
    pub(crate) fn command(self, program: &str) -> Command {
        let mut command = command(program);
        if self == Self::Debian {
            if has_rustup() {
                command.env("RUSTUP_TOOLCHAIN", DEBIAN);
            } else {
                let first = [place::tools().join("bin"), PathBuf::from("/usr/bin")];
                command.env("PATH", search_path(&first));
            }
        }
        command
    }

    /// The compiler's own name and version, as it prints them.
    pub(crate) fn version(self) -> Result<String> {
        let version = crate::process::capture(self.command("rustc").arg("--version"))?;
        Ok(version.trim().to_owned())
    }

    /// Tries it out: a library that needs `std`, compiled and linked.
    pub(crate) fn builds_wasm(self) -> bool {
        let out = place::state().join(format!("probe-{self:?}.wasm"));
        if place::write(&out, "").is_err() {
            return false;
        }
        let mut rustc = self.command("rustc");
        rustc.args([
            "--target",
            WASM_TARGET,
            "--crate-type",
            "cdylib",
            "--crate-name",
            "probe",
        ]);
        rustc.arg("-o").arg(&out).arg("-").stdin(Stdio::piped());
        let Ok(mut child) = rustc.stdout(Stdio::null()).stderr(Stdio::null()).spawn() else {
            return false;
        };
        let source = b"pub extern \"C\" fn probe() -> usize { String::from(\"probe\").len() }";
        let written = child
            .stdin
            .take()
            .is_some_and(|mut input| input.write_all(source).is_ok());
        child.wait().is_ok_and(|status| status.success()) && written
    }
}

/// Whether rustup manages the compilers of this machine.
pub(crate) fn has_rustup() -> bool {
    works(command("rustup").arg("--version"))
}
