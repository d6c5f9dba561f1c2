//! What was checked, by name, and what became of it.

/// What became of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)]
pub enum Verdict {
    /// All was well.
    Passed,
    /// This was not.
    Failed(String),
    /// It was left out, for this reason.
    Skipped(String),
}

/// Checks in the order in which they ran.
#[derive(Debug, Default)]
pub struct Report {
    checks: Vec<(&'static str, Verdict)>,
    quiet: bool,
}

impl Report {
    /// A report that prints nothing.
    #[must_use]
    pub const fn quiet() -> Self {
        Self {
            checks: Vec::new(),
            quiet: true,
        }
    }

    /// Takes a check's outcome, and prints it.
    ///
    /// # Returns
    /// Whether it passed.
    pub fn note(&mut self, name: &'static str, outcome: Result<(), String>) -> bool {
        let passed = outcome.is_ok();
        self.add(
            name,
            outcome.map_or_else(Verdict::Failed, |()| Verdict::Passed),
        );
        passed
    }

    /// Takes note of checks that are left out.
    pub fn skip(&mut self, names: &[&'static str], reason: &str) {
        for name in names {
            self.add(name, Verdict::Skipped(reason.to_owned()));
        }
    }

    /// The names of the checks that failed.
    #[must_use]
    pub fn failed(&self) -> Vec<&'static str> {
        let failed = self
            .checks
            .iter()
            .filter(|(_, verdict)| matches!(verdict, Verdict::Failed(_)));
        failed.map(|(name, _)| *name).collect()
    }

    /// `N passed, N failed, N skipped`.
    #[must_use]
    pub fn summary(&self) -> String {
        let count = |wanted: fn(&Verdict) -> bool| {
            self.checks
                .iter()
                .filter(|(_, verdict)| wanted(verdict))
                .count()
        };
        let passed = count(|verdict| *verdict == Verdict::Passed);
        let failed = self.failed().len();
        match count(|verdict| matches!(verdict, Verdict::Skipped(_))) {
            0 => format!("{passed} passed, {failed} failed"),
            skipped => format!("{passed} passed, {failed} failed, {skipped} skipped"),
        }
    }

    #[allow(clippy::print_stdout)]
    fn add(&mut self, name: &'static str, verdict: Verdict) {
        if !self.quiet {
            match &verdict {
                Verdict::Passed => println!("ok    {name}"),
                Verdict::Failed(reason) => println!("FAIL  {name}: {reason}"),
                Verdict::Skipped(reason) => println!("skip  {name}: {reason}"),
            }
        }
        self.checks.push((name, verdict));
    }
}
