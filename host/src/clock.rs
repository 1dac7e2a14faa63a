//! The server's clock: one for all decisions, bound into SQL as a value, so that a season can be run in seconds.

use std::sync::Arc;

use chrono::{SubsecRound, TimeDelta, Utc};
use tokio::sync::watch;

use crate::model::Time;

/// Tells the time, at PostgreSQL's precision of microseconds.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// A clock that stands still until it is moved by hand.
    Manual(Arc<watch::Sender<Time>>),
}

impl Clock {
    /// A clock that stands still at `start` until it is moved by hand.
    #[must_use]
    pub fn manual(start: Time) -> Self {
        Self::Manual(Arc::new(watch::Sender::new(start.trunc_subsecs(6))))
    }

    /// What time it is.
    #[must_use]
    pub fn now(&self) -> Time {
        match self {
            Self::System => Utc::now().trunc_subsecs(6),
            Self::Manual(time) => *time.borrow(),
        }
    }

    /// Moves a manual clock on; the machine's clock moves by itself and is left alone.
    pub fn advance(&self, by: TimeDelta) {
        if let Self::Manual(time) = self {
            time.send_modify(|now| *now += by);
        }
    }

    /// Sleeps until the clock shows `until`.
    pub async fn sleep_until(&self, until: Time) {
        match self {
            Self::System => {
                // A sleep may end a little early by the wall clock, which can be set; hence the loop.
                while let Ok(rest) = (until - Utc::now()).to_std() {
                    if rest.is_zero() {
                        break;
                    }
                    tokio::time::sleep(rest).await;
                }
            }
            Self::Manual(time) => {
                // The sender is held by this clock, so waiting only ends when the time has come.
                let _ = time.subscribe().wait_for(|now| *now >= until).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_manual_clock_wakes_sleepers_when_it_is_moved() {
        let start = Utc::now().trunc_subsecs(6);
        let clock = Clock::manual(start);
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move {
                clock.sleep_until(start + TimeDelta::hours(1)).await;
                clock.now()
            }
        });
        clock.advance(TimeDelta::minutes(59));
        clock.advance(TimeDelta::minutes(1));
        assert_eq!(sleeper.await.expect("no panic"), start + TimeDelta::hours(1));
    }
}
