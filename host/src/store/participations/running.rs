//! An event, as a transaction that holds its lock moves it on.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::lock::LockedEvent;
use crate::model::counters::{self, CounterRefused};
use crate::model::event::WorldEvent;
use crate::model::{EventStatus, PlayerId, Time};

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
        let rules = self.event.as_ref().and_then(|event| event.rules.as_ref());
        let goals = rules.map(|rules| rules.goals.as_slice()).unwrap_or_default();
        let moved = counters::moved(before, deltas, goals)?;
        self.is_ended |= moved.ends_event();
        self.reached.extend(moved.reached.iter().map(|goal| (goal.counter.to_string(), goal.target.get())));
        let after = moved.counters;
        let value = |counter: &String| Some((counter.clone(), *after.get(counter)?));
        self.moved.extend(deltas.keys().filter_map(value));
        self.counters = Some(after);
        Ok(())
    }
}
