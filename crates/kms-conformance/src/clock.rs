//! The clock that kube-apiserver's rules go by here: it stands still until it is moved.

use std::time::Duration;

/// Time since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Time(Duration);

impl Time {
    /// A later time.
    #[must_use]
    pub(crate) fn after(self, time: Duration) -> Self {
        Self(self.0 + time)
    }
}
