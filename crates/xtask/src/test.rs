//! `cargo xtask test`: every suite, with its counts; a suite that ran nothing has failed.

pub(crate) mod count;
pub(crate) mod service;
mod suite;

use std::time::{Duration, Instant};

use self::count::Count;
use self::suite::{SUITES, Suite};
use crate::build;
use crate::failure::{Failure, Result};
use crate::say::elapsed;
use crate::setup::{self, Scope};
use crate::sweep;

/// Has the suites of [`MATRIX_SUITES`] run in every runtime and bundler.
const MATRIX_FLAG: &str = "--runtimes";
const MATRIX_SUITES: [&str; 2] = ["runtimes", "packaging"];

/// One suite's row of the closing table.
struct Row {
    name: &'static str,
    count: Count,
    took: Duration,
}

/// The names of all suites.
fn names() -> Vec<&'static str> {
    SUITES.iter().map(|suite| suite.name).collect()
}

/// One line about each suite.
pub(crate) fn describe() -> String {
    let line = |suite: &Suite| format!("  {:<9} {}\n", suite.name, suite.what);
    SUITES.iter().map(line).collect()
}

/// Sets up, builds, and runs the suites that are named, or all of them.
pub(crate) fn run(wanted: &[String]) -> Result<()> {
    let (flags, wanted): (Vec<String>, Vec<String>) = wanted
        .iter()
        .cloned()
        .partition(|argument| argument == MATRIX_FLAG);
    let matrix = !flags.is_empty();
    let suites = select(&if matrix && wanted.is_empty() {
        MATRIX_SUITES.map(str::to_owned).to_vec()
    } else {
        wanted
    })?;
    sweep::leftovers();
    setup::run(if matrix { Scope::Matrix } else { Scope::Test })?;
    build::all(false)?;
    let mut rows = Vec::new();
    for suite in suites {
        println!("\n── {} ── {}, {}", suite.name, suite.what, suite.about);
        let started = Instant::now();
        let count = suite.run(matrix);
        let took = started.elapsed();
        println!("{}: {count}", suite.name);
        if count.failed > 0 {
            println!("run this suite alone: cargo xtask test {}", suite.name);
        }
        rows.push(Row {
            name: suite.name,
            count,
            took,
        });
    }
    close(&rows)
}

fn select(wanted: &[String]) -> Result<Vec<&'static Suite>> {
    for name in wanted {
        if !names().contains(&name.as_str()) {
            return Err(Failure::usage(format!("there is no suite `{name}`"))
                .hint(format!("the suites are {}", names().join(", "))));
        }
    }
    let asked = |suite: &&Suite| wanted.is_empty() || wanted.iter().any(|name| name == suite.name);
    Ok(SUITES.iter().filter(asked).collect())
}

fn close(rows: &[Row]) -> Result<()> {
    println!(
        "\n{:<12} {:>8} {:>8} {:>8}  time",
        "suite", "passed", "failed", "skipped"
    );
    let mut total = Count::default();
    for Row { name, count, took } in rows {
        let Count {
            passed,
            failed,
            skipped,
        } = count;
        println!(
            "{name:<12} {passed:>8} {failed:>8} {skipped:>8}  {}",
            elapsed(*took)
        );
        total.join(count);
    }
    println!("\n{total}");
    let failed: Vec<&str> = rows
        .iter()
        .filter(|row| row.count.failed > 0)
        .map(|row| row.name)
        .collect();
    if failed.is_empty() {
        return Ok(());
    }
    let failed = failed.join(" ");
    Err(Failure::failed("some suites failed")
        .hint(format!("run them alone with `cargo xtask test {failed}`")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_suite_is_an_error_that_lists_the_suites() {
        let text = select(&["chrome".to_owned()]).err().unwrap().to_string();
        assert!(text.contains("`chrome`") && text.contains("chromium, firefox"));
    }

    #[test]
    fn no_name_means_every_suite() {
        assert_eq!(select(&[]).unwrap().len(), SUITES.len());
        assert_eq!(select(&["native".to_owned()]).unwrap().len(), 1);
    }

    #[test]
    fn the_suites_of_the_matrix_exist() {
        let names = MATRIX_SUITES.map(str::to_owned);
        assert_eq!(select(&names).unwrap().len(), names.len());
    }

    #[test]
    fn one_failed_suite_fails_the_run() {
        let row = |failed| Row {
            name: "native",
            count: Count {
                passed: 1,
                failed,
                skipped: 0,
            },
            took: Duration::ZERO,
        };
        assert!(close(&[row(0), row(0)]).is_ok());
        assert!(close(&[row(0), row(1)]).is_err());
    }
}
