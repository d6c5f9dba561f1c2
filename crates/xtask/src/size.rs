//! `cargo xtask size`: how large the package is, and what must not be in it.

mod forbidden;

use std::path::PathBuf;

use crate::build::sums::{self, Verdict};
use crate::build::{self, MODULES};
use crate::failure::{Failure, Result};
use crate::measure::{Measure, measure, measure_entries};
use crate::place;
use crate::say::ready;

const KB: u64 = 1_000;

/// The most that a file may weigh.
struct Budget {
    raw: u64,
    gzip: u64,
}

const CORE: Budget = Budget {
    raw: 110 * KB,
    gzip: 45 * KB,
};

/// Builds, measures, and fails past a budget or on a forbidden string.
pub(crate) fn run() -> Result<()> {
    build::run(false)?;
    println!("\n{:<44} {:>10} {:>10}", "", "raw", "gzip");
    let modules = measure(&MODULES.iter().map(build::Module::wasm).collect::<Vec<_>>())?;
    modules.iter().for_each(print);
    let entries = entries()?;
    if entries.is_empty() {
        return Err(Failure::failed(
            "js/package.json exports nothing that is in js/dist",
        ));
    }
    println!("entries, each with all that it imports");
    measure_entries(&entries)?.iter().for_each(print);
    println!();

    let mut problems = over_budget(&modules[0], &CORE);
    problems.extend(forbidden::check(&modules)?);
    problems.extend(changed()?);
    if problems.is_empty() {
        return Ok(());
    }
    Err(Failure::failed(problems.join("\n       ")))
}

fn over_budget(file: &Measure, budget: &Budget) -> Vec<String> {
    let name = place::shown(&file.path);
    let sizes = [
        ("raw", file.raw, budget.raw),
        ("under gzip", file.gzip, budget.gzip),
    ];
    let mut problems = Vec::new();
    for (what, size, most) in sizes {
        if size > most {
            problems.push(format!(
                "`{name}` has {size} bytes {what}, more than {most}"
            ));
        } else {
            ready("budget", &format!("{name}: {size} of {most} bytes {what}"));
        }
    }
    problems
}

fn changed() -> Result<Option<String>> {
    Ok(match sums::compare()? {
        Verdict::Same => None,
        Verdict::OtherVersions(_) => None,
        Verdict::Different(files) => Some(format!(
            "pkg/SHA256SUMS is of another build: {} (`cargo xtask build --record`)",
            files.join(", ")
        )),
        Verdict::NotRecorded => Some("pkg/SHA256SUMS is missing".to_owned()),
    })
}

/// The files that js/package.json exports under `default`.
fn entries() -> Result<Vec<PathBuf>> {
    let package = place::read(&place::js().join("package.json"))?;
    Ok(exported(&package)
        .into_iter()
        .map(|path| place::js().join(path))
        .collect())
}

fn exported(package: &str) -> Vec<&str> {
    let exports = package
        .split_once("\"exports\"")
        .map_or("", |(_, rest)| rest);
    let lines = exports.lines().map(str::trim);
    lines
        .filter_map(|line| line.strip_prefix("\"default\": \"./")?.split('"').next())
        .collect()
}

fn print(file: &Measure) {
    let name = place::shown(&file.path);
    println!(
        "{name:<44} {:>10} {:>10}",
        kilobytes(file.raw),
        kilobytes(file.gzip)
    );
}

fn kilobytes(bytes: u64) -> String {
    format!("{}.{} KB", bytes / KB, bytes % KB / 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(raw: u64, gzip: u64) -> Measure {
        Measure {
            path: PathBuf::from("core_bg.wasm"),
            raw,
            gzip,
            sha256: String::new(),
        }
    }

    #[test]
    fn a_file_at_its_budget_passes() {
        assert!(over_budget(&file(110_000, 45_000), &CORE).is_empty());
    }

    #[test]
    fn a_byte_more_does_not() {
        assert_eq!(over_budget(&file(110_001, 45_000), &CORE).len(), 1);
        assert_eq!(over_budget(&file(110_001, 45_001), &CORE).len(), 2);
    }

    #[test]
    fn the_default_exports_are_the_entries() {
        let package = "{ \"main\": \"./dist/no.js\", \"exports\": { \".\": {\n \
            \"types\": \"./dist/a.d.ts\",\n \"default\": \"./dist/a.js\"\n },\n \
            \"./b\": {\n \"default\": \"./dist/b.js\"\n } } }";
        assert_eq!(exported(package), ["dist/a.js", "dist/b.js"]);
    }

    #[test]
    fn kilobytes_are_a_thousand_bytes() {
        assert_eq!(kilobytes(41_960), "41.9 KB");
    }
}
