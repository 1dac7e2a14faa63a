//! What the calls of each plugin came to, until somebody takes note.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::function::Meaning;
use crate::model::plugin::CallSum;
use crate::model::rules::Capability;

/// The calls of one plugin.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// By [`Capability`].
    of: [OfCapability; Capability::ALL.len()],
}

#[derive(Debug, Default)]
struct OfCapability {
    ok: Sum,
    refused: Sum,
    /// By code. Failures are rare, or are about to be.
    failed: Mutex<BTreeMap<&'static str, Sum>>,
}

#[derive(Debug, Default)]
struct Sum {
    calls: AtomicU64,
    fuel: AtomicU64,
    nanos: AtomicU64,
}

impl Sum {
    fn add(&self, fuel: u64, time: Duration) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.fuel.fetch_add(fuel, Ordering::Relaxed);
        self.nanos.fetch_add(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// What was added since this was asked last.
    fn take(&self, plugin: &str, capability: Capability, outcome: &'static str) -> Option<CallSum> {
        let calls = self.calls.swap(0, Ordering::Relaxed);
        let (fuel, nanos) = (self.fuel.swap(0, Ordering::Relaxed), self.nanos.swap(0, Ordering::Relaxed));
        let sum = CallSum { plugin: plugin.to_owned(), capability, outcome, calls, fuel, micros: nanos / 1_000 };
        (calls > 0).then_some(sum)
    }
}

impl Tally {
    /// Adds a call that is over. `outcome` is that of its [meaning](Meaning), or the code of its failure.
    pub(super) fn add(&self, capability: Capability, outcome: &'static str, fuel: u64, time: Duration) {
        let Some(of) = self.of.get(capability as usize) else { return };
        if outcome == Meaning::Ok.as_str() {
            of.ok.add(fuel, time);
        } else if outcome == Meaning::Refused.as_str() {
            of.refused.add(fuel, time);
        } else {
            lock(&of.failed).entry(outcome).or_default().add(fuel, time);
        }
    }

    fn take(&self, plugin: &str) -> Vec<CallSum> {
        let mut sums = Vec::new();
        for (capability, of) in Capability::ALL.iter().zip(&self.of) {
            sums.extend(of.ok.take(plugin, *capability, Meaning::Ok.as_str()));
            sums.extend(of.refused.take(plugin, *capability, Meaning::Refused.as_str()));
            sums.extend(lock(&of.failed).iter().filter_map(|(code, sum)| sum.take(plugin, *capability, code)));
        }
        sums
    }
}

/// The tallies of all plugins that were loaded, by label: they outlast a plugin that is dropped from memory.
#[derive(Debug, Default)]
pub(super) struct Tallies(Mutex<HashMap<String, Arc<Tally>>>);

impl Tallies {
    /// The tally of a plugin.
    pub(super) fn of(&self, label: &str) -> Arc<Tally> {
        Arc::clone(lock(&self.0).entry(label.to_owned()).or_default())
    }

    /// What was called since this was asked last.
    pub(super) fn take(&self) -> Vec<CallSum> {
        lock(&self.0).iter().flat_map(|(label, tally)| tally.take(label)).collect()
    }
}

/// Nothing panics while it holds one of these locks.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_called_is_taken_once() {
        let tallies = Tallies::default();
        let hydra = tallies.of("hydra@1.0.0");
        let time = Duration::from_micros(7);
        hydra.add(Capability::Scoring, "OK", 100, time);
        hydra.add(Capability::Scoring, "OK", 50, time);
        hydra.add(Capability::Eligibility, "REFUSED", 5, time);
        tallies.of("hydra@1.0.0").add(Capability::Rewards, "RULE_TRAPPED", 1, time);
        tallies.of("kraken@2.0.0");
        let sum = |capability, outcome, calls, fuel| CallSum {
            plugin: "hydra@1.0.0".to_owned(),
            capability,
            outcome,
            calls,
            fuel,
            micros: 7 * calls,
        };
        let expected = [
            sum(Capability::Eligibility, "REFUSED", 1, 5),
            sum(Capability::Scoring, "OK", 2, 150),
            sum(Capability::Rewards, "RULE_TRAPPED", 1, 1),
        ];
        assert_eq!(tallies.take(), expected);
        assert_eq!(tallies.take(), []);
    }
}
