//! How much of the machine is left for work that nobody waits for.

use std::time::Duration;

use tokio::runtime::{Handle, RuntimeMetrics};
use tokio::time::Instant;

/// How long to rest after a step, as a share of the time that the step took, where the server does nothing else: PostgreSQL
/// works for others too.
const LEAST: f64 = 0.15;
/// And where it is busy all the time. Requests that come while a step is under way are later by up to its length, so that
/// steps have to be rare for most requests not to notice.
const MOST: f64 = 40.0;
/// The longest rest.
const LONGEST: Duration = Duration::from_secs(1);
/// What a rest takes at least, to reckon with.
const SHORTEST: Duration = Duration::from_micros(1);
/// Where the server is busier than this, steps are small.
const CALM: f64 = 0.05;
/// How many rows a step may take: it lasts some milliseconds where nobody is in the way, and else about one.
const ROWS: u32 = 1_000;
const ROWS_WHEN_BUSY: u32 = 100;
/// How long it takes to see how busy the server is, before the first step.
const GLANCE: Duration = Duration::from_millis(20);
/// Over how many rests that is found out later on. A thread's time is only added up when it goes to sleep, so
/// that one alone says little.
const OVER: f64 = 16.0;

/// Rests between steps of work, and makes the steps smaller, the busier the server is meanwhile. What the work itself needs
/// of the machine does not count, as it does nothing while it rests.
#[derive(Debug)]
pub(super) struct Throttle {
    runtime: RuntimeMetrics,
    /// Which share of the time the runtime's threads were busy.
    busy: f64,
}

impl Throttle {
    /// Begins with a glance at how busy the server is.
    pub(super) async fn begin() -> Self {
        let mut throttle = Self { runtime: Handle::current().metrics(), busy: 0.0 };
        throttle.busy = throttle.busy_for(GLANCE).await;
        throttle
    }

    /// How many rows the next step may take.
    pub(super) fn rows(&self) -> u32 {
        if self.busy > CALM { ROWS_WHEN_BUSY } else { ROWS }
    }

    /// Rests after a step that took so long.
    pub(super) async fn rest(&mut self, worked: Duration) {
        let rest = worked.mul_f64(LEAST + MOST * self.busy).min(LONGEST);
        // Until the thread that did the step sleeps, the time of the step is not added up.
        tokio::time::sleep(rest / 4).await;
        self.busy += (self.busy_for(rest * 3 / 4).await - self.busy) / OVER;
    }

    /// Sleeps, and says which share of that time the runtime's threads were busy.
    async fn busy_for(&self, time: Duration) -> f64 {
        let (began, busy) = (Instant::now(), self.total());
        tokio::time::sleep(time).await;
        // Never zero: what comes of it must stay a number.
        let all = began.elapsed().max(SHORTEST).as_secs_f64() * self.runtime.num_workers().max(1) as f64;
        (self.total().saturating_sub(busy).as_secs_f64() / all).clamp(0.0, 1.0)
    }

    fn total(&self) -> Duration {
        (0..self.runtime.num_workers()).map(|worker| self.runtime.worker_total_busy_duration(worker)).sum()
    }
}
