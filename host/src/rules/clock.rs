//! When a call has had its time.

use std::time::{Duration, Instant};

use wasmtime::UpdateDeadline;

use super::engine::ticks;

/// How much longer than its time limit a call may take by the clock on the wall. Its thread has a low priority, so that on
/// a busy machine it may have to wait for most of that; without an end, whoever asked would wait as long.
pub(super) const MOST_WAITING: u32 = 10;

/// Measures one call on one thread: the time in which the thread ran, not the time in which it waited for a core. A call
/// is not to fail because the machine is busy with others.
#[derive(Debug)]
pub(super) struct Stopwatch {
    started: Instant,
    ran: Option<Duration>,
    limit: Duration,
}

impl Stopwatch {
    /// Starts on the thread that will make the call.
    pub(super) fn start(started: Instant, limit: Duration) -> Self {
        Self { started, ran: thread_time(), limit }
    }

    /// Whether the call goes on, and when to ask again. Must be asked on the same thread.
    pub(super) fn judge(&self) -> UpdateDeadline {
        let waited = self.started.elapsed();
        let ran = self.ran.zip(thread_time()).map_or(waited, |(before, now)| now.saturating_sub(before));
        match (self.limit.checked_sub(ran), (self.limit * MOST_WAITING).checked_sub(waited)) {
            (Some(run), Some(wait)) if !run.is_zero() && !wait.is_zero() => {
                UpdateDeadline::Continue(ticks(run.min(wait)))
            }
            _ => UpdateDeadline::Interrupt,
        }
    }
}

/// For how long this thread has run so far, where the system tells.
#[cfg(target_os = "linux")]
pub(super) fn thread_time() -> Option<Duration> {
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::sys::time::TimeValLike as _;

    let usage = getrusage(UsageWho::RUSAGE_THREAD).ok()?;
    let microseconds = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    u64::try_from(microseconds).ok().map(Duration::from_micros)
}

/// For how long this thread has run so far: then a call is measured by the clock on the wall.
#[cfg(not(target_os = "linux"))]
pub(super) fn thread_time() -> Option<Duration> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn goes_on(stopwatch: &Stopwatch) -> bool {
        matches!(stopwatch.judge(), UpdateDeadline::Continue(_))
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn waiting_is_not_running() {
        let stopwatch = Stopwatch::start(Instant::now(), Duration::from_millis(40));
        std::thread::sleep(Duration::from_millis(60));
        assert!(goes_on(&stopwatch));
    }

    #[test]
    fn running_ends() {
        let stopwatch = Stopwatch::start(Instant::now(), Duration::from_millis(20));
        let started = Instant::now();
        while goes_on(&stopwatch) {
            assert!(started.elapsed() < Duration::from_secs(60), "the stopwatch stands still");
        }
        assert!(started.elapsed() >= Duration::from_millis(15), "{:?}", started.elapsed());
    }

    #[test]
    fn waiting_ends_too() {
        let stopwatch = Stopwatch::start(Instant::now(), Duration::from_millis(2));
        std::thread::sleep(Duration::from_millis(25));
        assert!(!goes_on(&stopwatch));
    }
}
