//! How many tests ran, read from what the test programs print.

use std::fmt::{self, Display, Formatter};

/// Counts of one suite.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Count {
    /// Tests that passed.
    pub(crate) passed: u64,
    /// Tests that failed, or reasons why the suite itself did.
    pub(crate) failed: u64,
    /// Tests that were left out.
    pub(crate) skipped: u64,
}

impl Count {
    /// Reads the counts of a run and judges it: `floor` tests at least have to pass.
    ///
    /// A run that exits with another code than 0 although no test failed, or that ran too few
    /// tests, has failed once.
    pub(crate) fn of(output: &str, success: bool, floor: u64) -> Self {
        let mut count = Self::read(output);
        if !success && count.failed == 0 {
            println!("the run ended badly although no test is known to have failed");
            count.failed = 1;
        }
        if count.passed + count.failed == 0 {
            println!("the run ran no test at all");
        }
        if count.passed + count.failed < floor {
            println!("{floor} tests at least have to run");
            count.failed += 1;
        }
        count
    }

    /// Counts it as a failure that nothing ran.
    pub(crate) fn add_failure_if_empty(&mut self) {
        if self.passed + self.failed == 0 {
            println!("there was nothing to run");
            self.failed = 1;
        }
    }

    /// Adds one check.
    pub(crate) fn add(&mut self, passed: bool) {
        if passed {
            self.passed += 1;
        } else {
            self.failed += 1;
        }
    }

    /// Adds the counts of another run.
    pub(crate) fn join(&mut self, other: &Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }

    /// Reads the counts, in the first of these forms that the output has: the summaries of
    /// Rust's test harness, added up; a last line `N passed, N failed`; lines with a name before
    /// that, added up; the last summary of pytest; the summary of Node's test runner.
    fn read(output: &str) -> Self {
        let plain: String = without_colours(output);
        let lines: Vec<&str> = plain.lines().map(str::trim).collect();
        let mut count = Self::default();
        let mut known = false;
        for part in lines.iter().filter_map(|line| harness(line)) {
            count.join(&part);
            known = true;
        }
        if known {
            return count;
        }
        let closings: Vec<_> = lines.iter().filter_map(|line| closing(line)).collect();
        match closings.last() {
            Some((None, total)) => return total.clone(),
            Some(_) => {
                let parts = closings.iter().filter(|(name, _)| name.is_some());
                parts.for_each(|(_, part)| count.join(part));
                return count;
            }
            None => (),
        }
        if let Some(pytest) = lines.iter().rev().find_map(|line| pytest(line)) {
            return pytest;
        }
        lines.iter().for_each(|line| count.node(line));
        count
    }

    /// Takes one line of the summary of Node's test runner.
    fn node(&mut self, line: &str) {
        let mut words = line.split_whitespace();
        if !matches!(words.next(), Some("#" | "ℹ")) {
            return;
        }
        let (name, number) = (
            words.next(),
            words.next().and_then(|word| word.parse().ok()),
        );
        match (name, number.unwrap_or(0_u64)) {
            (Some("pass"), number) => self.passed += number,
            (Some("fail" | "cancelled"), number) => self.failed += number,
            (Some("skipped" | "todo"), number) => self.skipped += number,
            _ => (),
        }
    }
}

impl Display for Count {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        match self.skipped {
            0 => Ok(()),
            skipped => write!(f, ", {skipped} skipped"),
        }
    }
}

/// `test result: ok. 3 passed; 0 failed; 1 ignored; …`, by Rust's harness and wasm-bindgen's.
fn harness(line: &str) -> Option<Count> {
    let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let number = |name: &str| {
        let mut parts = counts.split(';').map(str::trim);
        parts.find_map(|part| part.strip_suffix(name)?.trim().parse().ok())
    };
    let (passed, failed) = (number("passed")?, number("failed")?);
    Some(Count {
        passed,
        failed,
        skipped: number("ignored").unwrap_or(0),
    })
}

/// `3 passed, 0 failed`, with one word and a colon before it or not.
fn closing(line: &str) -> Option<(Option<&str>, Count)> {
    let (name, counts) = match line.split_once(": ") {
        Some((name, rest)) if !name.contains(' ') => (Some(name), rest),
        _ => (None, line),
    };
    let mut parts = counts.split(", ");
    let number = |part: Option<&str>, name: &str| part?.strip_suffix(name)?.trim().parse().ok();
    let passed = number(parts.next(), " passed")?;
    let failed = number(parts.next(), " failed")?;
    let skipped = number(parts.next(), " skipped").unwrap_or(0);
    let count = Count {
        passed,
        failed,
        skipped,
    };
    Some((name, count))
}

/// `1 failed, 3 passed, 2 skipped in 4.56s`, with `=` around it or not.
fn pytest(line: &str) -> Option<Count> {
    let (counts, _) = line.trim_matches(['=', ' ']).rsplit_once(" in ")?;
    let mut count = Count::default();
    for part in counts.split(", ") {
        let (number, name) = part.split_once(' ')?;
        let number: u64 = number.parse().ok()?;
        match name {
            "passed" | "xpassed" => count.passed += number,
            "failed" | "error" | "errors" => count.failed += number,
            "skipped" | "xfailed" | "deselected" => count.skipped += number,
            "warning" | "warnings" => (),
            _ => return None,
        }
    }
    Some(count)
}

fn without_colours(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\x1b[") {
        plain.push_str(before);
        let end = after.find(|letter: char| letter.is_ascii_alphabetic());
        rest = end.map_or("", |end| &after[end + 1..]);
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(passed: u64, failed: u64, skipped: u64) -> Count {
        Count {
            passed,
            failed,
            skipped,
        }
    }

    #[test]
    fn summaries_of_rusts_harness_are_added_up() {
        let output = "running 2 tests\n\
            test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out\n\
            test result: FAILED. 3 passed; 4 failed; 0 ignored; 0 measured; 0 filtered out\n";
        assert_eq!(Count::read(output), count(5, 4, 1));
    }

    #[test]
    fn a_closing_line_without_a_name_is_the_total_and_named_ones_are_parts() {
        let parts = "python: 3 passed, 0 failed\nnode: 4 passed, 1 failed, 1 skipped\n";
        assert_eq!(Count::read(parts), count(7, 1, 1));
        assert_eq!(
            Count::read(&format!("{parts}9 passed, 1 failed\n")),
            count(9, 1, 0)
        );
    }

    #[test]
    fn the_summary_of_node_is_read_in_both_its_forms() {
        assert_eq!(
            Count::read("# tests 5\n# pass 4\n# fail 1\n# skipped 0\n"),
            count(4, 1, 0)
        );
        assert_eq!(
            Count::read("\x1b[34mℹ pass 4\x1b[39m\nℹ fail 0\nℹ todo 2\n"),
            count(4, 0, 2)
        );
    }

    #[test]
    fn the_summary_of_pytest_is_read() {
        assert_eq!(
            Count::read("..ss\n40 passed, 6 skipped in 92.31s (0:01:32)\n"),
            count(40, 0, 6)
        );
        let decorated = "=== 1 failed, 3 passed, 2 warnings, 1 error in 0.12s ===";
        assert_eq!(Count::read(decorated), count(3, 2, 0));
        assert_eq!(Count::read("no tests ran in 0.01s"), count(0, 0, 0));
    }

    #[test]
    fn no_script_at_all_is_a_failure() {
        let mut none = Count::default();
        none.add_failure_if_empty();
        assert_eq!(none, count(0, 1, 0));
    }

    #[test]
    fn a_run_that_ran_nothing_has_failed() {
        for output in [
            "",
            "no tests to run!",
            "0 passed, 0 failed",
            "# pass 0\n# fail 0\n",
        ] {
            assert_eq!(Count::of(output, true, 1), count(0, 1, 0), "{output}");
        }
        let empty = "test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured";
        assert_eq!(Count::of(empty, true, 1), count(0, 1, 0));
    }

    #[test]
    fn a_run_that_ran_too_little_has_failed() {
        assert_eq!(Count::of("29 passed, 0 failed", true, 30), count(29, 1, 0));
        assert_eq!(Count::of("30 passed, 0 failed", true, 30), count(30, 0, 0));
    }

    #[test]
    fn a_bad_exit_code_is_a_failure_whatever_was_counted() {
        assert_eq!(Count::of("9 passed, 0 failed", false, 1), count(9, 1, 0));
        assert_eq!(Count::of("9 passed, 2 failed", false, 1), count(9, 2, 0));
    }

    #[test]
    fn other_lines_are_no_counts() {
        assert_eq!(
            Count::read("it passed, it failed\n3 passed\nall of: 3 passed; 0 failed"),
            count(0, 0, 0)
        );
        assert_eq!(Count::read("we had 3 passed, 0 failed"), count(0, 0, 0));
    }
}
