//! A circuit breaker: after some failures in a row the key service is left alone for a moment.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How many failures in a row open it.
const FAILURES: u32 = 5;
/// How long it stays open before one call may try.
const PAUSE: Duration = Duration::from_secs(5);

/// Closed, or open until some moment.
#[derive(Debug, Default)]
pub(crate) struct Breaker(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    failures: u32,
    open_until: Option<Instant>,
}

impl Breaker {
    /// Whether a call may go out now. When the pause is over, one may; the others wait for what
    /// becomes of it, or for one more pause.
    pub(crate) fn admits(&self, now: Instant) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match state.open_until {
            Some(until) if now < until => false,
            Some(_) => {
                state.open_until = Some(now + PAUSE);
                true
            }
            None => true,
        }
    }

    /// Takes what became of a call: whether the service answered at all.
    pub(crate) fn record(&self, answered: bool, now: Instant) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if answered {
            *state = State::default();
            return;
        }
        state.failures = state.failures.saturating_add(1);
        if state.failures >= FAILURES {
            state.open_until = Some(now + PAUSE);
        }
    }

    /// Whether it is open.
    pub(crate) fn is_open(&self) -> bool {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.open_until.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_failures_in_a_row_open_it_and_one_answer_closes_it() {
        let (breaker, start) = (Breaker::default(), Instant::now());
        for _ in 1..FAILURES {
            breaker.record(false, start);
        }
        breaker.record(true, start);
        for _ in 1..FAILURES {
            breaker.record(false, start);
        }
        assert!(breaker.admits(start));
        breaker.record(false, start);
        assert!(breaker.is_open() && !breaker.admits(start));
        breaker.record(true, start);
        assert!(!breaker.is_open() && breaker.admits(start));
    }

    #[test]
    fn after_the_pause_one_call_tries() {
        let (breaker, start) = (Breaker::default(), Instant::now());
        for _ in 0..FAILURES {
            breaker.record(false, start);
        }
        let later = start + PAUSE;
        assert!(breaker.admits(later));
        assert!(!breaker.admits(later));
        breaker.record(false, later);
        assert!(!breaker.admits(later + PAUSE / 2));
        assert!(breaker.admits(later + PAUSE));
    }
}
