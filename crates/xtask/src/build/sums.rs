//! pkg/SHA256SUMS: what the modules are, built from these sources with the versions it names.

use std::path::PathBuf;

use super::{MODULES, Versions};
use crate::failure::Result;
use crate::measure::{Measure, measure};
use crate::place;
use crate::say::ready;

const NAME: &str = "pkg/SHA256SUMS";

/// How the built modules compare with the recorded sums.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Verdict {
    /// Byte for byte as recorded.
    Same,
    /// Built with the same versions, and yet these files differ.
    Different(Vec<String>),
    /// Recorded with other versions, which give other bytes.
    OtherVersions(String),
    /// Nothing is recorded.
    NotRecorded,
}

/// Writes the sums of the modules as they are.
pub(crate) fn record() -> Result<()> {
    place::write(&file(), render(&Versions::current()?, &modules()?))?;
    ready(NAME, "recorded");
    Ok(())
}

/// Says how the modules compare; a difference is no error here, for sources change all the time.
pub(crate) fn report() -> Result<()> {
    let text = match compare()? {
        Verdict::Same => "the modules are as recorded".to_owned(),
        Verdict::Different(files) => format!(
            "{} changed; `cargo xtask build --record` records that",
            files.join(", ")
        ),
        Verdict::OtherVersions(versions) => format!("not compared, recorded with {versions}"),
        Verdict::NotRecorded => "nothing recorded; `cargo xtask build --record` does".to_owned(),
    };
    ready(NAME, &text);
    Ok(())
}

/// Compares the modules with the recorded sums.
pub(crate) fn compare() -> Result<Verdict> {
    match file().exists() {
        true => Ok(judge(
            &place::read(&file())?,
            &Versions::current()?,
            &modules()?,
        )),
        false => Ok(Verdict::NotRecorded),
    }
}

fn judge(recorded: &str, versions: &Versions, modules: &[Measure]) -> Verdict {
    let (header, sums) = halves(recorded);
    if header != halves(&render(versions, &[])).0 {
        let names = header.iter().map(|line| line.trim_start_matches("# "));
        return Verdict::OtherVersions(names.collect::<Vec<_>>().join(", "));
    }
    let now = render(versions, modules);
    let changed: Vec<String> = halves(&now)
        .1
        .into_iter()
        .filter(|line| !sums.contains(line))
        .filter_map(|line| Some(line.split_once("  ")?.1.to_owned()))
        .collect();
    if changed.is_empty() {
        Verdict::Same
    } else {
        Verdict::Different(changed)
    }
}

/// The lines about versions, and the lines with sums.
fn halves(text: &str) -> (Vec<&str>, Vec<&str>) {
    text.lines().partition(|line| line.starts_with('#'))
}

/// In the form that `sha256sum --check` reads, which takes lines with `#` for comments.
fn render(versions: &Versions, modules: &[Measure]) -> String {
    let mut text = format!(
        "# {}\n# wasm-bindgen {}\n# binaryen {}\n",
        versions.rustc, versions.bindgen, versions.binaryen
    );
    for module in modules {
        let path = place::shown(&module.path);
        let path = path.trim_start_matches("pkg/");
        text.push_str(&format!("{}  {path}\n", module.sha256));
    }
    text
}

fn modules() -> Result<Vec<Measure>> {
    let files: Vec<PathBuf> = MODULES
        .iter()
        .flat_map(|one| [one.wasm(), one.glue()])
        .collect();
    measure(&files)
}

fn file() -> PathBuf {
    place::root().join(NAME)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn versions(rustc: &str) -> Versions {
        let (bindgen, binaryen) = ("0.2.1".to_owned(), "132.0.0".to_owned());
        Versions {
            rustc: rustc.to_owned(),
            bindgen,
            binaryen,
        }
    }

    fn module(sha256: &str) -> Measure {
        let path = place::root().join("pkg/core/core_bg.wasm");
        Measure {
            path,
            raw: 1,
            gzip: 1,
            sha256: sha256.to_owned(),
        }
    }

    #[test]
    fn equal_sums_are_the_same() {
        let recorded = render(&versions("rustc 1"), &[module("aa")]);
        assert_eq!(
            judge(&recorded, &versions("rustc 1"), &[module("aa")]),
            Verdict::Same
        );
    }

    #[test]
    fn a_changed_module_is_named() {
        let recorded = render(&versions("rustc 1"), &[module("aa")]);
        let verdict = judge(&recorded, &versions("rustc 1"), &[module("bb")]);
        assert_eq!(
            verdict,
            Verdict::Different(vec!["core/core_bg.wasm".to_owned()])
        );
    }

    #[test]
    fn sums_of_another_compiler_are_not_compared() {
        let recorded = render(&versions("rustc 1"), &[module("aa")]);
        let verdict = judge(&recorded, &versions("rustc 2"), &[module("bb")]);
        assert!(matches!(verdict, Verdict::OtherVersions(names) if names.contains("rustc 1")));
    }
}
