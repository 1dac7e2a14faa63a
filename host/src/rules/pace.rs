//! Whether a rule is worth a try on the fast path.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long a rule that fell out of the fast path's budget is kept off it: at first, and at most. It doubles each time, so
/// that what is wasted on a rule that never fits comes to one attempt in some seconds.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const MOST_DOUBLINGS: u32 = 3;

/// After so long without a fall, the next one counts as the first.
const FORGIVEN: Duration = Duration::from_secs(60);

/// An attempt that takes longer than this, by the clock on the wall, was slow, whatever its fuel says.
pub(super) const SLOW: Duration = Duration::from_micros(250);

/// What a slow attempt counts, and when a rule is taken off the fast path for it; a quick one takes 1 off again. A single
/// slow attempt says more about the machine than about the rule: the thread may have had to wait for a core. A rule of
/// which more than one attempt in five is slow is slow itself.
const SLOW_POINTS: u32 = 4;
const TOO_SLOW: u32 = 12;

/// What is known of one function of one plugin. Its counts may miss one another when calls run at once; all that can
/// come of it is an attempt more or less.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// When it may be tried again, in milliseconds since [`start`].
    paused_until: AtomicU64,
    doublings: AtomicU32,
    slowness: AtomicU32,
}

impl Pace {
    /// Whether an attempt may be made now.
    pub(super) fn allows(&self, now: Instant) -> bool {
        since_start(now) >= self.paused_until.load(Ordering::Relaxed)
    }

    /// An attempt took so long, without going past the budget.
    pub(super) fn took(&self, started: Instant, took: Duration) {
        let slowness = self.slowness.load(Ordering::Relaxed);
        if took <= SLOW {
            // Mostly there is nothing to take off, and then nothing is written that other threads read.
            if slowness > 0 {
                self.slowness.store(slowness - 1, Ordering::Relaxed);
            }
        } else if slowness + SLOW_POINTS >= TOO_SLOW {
            self.lost(started + took);
        } else {
            self.slowness.store(slowness + SLOW_POINTS, Ordering::Relaxed);
        }
    }

    /// An attempt went past the budget.
    pub(super) fn lost(&self, now: Instant) {
        let now = since_start(now);
        let until = self.paused_until.load(Ordering::Relaxed);
        if now < until {
            // Another attempt, made at the same time, was in vain too, and has been counted.
            return;
        }
        let doublings = if now - until > milliseconds(FORGIVEN) { 0 } else { self.doublings.load(Ordering::Relaxed) };
        self.doublings.store((doublings + 1).min(MOST_DOUBLINGS), Ordering::Relaxed);
        self.slowness.store(0, Ordering::Relaxed);
        self.paused_until.store(now + (milliseconds(FIRST_PAUSE) << doublings), Ordering::Relaxed);
    }
}

fn since_start(now: Instant) -> u64 {
    // Far enough in the past that a plugin's first fall is not held to follow one at time 0.
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    milliseconds(now.saturating_duration_since(*START) + 2 * FORGIVEN)
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUICK: Duration = Duration::from_micros(5);
    const LONG: Duration = Duration::from_micros(300);

    #[test]
    fn who_falls_out_pauses_and_pauses_longer_each_time() {
        let pace = Pace::default();
        let mut now = Instant::now();
        assert!(pace.allows(now));
        for seconds in [1, 2, 4, 8, 8] {
            pace.lost(now);
            // A second one that ran at the same time changes nothing.
            pace.lost(now);
            assert!(!pace.allows(now + Duration::from_millis(1_000 * seconds - 10)));
            now += Duration::from_millis(1_000 * seconds + 10);
            assert!(pace.allows(now), "{seconds}");
        }
        now += FORGIVEN + Duration::from_secs(1);
        pace.lost(now);
        assert!(pace.allows(now + Duration::from_millis(1_010)));
    }

    #[test]
    fn a_slow_attempt_now_and_then_is_the_machines() {
        let (pace, now) = (Pace::default(), Instant::now());
        for _ in 0..100 {
            pace.took(now, LONG);
            for _ in 0..4 {
                pace.took(now, QUICK);
            }
        }
        assert!(pace.allows(now));
        for _ in 0..3 {
            pace.took(now, LONG);
        }
        assert!(!pace.allows(now));
    }
}
