//! How many calls one credential may make. Builds without a server do not limit.

#[cfg(feature = "native")]
mod limiter;

#[cfg(feature = "native")]
pub(crate) use limiter::Limiter;

use std::sync::Arc;

use crate::service::Service;

/// Limits nothing.
#[cfg(not(feature = "native"))]
#[derive(Default)]
pub(crate) struct Limiter;

#[cfg(not(feature = "native"))]
impl Limiter {
    pub(crate) fn check(&self, _: &Arc<str>) -> Result<(), u32> {
        Ok(())
    }
}

impl Service {
    /// Counts a call against its credential; `Err` holds the seconds after which to try again.
    pub(crate) fn count_call(&self, credential: &Arc<str>) -> Result<(), u32> {
        let outcome = self.limiter().check(credential);
        if outcome.is_err() {
            self.metrics().limited();
        }
        outcome
    }

    /// Refuses, with 429 and `Retry-After`, what one API key asks for beyond this rate, from now
    /// on. Without this there is no limit.
    ///
    /// Counts in this process only: behind a load balancer each replica allows the rate. The first
    /// call of this decides; later ones change nothing.
    ///
    /// # Arguments
    /// * `per_second` - calls a second in the long run, getting a token included.
    /// * `burst` - calls at once after a pause.
    #[cfg(feature = "native")]
    pub fn limit_rate(&self, per_second: std::num::NonZeroU32, burst: std::num::NonZeroU32) {
        self.limiter().start(per_second, burst);
    }
}
