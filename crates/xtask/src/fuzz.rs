//! `cargo xtask fuzz`: every parser of the core under libFuzzer.
//!
//! A stable compiler does: the passes that libFuzzer needs are asked for by name, and
//! AddressSanitizer is not wanted, since the core forbids unsafe code. libFuzzer itself is compiled
//! by a C++ compiler.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::failure::{Failure, Result};
use crate::place;
use crate::process::{capture, command, logged};
use crate::say::{Step, ready};
use crate::test::count::Count;

/// What the compiler is told besides: coverage for libFuzzer, and that there is no cipher.
const FLAGS: [&str; 6] = [
    "--cfg=fuzzing",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
];

const FOLDER: &str = "tests/fuzz";
const LIMIT: Duration = Duration::from_mins(30);

/// Executions of each target in the tests, and of the control, which has to find its bug in them.
const RUNS_SMOKE: u64 = 50_000;
const RUNS_CONTROL: u64 = 3_000_000;

/// Executions of the long run: the parser of headers, and every other target.
const RUNS_HEADER: u64 = 50_000_000;
const RUNS_LONG: u64 = 1_000_000;

/// The target with a bug in it.
const CONTROL: &str = "planted";

/// How often a target is run.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Runs {
    Smoke,
    Long,
    Exactly(u64),
}

/// What is to be run.
#[derive(Debug, Eq, PartialEq)]
struct Wanted {
    targets: Vec<String>,
    runs: Runs,
}

/// Fuzzes the targets that are named, or all.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let wanted = Wanted::read(arguments)?;
    let program = build()?;
    let count = wanted.run(&program)?;
    println!("\nfuzz: {count}");
    match count.failed {
        0 => Ok(()),
        _ => Err(Failure::failed("a fuzzer found something")
            .hint("the input is in target/fuzz/artifacts; run the target on it to see it again")),
    }
}

/// A short run of every target, and of the control.
pub(crate) fn smoke() -> Result<Count> {
    let wanted = Wanted {
        targets: targets(),
        runs: Runs::Smoke,
    };
    wanted.run(&build()?)
}

/// Every target has a folder of inputs to start from.
fn targets() -> Vec<String> {
    let corpus = place::root().join(FOLDER).join("corpus");
    let mut names: Vec<String> = fs::read_dir(corpus)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

impl Wanted {
    fn read(arguments: &[String]) -> Result<Self> {
        let (mut chosen, mut runs) = (Vec::new(), Runs::Smoke);
        let known = targets();
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            match argument.as_str() {
                "--long" => runs = Runs::Long,
                "--runs" => {
                    let number = rest
                        .next()
                        .and_then(|text| text.replace('_', "").parse().ok());
                    let wrong = || Failure::usage("`--runs` wants a number");
                    runs = Runs::Exactly(number.ok_or_else(wrong)?);
                }
                name if known.iter().any(|other| other == name) => chosen.push(name.to_owned()),
                other => {
                    return Err(Failure::usage(format!("there is no target `{other}`"))
                        .hint(format!("the targets are {}", known.join(", "))));
                }
            }
        }
        let targets = if chosen.is_empty() { known } else { chosen };
        Ok(Self { targets, runs })
    }

    fn run(&self, program: &PathBuf) -> Result<Count> {
        let mut count = Count::default();
        for target in &self.targets {
            let runs = match self.runs {
                _ if target == CONTROL => RUNS_CONTROL,
                Runs::Smoke => RUNS_SMOKE,
                Runs::Long if target == "header" => RUNS_HEADER,
                Runs::Long => RUNS_LONG,
                Runs::Exactly(runs) => runs,
            };
            count.add(fuzz(program, target, runs)?);
        }
        count.add_failure_if_empty();
        Ok(count)
    }
}

/// Runs one target; whether it came out as it should.
fn fuzz(program: &PathBuf, target: &str, runs: u64) -> Result<bool> {
    let scratch = place::target().join("fuzz");
    let (found, artifacts) = (
        scratch.join("corpus").join(target),
        scratch.join("artifacts"),
    );
    fs::create_dir_all(&found)?;
    fs::create_dir_all(&artifacts)?;
    let mut fuzzer = command(program);
    fuzzer
        .env("TSUTSUMI_FUZZ_TARGET", target)
        .args([&format!("-runs={runs}"), "-seed=1", "-max_len=4096"])
        .args(["-print_final_stats=1", "-timeout=20", "-rss_limit_mb=1024"])
        .arg(format!(
            "-artifact_prefix={}/{target}-",
            artifacts.display()
        ))
        .arg(found)
        .arg(place::root().join(FOLDER).join("corpus").join(target));
    let output = fuzzer.output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    let crashed = !output.status.success();
    let passed = if target == CONTROL {
        ready(
            target,
            if crashed {
                "found, as it has to be"
            } else {
                "NOT FOUND"
            },
        );
        crashed && said.contains("the planted bug")
    } else {
        let (executed, rate) = (
            stat(&said, "executed_units"),
            stat(&said, "average_exec_per_sec"),
        );
        // Of a run under a second libFuzzer knows no rate.
        let rate = if rate > 0 {
            format!(", {rate} a second")
        } else {
            String::new()
        };
        ready(target, &format!("{executed} executions{rate}"));
        !crashed && executed >= runs
    };
    if !passed {
        println!("{said}");
    }
    Ok(passed)
}

/// A number of libFuzzer's closing statistics.
fn stat(said: &str, name: &str) -> u64 {
    let line = said
        .lines()
        .find(|line| line.starts_with("stat::") && line.contains(name));
    let number = line.and_then(|line| line.rsplit(' ').next()?.parse().ok());
    number.unwrap_or(0)
}

/// Builds the program that has all targets.
fn build() -> Result<PathBuf> {
    let host = host()?;
    let folder = place::target().join("fuzz");
    let step = Step::start("fuzz targets", "compiling, about 1 min at first");
    let mut cargo = command("cargo");
    cargo
        .args(["build", "--release", "--target", &host, "--manifest-path"])
        .arg(place::root().join(FOLDER).join("Cargo.toml"))
        .arg("--target-dir")
        .arg(&folder)
        .env("RUSTFLAGS", FLAGS.join(" "))
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    logged(&step, &mut cargo, LIMIT)?;
    step.done("built");
    Ok(folder.join(host).join("release/tsutsumi-fuzz"))
}

/// This machine, as the compiler calls it: named, so that build scripts go without the flags.
fn host() -> Result<String> {
    let version = capture(Command::new("rustc").arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned)
        .ok_or_else(|| Failure::failed("`rustc -vV` names no host"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Wanted> {
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        Wanted::read(&words)
    }

    #[test]
    fn no_target_means_all_of_them_and_the_control_is_among_them() {
        let all = read("").unwrap();
        assert_eq!(all.runs, Runs::Smoke);
        assert!(all.targets.len() > 10);
        assert!(all.targets.iter().any(|target| target == CONTROL));
    }

    #[test]
    fn targets_and_runs_are_read_and_others_refused() {
        let one = read("header --runs 1_000").unwrap();
        assert_eq!(one.targets, ["header"]);
        assert_eq!(one.runs, Runs::Exactly(1000));
        assert_eq!(read("--long").unwrap().runs, Runs::Long);
        assert!(read("heeder").is_err());
        assert!(read("--runs many").is_err());
    }

    #[test]
    fn statistics_are_read() {
        let said =
            "#5 DONE\nstat::number_of_executed_units: 5\nstat::average_exec_per_sec:     7\n";
        assert_eq!(
            (
                stat(said, "executed_units"),
                stat(said, "average_exec_per_sec")
            ),
            (5, 7)
        );
        assert_eq!(stat("", "executed_units"), 0);
    }
}
