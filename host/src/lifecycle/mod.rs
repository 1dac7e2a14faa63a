//! What time does to events: start, end, settlement.
//!
//! The event's row is the job. Any number of servers may watch: each change is made under a lock of the row, and whoever
//! comes second finds it done. Nothing here is needed for exactness, as joins and reports look at the clock themselves.

mod rank;
pub(crate) mod settle;
mod throttle;
mod watch;

use std::sync::Arc;

use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::live::Live;
use crate::referee::Referee;
use crate::store::Store;

/// Wakes those who watch the time. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Lifecycle {
    watcher: Arc<Notify>,
    settler: Arc<Notify>,
}

impl Lifecycle {
    /// Says that there may be something to do before the time that was slept until.
    pub fn wake(&self) {
        self.watcher.notify_one();
        self.settler.notify_one();
    }

    /// Watches the time until `stop`: starts and ends events, and settles those that are over.
    pub async fn run(self, store: Store, live: Live, referee: Referee, clock: Clock, stop: CancellationToken) {
        let mut tasks = JoinSet::new();
        tasks.spawn(watch::listen(store.clone(), live.clone(), self.clone()));
        tasks.spawn(watch::run(store.clone(), live, self.clone(), clock.clone()));
        tasks.spawn(settle::run(store, referee, self, clock));
        stop.cancelled().await;
        // Whatever is under way is a transaction, which then does not happen, or a ranking, which then is not finished: it
        // is done by whoever comes next.
        tasks.shutdown().await;
    }
}
