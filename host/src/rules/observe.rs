//! What the sandbox tells to those who watch it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Is told of each call when it is over. Must be quick: it runs between the rule and the player.
pub trait Observer: Send + Sync + 'static {
    /// A call is over.
    fn rule_called(&self, call: &ObservedCall<'_>);
}

/// A call that is over.
#[derive(Clone, Copy, Debug)]
pub struct ObservedCall<'call> {
    /// The plugin, as `name@version`.
    pub plugin: &'call str,
    /// The interface: `eligibility`, `scoring`, `rewards`, `manifest`.
    pub interface: &'static str,
    /// `OK`, `REFUSED` (a rule's "no"), or the [code](super::RuleFailure::code) of the failure.
    pub outcome: &'static str,
    /// How long it took, without the wait for a place.
    pub time: Duration,
    /// The fuel that it used.
    pub fuel: u64,
}

/// Whoever is shared can watch, too.
impl<O: Observer> Observer for std::sync::Arc<O> {
    fn rule_called(&self, call: &ObservedCall<'_>) {
        (**self).rule_called(call);
    }
}

/// Watches nothing.
impl Observer for () {
    fn rule_called(&self, _call: &ObservedCall<'_>) {}
}

/// What happened since the start, and what is now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RulesStats {
    /// Plugins that were found in memory.
    pub memory_hits: u64,
    /// Plugins that were found on disk.
    pub disk_hits: u64,
    /// Plugins that were found in neither, and compiled.
    pub misses: u64,
    /// Plugins in memory, near enough.
    pub plugins_in_memory: u64,
    /// Calls of `check` and `score` that run now.
    pub decisions_running: usize,
    /// How many of them may run at once.
    pub decision_places: usize,
    /// Calls of `payout` that run now.
    pub payouts_running: usize,
    /// How many of them may run at once.
    pub payout_places: usize,
    /// How often a plugin was parked because it kept failing.
    pub parkings: u64,
}

/// Counts how plugins were found.
#[derive(Debug, Default)]
pub(super) struct CacheCounters {
    pub(super) memory_hits: AtomicU64,
    pub(super) disk_hits: AtomicU64,
    pub(super) misses: AtomicU64,
}

/// Adds one to a counter that orders nothing else.
pub(super) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// Reads such a counter.
pub(super) fn counted(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}
