//! The service's clock: the system's, moved by an offset.

use std::sync::atomic::{AtomicI64, Ordering};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Tells the time in whole seconds since 1970, as the system does, plus an offset.
///
/// The offset lets a test, or a user of the embedded service, reach a timer's end (30 seconds, an
/// hour, 90 days) without waiting for it.
///
/// # Example
/// ```
/// let clock = tsutsumi_service::Clock::default();
/// let before = clock.now();
/// clock.advance(3600);
/// assert!(clock.now() >= before + 3600);
/// ```
#[derive(Debug, Default)]
pub struct Clock {
    offset_s: AtomicI64,
}

impl Clock {
    /// Returns the seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn now(&self) -> i64 {
        system_now().saturating_add(self.offset_s.load(Ordering::Relaxed))
    }

    /// Moves the clock forward (or back, if negative) from now on.
    ///
    /// # Arguments
    /// * `seconds` - added to every later reading.
    pub fn advance(&self, seconds: i64) {
        self.offset_s.fetch_add(seconds, Ordering::Relaxed);
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn system_now() -> i64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |age| i64::try_from(age.as_secs()).unwrap_or(i64::MAX))
}

#[cfg(all(target_arch = "wasm32", feature = "embedded"))]
#[allow(clippy::cast_possible_truncation)] // milliseconds since 1970 fit f64 and i64 alike
fn system_now() -> i64 {
    (js_sys::Date::now() / 1000.0) as i64
}

#[cfg(all(target_arch = "wasm32", not(feature = "embedded")))]
fn system_now() -> i64 {
    0
}

/// Measures durations. Where there is no monotonic clock everything takes no time.
#[derive(Clone, Copy)]
pub(crate) struct Instant(#[cfg(not(target_arch = "wasm32"))] std::time::Instant);

impl Instant {
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn now() -> Self {
        Self(std::time::Instant::now())
    }

    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn elapsed(self) -> std::time::Duration {
        self.0.elapsed()
    }

    #[cfg(target_arch = "wasm32")]
    pub(crate) const fn now() -> Self {
        Self()
    }

    #[cfg(target_arch = "wasm32")]
    pub(crate) const fn elapsed(self) -> std::time::Duration {
        std::time::Duration::ZERO
    }
}

/// Writes a moment as RFC 3339 in UTC with whole seconds, as Key Protect does.
pub(crate) fn stamp(moment: i64) -> String {
    OffsetDateTime::from_unix_timestamp(moment)
        .ok()
        .and_then(|time| time.format(&Rfc3339).ok())
        .unwrap_or_else(|| "1970-01-01T00:00:00Z".to_owned())
}

/// Reads an RFC 3339 moment, with any offset and any fraction (which is dropped).
pub(crate) fn read_stamp(text: &str) -> Option<i64> {
    OffsetDateTime::parse(text, &Rfc3339)
        .ok()
        .map(OffsetDateTime::unix_timestamp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_reads_back() {
        assert_eq!(stamp(1_767_323_045), "2026-01-02T03:04:05Z");
        assert_eq!(read_stamp("2026-01-02T03:04:05Z"), Some(1_767_323_045));
        assert_eq!(
            read_stamp("2026-01-02T05:04:05.9+02:00"),
            Some(1_767_323_045)
        );
        assert_eq!(read_stamp("tomorrow"), None);
    }
}
