//! The event as it runs: who is in, what the counters show, what a ruling comes to.
//!
//! It does what the server does with the same ruling, with the same parts of the model; only that it keeps everything in
//! memory.

use std::sync::Arc;

use uuid::Uuid;

use super::agenda::{Deed, Due, Occurrence};
use super::crowd::Player;
use super::judge::{Answer, Ruling};
use super::ledger::{Ledger, refuse};
use crate::model::counters::{self, CounterRefused, Counters};
use crate::model::event::WorldEvent;
use crate::model::participation::Admission;
use crate::model::reward::{RewardGrant, promised};
use crate::model::rules::Capability;
use crate::model::{EventStatus, ParticipantStatus, Participation, Time};
use crate::referee::EventInput;
use crate::rules::Refusal;
use crate::store::participations::Change;

/// A goal that was reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    /// The counter.
    pub counter: String,
    /// What it was to reach.
    pub target: i64,
    /// When it did.
    pub at: Time,
}

/// The event as it runs.
#[derive(Debug)]
pub struct RunningEvent {
    /// The event as it stands.
    pub event: WorldEvent,
    /// The goals that were reached, in order.
    pub reached: Vec<Reached>,
    /// Who was granted what by completing the event, where no rule pays at the end.
    pub granted: Vec<(u32, RewardGrant)>,
    promised: Vec<RewardGrant>,
}

impl RunningEvent {
    /// An event that has just begun.
    #[must_use]
    pub fn new(event: WorldEvent) -> Self {
        let promised = if event.has_rule(Capability::Rewards) { Vec::new() } else { promised(&event.rewards) };
        Self { event, reached: Vec::new(), granted: Vec::new(), promised }
    }

    /// The event as rules are handed it now.
    #[must_use]
    pub fn input(&self) -> Arc<EventInput> {
        Arc::new(EventInput::of(&Arc::new(self.event.clone())))
    }

    /// Whether it still runs.
    #[must_use]
    pub fn is_open(&self, now: Time) -> bool {
        self.event.status_at(now) == EventStatus::Active
    }

    /// Lets something happen, with what the rule said about it, and gives what the player does next.
    pub fn happen(
        &mut self,
        occurrence: &Occurrence,
        ruling: Option<Ruling>,
        player: &mut Player,
        ledger: &mut Ledger,
    ) -> Option<Due> {
        let Occurrence { at, player: number, deed, next } = occurrence;
        let answer = ruling.map(|ruling| ruling.answer);
        match deed {
            Deed::Join => {
                let admission = match answer {
                    None => Admission::default(),
                    Some(Answer::Admitted(admission)) => *admission,
                    Some(Answer::Refused(refusal)) => {
                        refuse(&mut ledger.refused_joins, refusal);
                        return None;
                    }
                    Some(Answer::Scored(_) | Answer::Failed(_)) => return None,
                };
                if self.enter(*number, player, admission, *at, ledger) { *next } else { None }
            }
            Deed::Report(_) => {
                match answer {
                    Some(Answer::Scored(scored)) => {
                        if let Some(before) = player.participation.as_deref() {
                            let mut change = Change::of(before.clone());
                            scored.apply(&mut change, *at);
                            change.after.last_activity = *at;
                            self.report(*number, player, &change, *at, ledger);
                        }
                    }
                    Some(Answer::Refused(refusal)) => refuse(&mut ledger.refused_reports, refusal),
                    None | Some(Answer::Admitted(_) | Answer::Failed(_)) => {}
                }
                *next
            }
            Deed::Leave => {
                self.leave(player, *at);
                *next
            }
        }
    }

    /// Lets a player in whom the rule has let pass, if there is room and the counters allow it.
    fn enter(
        &mut self,
        number: u32,
        player: &mut Player,
        admission: Admission,
        now: Time,
        ledger: &mut Ledger,
    ) -> bool {
        let capacity = self.event.max_participants.map(crate::model::Capacity::get);
        if capacity.is_some_and(|capacity| self.event.current_participants >= capacity) {
            ledger.full += 1;
            return false;
        }
        if let Err(refused) = self.move_counters(&admission.counters, now) {
            refuse(&mut ledger.refused_joins, refusal(&refused));
            return false;
        }
        let participation = match player.participation.as_deref() {
            Some(before) => {
                ledger.returned += 1;
                let mut change = Change::of(before.clone());
                change.set_status(ParticipantStatus::Active, now);
                // Score and progress stay; what is counted for being in is what is said this time.
                let counters = admission.counters;
                change.after.admission_counters = (!counters.is_empty()).then(|| Box::new(counters));
                change.after.last_activity = now;
                change.applied()
            }
            None => {
                ledger.admitted += 1;
                let id = Uuid::from_u128(u128::from(number));
                Participation::new(id, self.event.id, player.id.clone(), admission, now)
            }
        };
        player.participation = Some(Arc::new(participation));
        self.event.current_participants += 1;
        true
    }

    fn leave(&mut self, player: &mut Player, now: Time) {
        let Some(before) = player.participation.as_deref() else { return };
        if before.status.step(ParticipantStatus::Left).is_err() {
            return;
        }
        let mut change = Change::of(before.clone());
        change.set_status(ParticipantStatus::Left, now);
        change.after.last_activity = now;
        // A counter that cannot take back what it was given would keep the player in, as on a server.
        if self.move_counters(&change.counters, now).is_ok() {
            player.participation = Some(Arc::new(change.applied()));
            self.event.current_participants -= 1;
        }
    }

    /// Moves the shared counters, and lets the goals fall that are reached by it.
    fn move_counters(&mut self, deltas: &Counters, now: Time) -> Result<(), CounterRefused> {
        if deltas.is_empty() {
            return Ok(());
        }
        let goals = self.event.rules.as_ref().map(|rules| rules.goals.as_slice()).unwrap_or_default();
        let moved = counters::moved(&self.event.counters, deltas, goals)?;
        let ends = moved.ends_event();
        self.reached.extend(moved.reached.iter().map(|goal| Reached {
            counter: goal.counter.to_string(),
            target: goal.target.get(),
            at: now,
        }));
        self.event.counters = moved.counters;
        if ends {
            // An active event may always be completed.
            let _ = self.event.set_status(EventStatus::Completed, now);
        }
        Ok(())
    }

    /// Applies a report that was scored, unless a counter does not allow it.
    fn report(&mut self, number: u32, player: &mut Player, change: &Change, now: Time, ledger: &mut Ledger) {
        if let Err(refused) = self.move_counters(&change.counters, now) {
            return refuse(&mut ledger.refused_reports, refusal(&refused));
        }
        ledger.scored += 1;
        if change.after.status == ParticipantStatus::Completed && change.before != ParticipantStatus::Completed {
            self.granted.extend(self.promised.iter().map(|grant| (number, grant.clone())));
        }
        player.participation = Some(Arc::new(change.applied()));
    }
}

/// What the server says when the counters do not allow something.
fn refusal(refused: &CounterRefused) -> Refusal {
    let code = match refused {
        CounterRefused::OutOfRange(_) => "COUNTER_OUT_OF_RANGE",
        CounterRefused::TooMany => "TOO_MANY_COUNTERS",
    };
    Refusal { code: code.to_owned(), message: refused.to_string(), details: Default::default() }
}
