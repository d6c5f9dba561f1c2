//! Why a task stopped, and the exit code that says so.

use std::fmt::{self, Display, Formatter};
use std::io;

/// The kinds of failure, one exit code each.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    /// A check did not hold or a step did not work.
    Failed,
    /// Something has to be installed by hand first.
    Install,
    /// The command line makes no sense.
    Usage,
}

/// A failure with what to do about it.
#[derive(Debug)]
pub(crate) struct Failure {
    kind: Kind,
    message: String,
    hint: Option<String>,
}

/// What every fallible function here returns.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    /// A step or check that failed.
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::new(Kind::Failed, message)
    }

    /// Something that has to be installed by hand.
    pub(crate) fn install(message: impl Into<String>) -> Self {
        Self::new(Kind::Install, message)
    }

    /// A command line that makes no sense.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hint: None,
        }
    }

    /// Adds one sentence of advice.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The exit code of the process.
    pub(crate) const fn code(&self) -> u8 {
        match self.kind {
            Kind::Failed => 1,
            Kind::Install => 2,
            Kind::Usage => 3,
        }
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::failed(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_exit_code() {
        assert_eq!(Failure::failed("a").code(), 1);
        assert_eq!(Failure::install("a").code(), 2);
        assert_eq!(Failure::usage("a").code(), 3);
    }

    #[test]
    fn the_hint_follows_the_message() {
        let failure = Failure::failed("no space").hint("free some");
        assert_eq!(failure.to_string(), "error: no space\nhint: free some");
    }
}
