//! How long requests and rule calls took.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hdrhistogram::Histogram;

use crate::rules::{ObservedCall, Observer};

/// Significant decimal digits that are kept of a time: within 0.1 %.
const DIGITS: u8 = 3;

/// Times of one kind.
#[derive(Debug, Clone, Default)]
pub struct Times {
    /// In nanoseconds; made with the first time.
    histogram: Option<Histogram<u64>>,
    /// How often each outcome was seen.
    pub outcomes: BTreeMap<String, u64>,
}

impl Times {
    fn add(&mut self, elapsed: Duration, outcome: &str) {
        let nanoseconds = u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX);
        if self.histogram.is_none() {
            self.histogram = Histogram::new(DIGITS).ok();
        }
        if let Some(histogram) = &mut self.histogram {
            // Grows with what it is given, and what it takes has no other bound.
            let _ = histogram.record(nanoseconds);
        }
        match self.outcomes.get_mut(outcome) {
            Some(count) => *count += 1,
            None => {
                self.outcomes.insert(outcome.to_owned(), 1);
            }
        }
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.outcomes.values().sum()
    }

    /// How many ended like this.
    pub fn of(&self, outcome: &str) -> u64 {
        self.outcomes.get(outcome).copied().unwrap_or(0)
    }

    /// The time that a part of them, 0 to 1, stayed within.
    pub fn quantile(&self, part: f64) -> Duration {
        Duration::from_nanos(self.histogram.as_ref().map_or(0, |histogram| histogram.value_at_quantile(part)))
    }
}

/// Which plugin, and which of its functions.
pub type RuleKey = (String, &'static str);

/// Everything that is measured. Shared by all who measure.
#[derive(Debug, Default)]
pub struct Measurements {
    requests: Mutex<BTreeMap<&'static str, Times>>,
    rules: Mutex<BTreeMap<RuleKey, Times>>,
}

impl Measurements {
    /// Nothing measured yet.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Notes a request, as its sender saw it: from sending it to having the whole answer.
    pub fn request(&self, kind: &'static str, elapsed: Duration, outcome: &str) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.entry(kind).or_default().add(elapsed, outcome);
    }

    /// The requests so far, by kind.
    pub fn requests(&self) -> BTreeMap<&'static str, Times> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The calls of rules so far.
    pub fn rules(&self) -> BTreeMap<RuleKey, Times> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The server itself tells how long each call took in the sandbox: with its instance made and its answer checked, without
/// the wait for a place.
impl Observer for Measurements {
    fn rule_called(&self, call: &ObservedCall<'_>) {
        let name = call.plugin.split_once('@').map_or(call.plugin, |(name, _version)| name);
        let mut rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
        rules.entry((name.to_owned(), call.interface)).or_default().add(call.time, call.outcome);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_and_outcomes_are_kept_by_function() {
        let measurements = Measurements::new();
        for microseconds in 1..=100 {
            measurements.rule_called(&ObservedCall {
                plugin: "hydra@1.2.3",
                interface: "scoring",
                outcome: if microseconds == 100 { "REFUSED" } else { "OK" },
                time: Duration::from_micros(microseconds),
                fuel: 1,
            });
        }
        let rules = measurements.rules();
        let times = &rules[&("hydra".to_owned(), "scoring")];
        assert_eq!((times.count(), times.of("OK"), times.of("REFUSED")), (100, 99, 1));
        let within = |part, microseconds: u128| times.quantile(part).as_nanos().abs_diff(microseconds * 1_000) <= 100;
        assert!(within(0.5, 50) && within(0.99, 99), "{times:?}");
        assert_eq!(Times::default().quantile(0.5), Duration::ZERO);
    }
}
