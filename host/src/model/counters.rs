//! Shared counters: how they move, and which goals fall.

use std::collections::BTreeMap;

use super::MAX_SAFE_INTEGER;
use super::rules::{Goal, MAX_COUNTERS};

/// The shared counters of an event, by name.
pub type Counters = BTreeMap<String, i64>;

/// Counters after something has moved them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved<'a> {
    /// All counters.
    pub counters: Counters,
    /// The goals that fall by it.
    pub reached: Vec<&'a Goal>,
}

impl Moved<'_> {
    /// Whether one of the goals ends the event.
    #[must_use]
    pub fn ends_event(&self) -> bool {
        self.reached.iter().any(|goal| goal.ends_event)
    }
}

/// Why counters cannot be moved. Then what would move them counts for nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CounterRefused {
    /// A counter would leave the range of ±(2^53 - 1).
    #[error("the counter {0} would leave the range of ±(2^53 - 1)")]
    OutOfRange(String),
    /// There would be more counters than an event may have.
    #[error("an event has at most {MAX_COUNTERS} counters")]
    TooMany,
}

/// Adds what a report, or an admission, moves, and sees which goals fall.
///
/// # Errors
/// A counter would leave its range, or there would be too many of them.
pub fn moved<'a>(before: &Counters, deltas: &Counters, goals: &'a [Goal]) -> Result<Moved<'a>, CounterRefused> {
    let mut after = before.clone();
    for (counter, delta) in deltas {
        let value = after.entry(counter.clone()).or_default();
        *value = value.saturating_add(*delta);
        if value.abs() > MAX_SAFE_INTEGER {
            return Err(CounterRefused::OutOfRange(counter.clone()));
        }
    }
    if after.len() > MAX_COUNTERS && after.len() > before.len() {
        return Err(CounterRefused::TooMany);
    }
    let value_in = |counters: &Counters, goal: &Goal| counters.get(goal.counter.as_str()).copied().unwrap_or(0);
    let falls = |goal: &&Goal| {
        let target = goal.target.get();
        let is_reached = value_in(&after, goal) >= target;
        // A target that was lowered below what is reached already ends the event at the next move.
        is_reached && (goal.ends_event || value_in(before, goal) < target)
    };
    let reached = goals.iter().filter(falls).collect();
    Ok(Moved { counters: after, reached })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counters(of: &[(&str, i64)]) -> Counters {
        of.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect()
    }

    fn goal(target: i64, ends_event: bool) -> Goal {
        Goal { counter: "gold".parse().expect("a name"), target: target.try_into().expect("a target"), ends_event }
    }

    #[test]
    fn a_goal_falls_once_and_one_that_ends_the_event_falls_when_it_is_overdue() {
        let goals = [goal(10, false), goal(20, true)];
        let fall = |before: i64, delta: i64| {
            let moved = moved(&counters(&[("gold", before)]), &counters(&[("gold", delta)]), &goals).expect("in range");
            (moved.counters["gold"], moved.reached.iter().map(|goal| goal.target.get()).collect::<Vec<_>>())
        };
        assert_eq!(fall(0, 9), (9, vec![]));
        assert_eq!(fall(9, 1), (10, vec![10]));
        assert_eq!(fall(10, 1), (11, vec![]));
        assert_eq!(fall(5, 20), (25, vec![10, 20]));
        assert_eq!(fall(25, -1), (24, vec![20]));
    }

    #[test]
    fn what_goes_too_far_is_refused() {
        let most = counters(&[("gold", MAX_SAFE_INTEGER)]);
        let error = moved(&most, &counters(&[("gold", 1)]), &[]).expect_err("out of range");
        assert_eq!(error, CounterRefused::OutOfRange("gold".to_owned()));
        let many: Counters = (0..MAX_COUNTERS).map(|n| (n.to_string(), 1)).collect();
        assert_eq!(moved(&many, &counters(&[("one more", 1)]), &[]), Err(CounterRefused::TooMany));
        assert!(moved(&many, &counters(&[("0", 1)]), &[]).is_ok());
    }
}
