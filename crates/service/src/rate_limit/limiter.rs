//! The native implementation: a leaky bucket for each credential.

use std::num::NonZeroU32;
use std::sync::{Arc, OnceLock};

use governor::clock::{Clock, DefaultClock};
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

type Buckets = RateLimiter<Arc<str>, HashMapStateStore<Arc<str>>, DefaultClock>;

/// Limits nothing until it is started. Credentials are API keys that exist, so that there are no
/// more buckets than keys; the sweep removes those that are full again.
#[derive(Default)]
pub(crate) struct Limiter(OnceLock<Buckets>);

impl Limiter {
    pub(super) fn start(&self, per_second: NonZeroU32, burst: NonZeroU32) {
        self.0
            .get_or_init(|| RateLimiter::hashmap(Quota::per_second(per_second).allow_burst(burst)));
    }

    /// Takes one call; `Err` holds the seconds after which there is room for one.
    pub(crate) fn check(&self, credential: &Arc<str>) -> Result<(), u32> {
        let Some(buckets) = self.0.get() else {
            return Ok(());
        };
        buckets.check_key(credential).map_err(|full| {
            let wait = full.wait_time_from(buckets.clock().now());
            u32::try_from(wait.as_secs()).map_or(u32::MAX, |seconds| seconds.saturating_add(1))
        })
    }

    /// Forgets credentials that have been quiet long enough.
    pub(crate) fn tidy(&self) {
        if let Some(buckets) = self.0.get() {
            buckets.retain_recent();
        }
    }
}
