//! An event, as a transaction that holds its lock moves it on.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::change::CounterRefused;
use super::lock::LockedEvent;
use crate::model::event::WorldEvent;
use crate::model::rules::MAX_COUNTERS;
use crate::model::{EventStatus, MAX_SAFE_INTEGER, PlayerId, Time};

/// An event, as this transaction moves it on.
pub(super) struct Running {
    pub(super) locked: LockedEvent,
    /// How many are in.
    pub(super) inside: i32,
    /// Present where counters or completions need it.
    pub(super) event: Option<Arc<WorldEvent>>,
    /// Present where changes or joins move counters.
    pub(super) counters: Option<BTreeMap<String, i64>>,
    /// The new values of the counters that move.
    pub(super) moved: BTreeMap<String, i64>,
    /// Goals that fall: counter and target.
    pub(super) reached: Vec<(String, i64)>,
    /// Who becomes completed.
    pub(super) completed: Vec<PlayerId>,
    /// Whether a goal has ended it.
    pub(super) is_ended: bool,
}

impl Running {
    /// The event as it was locked.
    pub(super) fn of(locked: LockedEvent) -> Self {
        Self {
            inside: locked.inside,
            locked,
            event: None,
            counters: None,
            moved: BTreeMap::new(),
            reached: Vec::new(),
            completed: Vec::new(),
            is_ended: false,
        }
    }

    pub(super) fn status_at(&self, now: Time) -> EventStatus {
        if self.is_ended { EventStatus::Completed } else { self.locked.status_at(now) }
    }

    /// How many more may be in.
    pub(super) fn room(&self) -> usize {
        let room = self.locked.capacity.map_or(i32::MAX, |capacity| capacity.saturating_sub(self.inside));
        usize::try_from(room).unwrap_or_default()
    }

    /// Moves counters, and sees which goals fall.
    pub(super) fn move_counters(&mut self, deltas: &BTreeMap<String, i64>) -> Result<(), CounterRefused> {
        let Some(before) = &self.counters else { return Ok(()) };
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
        let value_in = |counters: &BTreeMap<String, i64>, counter: &str| counters.get(counter).copied().unwrap_or(0);
        for goal in self.event.iter().filter_map(|event| event.rules.as_ref()).flat_map(|rules| &rules.goals) {
            let (counter, target) = (goal.counter.as_str(), goal.target.get());
            let falls = value_in(before, counter) < target && value_in(&after, counter) >= target;
            // A target that was lowered below what is reached already ends the event at the next move.
            let is_overdue = goal.ends_event && value_in(&after, counter) >= target;
            if falls || is_overdue {
                self.reached.push((counter.to_owned(), target));
                self.is_ended |= goal.ends_event;
            }
        }
        let value = |counter: &String| Some((counter.clone(), *after.get(counter)?));
        self.moved.extend(deltas.keys().filter_map(value));
        self.counters = Some(after);
        Ok(())
    }
}
