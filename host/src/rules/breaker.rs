//! The circuit breaker of a plugin: one that keeps failing is parked for a while, so that nobody waits for what fails anyway,
//! and nothing is computed in vain.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::failure::RuleFailure;

/// What a failure counts; an answer takes 1 off again. So a plugin is parked if more than a third of its calls fail for
/// long enough: one that fails with a single player's data is not.
const FAILURE_POINTS: u32 = 2;

/// After so long without a failure, those before are forgotten.
const FORGOTTEN: Duration = Duration::from_secs(60);

/// How often a plugin may fail, and for how long it is parked then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BreakerSettings {
    /// After so many failures in a row, or more among answers, it is parked; 0: never.
    pub(super) failures: u32,
    /// For so long; then one call is tried.
    pub(super) pause: Duration,
}

impl BreakerSettings {
    /// No failure is one too many.
    pub(super) fn never() -> Self {
        Self { failures: 0, pause: Duration::ZERO }
    }
}

/// How the calls of one plugin went lately. As long as none fails, nothing is written that other threads read.
#[derive(Debug)]
pub(super) struct Breaker {
    settings: BreakerSettings,
    points: AtomicU32,
    /// When a call failed last, in milliseconds since [`start`].
    failed_at: AtomicU64,
    /// Until when it is parked, in milliseconds since [`start`]; 0: it is not.
    parked_until: AtomicU64,
    /// Whether it was parked and nobody has asked for that yet.
    is_news: AtomicBool,
}

impl Breaker {
    pub(super) fn new(settings: BreakerSettings) -> Self {
        Self {
            settings,
            points: AtomicU32::new(0),
            failed_at: AtomicU64::new(0),
            parked_until: AtomicU64::new(0),
            is_news: AtomicBool::new(false),
        }
    }

    /// Lets a call through, unless the plugin is parked. When the time is over, the first to ask tries whether it has
    /// recovered; the others wait for what comes of that.
    ///
    /// # Errors
    /// It is parked.
    pub(super) fn pass(&self) -> Result<(), RuleFailure> {
        let until = self.parked_until.load(Ordering::Relaxed);
        if until == 0 {
            return Ok(());
        }
        self.pass_at(until, since_start(Instant::now()))
    }

    fn pass_at(&self, until: u64, now: u64) -> Result<(), RuleFailure> {
        if now >= until {
            let next = now.saturating_add(milliseconds(self.settings.pause));
            if self.parked_until.compare_exchange(until, next, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
                return Ok(());
            }
        }
        Err(RuleFailure::Parked { for_ms: until.saturating_sub(now).max(1) })
    }

    /// A call was answered.
    pub(super) fn answered(&self) {
        let points = self.points.load(Ordering::Relaxed);
        if points > 0 {
            self.points.store(points - 1, Ordering::Relaxed);
        }
        if self.parked_until.load(Ordering::Relaxed) > 0 {
            self.points.store(0, Ordering::Relaxed);
            self.parked_until.store(0, Ordering::Relaxed);
        }
    }

    /// A call failed. Says whether the plugin is parked for it.
    pub(super) fn failed(&self, failure: &RuleFailure) -> bool {
        is_plugins_fault(failure) && self.failed_at(since_start(Instant::now()))
    }

    fn failed_at(&self, now: u64) -> bool {
        let most = self.settings.failures.saturating_mul(FAILURE_POINTS);
        if most == 0 {
            return false;
        }
        let last = self.failed_at.swap(now, Ordering::Relaxed);
        let before =
            if now.saturating_sub(last) > milliseconds(FORGOTTEN) { 0 } else { self.points.load(Ordering::Relaxed) };
        let points = before.saturating_add(FAILURE_POINTS).min(most);
        self.points.store(points, Ordering::Relaxed);
        if points < most {
            return false;
        }
        let until = now.saturating_add(milliseconds(self.settings.pause)).max(1);
        let is_new = self.parked_until.swap(until, Ordering::Relaxed) == 0;
        if is_new {
            self.is_news.store(true, Ordering::Relaxed);
        }
        is_new
    }

    /// When it parks, and for how long.
    pub(super) fn settings(&self) -> BreakerSettings {
        self.settings
    }

    /// Whether it is parked.
    pub(super) fn is_parked(&self) -> bool {
        self.parked_until.load(Ordering::Relaxed) > 0
    }

    /// Whether it was parked since this was asked last.
    pub(super) fn take_news(&self) -> bool {
        self.is_news.load(Ordering::Relaxed) && self.is_news.swap(false, Ordering::Relaxed)
    }
}

/// Whether a failure says something about the plugin: not that the server is busy, or was handed too much.
fn is_plugins_fault(failure: &RuleFailure) -> bool {
    match failure {
        RuleFailure::Trap { .. }
        | RuleFailure::OutOfFuel { .. }
        | RuleFailure::TooSlow { .. }
        | RuleFailure::OutOfMemory { .. }
        | RuleFailure::OutputTooLarge { .. }
        | RuleFailure::BadOutput { .. } => true,
        RuleFailure::NotExported { .. }
        | RuleFailure::WrongType { .. }
        | RuleFailure::InputTooLarge { .. }
        | RuleFailure::Busy
        | RuleFailure::Parked { .. }
        | RuleFailure::Internal { .. } => false,
    }
}

fn since_start(now: Instant) -> u64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    milliseconds(now.saturating_duration_since(*START))
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAUSE: u64 = 30_000;

    fn breaker(failures: u32) -> Breaker {
        Breaker::new(BreakerSettings { failures, pause: Duration::from_millis(PAUSE) })
    }

    fn passes(breaker: &Breaker, now: u64) -> bool {
        match breaker.parked_until.load(Ordering::Relaxed) {
            0 => true,
            until => breaker.pass_at(until, now).is_ok(),
        }
    }

    #[test]
    fn who_keeps_failing_is_parked_and_tried_again() {
        let breaker = breaker(3);
        assert!(!breaker.failed_at(1) && !breaker.failed_at(2) && passes(&breaker, 2));
        assert!(breaker.failed_at(3));
        assert!(breaker.take_news() && !breaker.take_news());
        assert!(!passes(&breaker, 3) && !passes(&breaker, PAUSE));
        // When the time is over, one is let through, and then nobody until that one is over.
        assert!(passes(&breaker, PAUSE + 3) && !passes(&breaker, PAUSE + 4));
        assert!(!breaker.failed_at(PAUSE + 5), "it was parked before, which is no news");
        assert!(!passes(&breaker, 2 * PAUSE) && passes(&breaker, 2 * PAUSE + 5));
        breaker.answered();
        assert!(passes(&breaker, 2 * PAUSE + 6) && !breaker.is_parked() && !breaker.take_news());
    }

    #[test]
    fn a_failure_among_answers_is_forgiven() {
        let breaker = breaker(3);
        for now in 0..1_000 {
            assert!(!breaker.failed_at(now));
            breaker.answered();
            breaker.answered();
        }
        for now in 1_000..1_002 {
            breaker.failed_at(now);
        }
        assert!(!breaker.failed_at(1_002 + 60_001), "so long after the others it is the first");
    }

    #[test]
    fn half_of_all_calls_is_too_many() {
        let breaker = breaker(3);
        let parked = (0..10).any(|now| {
            let parked = breaker.failed_at(now);
            breaker.answered();
            parked
        });
        assert!(parked);
    }

    #[test]
    fn it_can_be_switched_off() {
        let breaker = breaker(0);
        assert!((0..1_000).all(|now| !breaker.failed_at(now)));
    }

    #[test]
    fn what_is_not_the_plugins_fault_is_not_held_against_it() {
        let breaker = breaker(1);
        assert!(!breaker.failed(&RuleFailure::Busy));
        assert!(!breaker.failed(&RuleFailure::InputTooLarge { bytes: 2, limit: 1 }));
        assert!(breaker.failed(&RuleFailure::OutOfFuel { limit: 1 }));
    }
}
