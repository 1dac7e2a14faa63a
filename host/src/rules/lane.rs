//! Places to run, so that the sandboxes' pool is never asked for more than it has.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::limits::RuleLimits;
use super::plugin::Plugin;
use super::workers::Workers;

/// Calls of one kind: what each may take, and how many run at once. Payouts have places of their own, so that they never
/// make players wait.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) limits: RuleLimits,
    /// As many as there are places.
    pub(super) workers: Workers,
    places: Arc<Semaphore>,
    size: usize,
    patience: Duration,
}

/// A place, for as long as this is kept.
pub(super) struct Place {
    _share: OwnedSemaphorePermit,
    _place: OwnedSemaphorePermit,
}

impl Lane {
    /// `name` is what the threads are called.
    pub(super) fn new(name: &'static str, limits: RuleLimits, size: usize, patience: Duration) -> Self {
        let workers = Workers::new(name, size);
        Self { limits, workers, places: Arc::new(Semaphore::new(size)), size, patience }
    }

    /// Waits for a place, for a bounded time. A plugin waits for one of its own first: one whose calls are slow queues up
    /// behind itself, not in front of the others.
    pub(super) async fn enter(&self, plugin: &Plugin) -> Option<Place> {
        let enter = async {
            let share = Arc::clone(&plugin.share).acquire_owned().await.ok()?;
            let place = Arc::clone(&self.places).acquire_owned().await.ok()?;
            Some(Place { _share: share, _place: place })
        };
        tokio::time::timeout(self.patience, enter).await.ok().flatten()
    }

    /// How many calls run at once, at most.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// How many run now.
    pub(super) fn in_use(&self) -> usize {
        self.size.saturating_sub(self.places.available_permits())
    }
}
