//! What a rule adds to shared counters.

use crate::Counter;

/// The largest value of a counter or an action's amount, in either direction: 2^53 - 1.
///
/// ```
/// use world_events_plugin_sdk::{MAX_COUNTER, Outcome, testing};
///
/// let mut outcome = Outcome::from(&testing::participation("p1"));
/// outcome.count("gold", i64::MAX);
/// assert_eq!(outcome.counter("gold"), MAX_COUNTER);
/// ```
pub const MAX_COUNTER: i64 = (1 << 53) - 1;

/// What is added to each counter, each named once.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Counters(Vec<Counter>);

impl Counters {
    /// Adds to a counter, or takes from it. What is added under one name comes together, and stops at [`MAX_COUNTER`] in
    /// either direction.
    pub(crate) fn add(&mut self, name: &str, delta: i64) {
        match self.0.iter_mut().find(|counter| counter.name == name) {
            Some(counter) => counter.value = bounded(counter.value.saturating_add(delta)),
            None if delta == 0 => {}
            None => self.0.push(Counter { name: name.to_owned(), value: bounded(delta) }),
        }
    }

    /// What is added to a counter; 0 if nothing is.
    pub(crate) fn get(&self, name: &str) -> i64 {
        self.0.iter().find(|counter| counter.name == name).map_or(0, |counter| counter.value)
    }
}

impl From<Counters> for Vec<Counter> {
    fn from(counters: Counters) -> Self {
        counters.0
    }
}

fn bounded(value: i64) -> i64 {
    value.clamp(-MAX_COUNTER, MAX_COUNTER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_of_one_name_come_together_in_their_range() {
        let mut counters = Counters::default();
        for (name, delta) in [("gold", 5), ("boss-damage", -3), ("gold", 2), ("idle", 0)] {
            counters.add(name, delta);
        }
        assert_eq!((counters.get("gold"), counters.get("boss-damage"), counters.get("idle")), (7, -3, 0));
        assert_eq!(counters.0.len(), 2);
        counters.add("gold", i64::MAX);
        counters.add("boss-damage", i64::MIN);
        assert_eq!((counters.get("gold"), counters.get("boss-damage")), (MAX_COUNTER, -MAX_COUNTER));
    }
}
