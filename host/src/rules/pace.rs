//! Whether a rule is worth a try on the fast path.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::clock::thread_time;

/// How long a rule that fell out of the fast path's budget is kept off it: at first, and at most. It doubles each time, so
/// that what is wasted on a rule that never fits comes to one attempt in some seconds.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const MOST_DOUBLINGS: u32 = 3;

/// After so long without a fall, the next one counts as the first.
const FORGIVEN: Duration = Duration::from_secs(60);

/// An attempt that takes longer than this was slow, whatever its fuel says.
pub(super) const SLOW: Duration = Duration::from_micros(250);

/// What a slow attempt counts, and when a rule is taken off the fast path for it; a quick one takes 1 off again. A rule of
/// which more than one attempt in five is slow is slow itself.
const SLOW_POINTS: u32 = 4;
const TOO_SLOW: u32 = 12;

/// By the clock on the wall, which costs nothing to read, an attempt is also slow if its thread had to wait for a core. So
/// that only makes a rule suspect: of so many attempts after that, the time in which the thread ran is measured, and only
/// that counts. On a busy machine, rules would else be taken off the fast path when it is needed most.
const WATCHED: u32 = 16;

/// What is known of one function of one plugin. Its counts may miss one another when calls run at once; all that can
/// come of it is an attempt more or less.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// When it may be tried again, in milliseconds since [`start`].
    paused_until: AtomicU64,
    doublings: AtomicU32,
    slowness: AtomicU32,
    /// Of how many more attempts the running time is measured.
    watched: AtomicU32,
}

/// The beginning of an attempt.
#[derive(Debug, Clone, Copy)]
pub(super) struct Began {
    /// By the clock on the wall.
    pub(super) at: Instant,
    /// How long the thread had run, if that is measured.
    ran: Option<Duration>,
}

impl Pace {
    /// Whether an attempt may be made now.
    pub(super) fn allows(&self, now: Instant) -> bool {
        since_start(now) >= self.paused_until.load(Ordering::Relaxed)
    }

    /// Begins an attempt on this thread.
    pub(super) fn begin(&self, at: Instant) -> Began {
        self.begin_by(at, thread_time)
    }

    fn begin_by(&self, at: Instant, thread_time: impl Fn() -> Option<Duration>) -> Began {
        let watched = self.watched.load(Ordering::Relaxed);
        if watched == 0 {
            return Began { at, ran: None };
        }
        self.watched.store(watched - 1, Ordering::Relaxed);
        Began { at, ran: thread_time() }
    }

    /// An attempt took so long by the clock on the wall, without going past the budget. Must be told on its thread.
    pub(super) fn took(&self, began: Began, wall: Duration) {
        self.took_by(began, wall, thread_time);
    }

    fn took_by(&self, began: Began, wall: Duration, thread_time: impl Fn() -> Option<Duration>) {
        if wall <= SLOW {
            self.was_quick();
            return;
        }
        match began.ran {
            None => self.watched.store(WATCHED, Ordering::Relaxed),
            Some(before) => match thread_time().map_or(wall, |now| now.saturating_sub(before)) {
                ran if ran <= SLOW => self.was_quick(),
                ran => self.was_slow(began.at + ran),
            },
        }
    }

    fn was_quick(&self) {
        let slowness = self.slowness.load(Ordering::Relaxed);
        // Mostly there is nothing to take off, and then nothing is written that other threads read.
        if slowness > 0 {
            self.slowness.store(slowness - 1, Ordering::Relaxed);
        }
    }

    fn was_slow(&self, now: Instant) {
        self.watched.store(WATCHED, Ordering::Relaxed);
        let slowness = self.slowness.load(Ordering::Relaxed) + SLOW_POINTS;
        if slowness >= TOO_SLOW {
            self.lost(now);
        } else {
            self.slowness.store(slowness, Ordering::Relaxed);
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
    fn a_slow_attempt_now_and_then_is_forgiven() {
        let (pace, now) = (Pace::default(), Instant::now());
        for _ in 0..100 {
            pace.was_slow(now);
            for _ in 0..4 {
                pace.was_quick();
            }
        }
        assert!(pace.allows(now));
        for _ in 0..3 {
            pace.was_slow(now);
        }
        assert!(!pace.allows(now));
    }

    /// Makes an attempt that takes long by the clock on the wall, and in which the thread runs so long.
    fn attempt(pace: &Pace, runs: Duration) {
        let began = pace.begin_by(Instant::now(), || Some(Duration::from_secs(5)));
        pace.took_by(began, 4 * SLOW, || Some(Duration::from_secs(5) + runs));
    }

    #[test]
    fn waiting_for_the_machine_is_not_held_against_a_rule() {
        let pace = Pace::default();
        (0..50).for_each(|_| attempt(&pace, SLOW / 2));
        assert!(pace.allows(Instant::now()));
        // The first that computes finds itself watched already.
        (0..3).for_each(|_| attempt(&pace, 4 * SLOW));
        assert!(!pace.allows(Instant::now()));
    }
}
