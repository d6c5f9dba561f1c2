//! `cargo xtask spec`: every clause of the manual's formats, and where it is kept and tested.

mod clause;
mod tag;

use std::collections::BTreeMap;

use crate::failure::{Failure, Result};
use crate::place;

use self::clause::{Clause, clauses};
use self::tag::{Place, Tag, tags};

const MANUAL: &str = "src/manual/format.md";

/// Where tags are looked for. Everything else in the repository is about something else.
const FOLDERS: [&str; 5] = ["src", "js/src", "js/test", "tests", "crates/service/tests"];

/// What is known of the clauses.
struct Trace {
    clauses: Vec<Clause>,
    code: BTreeMap<String, Vec<String>>,
    tests: BTreeMap<String, Vec<String>>,
    problems: Vec<String>,
}

/// Prints every clause with a place that keeps it and one that tests it; fails if one is missing.
pub(crate) fn run() -> Result<()> {
    let trace = Trace::of_repository()?;
    for clause in &trace.clauses {
        let first = |places: &BTreeMap<String, Vec<String>>| match places.get(&clause.id) {
            Some(places) if places.len() > 1 => format!("{} +{}", places[0], places.len() - 1),
            Some(places) => places[0].clone(),
            None => "MISSING".to_owned(),
        };
        let (code, tests) = (first(&trace.code), first(&trace.tests));
        println!("{:<6} {code:<46} {tests}", clause.id);
    }
    let problems = trace.problems();
    println!("\n{}", trace.summary());
    problems.iter().for_each(|problem| println!("{problem}"));
    match problems.len() {
        0 => Ok(()),
        count => Err(Failure::failed(format!("{count} problems with clauses"))),
    }
}

/// One line of counts, and what is wrong, for the lints.
pub(crate) fn check() -> Result<(String, Vec<String>)> {
    let trace = Trace::of_repository()?;
    Ok((trace.summary(), trace.problems()))
}

impl Trace {
    fn of_repository() -> Result<Self> {
        let manual = place::read(&place::root().join(MANUAL))?;
        let mut found = Vec::new();
        for folder in FOLDERS {
            for path in place::files(&place::root().join(folder)) {
                // Only text has tags; the rest is data.
                if let Ok(text) = place::read(&path) {
                    found.extend(tags(&place::shown(&path), &text));
                }
            }
        }
        Ok(Self::new(&manual, found))
    }

    fn new(manual: &str, tags: Vec<Tag>) -> Self {
        let (clauses, mut problems) = clauses(MANUAL, manual);
        let (mut code, mut tests) = (BTreeMap::new(), BTreeMap::new());
        for tag in tags {
            if !clauses.iter().any(|clause| clause.id == tag.id) {
                problems.push(format!("{}: there is no clause {}", tag.at, tag.id));
            }
            let places: &mut BTreeMap<String, Vec<String>> = match tag.place {
                Place::Code => &mut code,
                Place::Test => &mut tests,
            };
            places.entry(tag.id).or_default().push(tag.at);
        }
        Self {
            clauses,
            code,
            tests,
            problems,
        }
    }

    fn summary(&self) -> String {
        let kept = |places: &BTreeMap<String, Vec<String>>| {
            let found = self.clauses.iter().filter(|c| places.contains_key(&c.id));
            found.count()
        };
        let all = self.clauses.len();
        let missing = self.missing().len();
        let (code, tests) = (kept(&self.code), kept(&self.tests));
        format!("{all} clauses: {code} implemented, {tests} tested, {missing} missing")
    }

    fn missing(&self) -> Vec<String> {
        let mut missing = Vec::new();
        for Clause { id, at } in &self.clauses {
            if !self.code.contains_key(id) {
                missing.push(format!("{at}: {id} is named by no code"));
            }
            if !self.tests.contains_key(id) {
                missing.push(format!("{at}: {id} is named by no test"));
            }
        }
        missing
    }

    fn problems(&self) -> Vec<String> {
        [self.problems.clone(), self.missing()].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANUAL: &str = "# Formats\n\n- [A-1] A reader MUST.\n- [A-2] A writer MUST NOT.\n";

    fn trace(files: &[(&str, &str)]) -> Trace {
        let found = files.iter().flat_map(|(path, text)| tags(path, text));
        Trace::new(MANUAL, found.collect())
    }

    #[test]
    fn a_clause_with_code_and_test_is_complete() {
        let trace = trace(&[
            ("src/a.rs", "// spec: A-1, A-2\n"),
            ("tests/a.rs", "// spec: A-1\n// spec: A-2\n"),
        ]);
        assert_eq!(trace.problems(), Vec::<String>::new());
        assert_eq!(
            trace.summary(),
            "2 clauses: 2 implemented, 2 tested, 0 missing"
        );
    }

    #[test]
    fn a_clause_without_a_test_is_reported() {
        let trace = trace(&[
            ("src/a.rs", "// spec: A-1, A-2\n"),
            ("tests/a.rs", "// spec: A-1\n"),
        ]);
        let problems = trace.problems();
        assert_eq!(problems.len(), 1);
        assert!(problems[0].ends_with("A-2 is named by no test"));
    }

    #[test]
    fn a_clause_without_code_is_reported() {
        let trace = trace(&[
            ("src/a.rs", "// spec: A-1\n"),
            ("tests/a.rs", "// spec: A-1, A-2\n"),
        ]);
        assert!(trace.problems()[0].ends_with("A-2 is named by no code"));
    }

    #[test]
    fn a_tag_of_no_clause_is_reported() {
        let trace = trace(&[
            ("src/a.rs", "// spec: A-1, A-2, A-3\n"),
            ("tests/a.rs", "// spec: A-1, A-2\n"),
        ]);
        assert_eq!(trace.problems(), ["src/a.rs:1: there is no clause A-3"]);
    }
}
