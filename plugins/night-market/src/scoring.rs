//! What a visit is worth.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use world_events_plugin_sdk::json;
use world_events_plugin_sdk::prelude::*;

use crate::{Parameters, Stall, VISITS, visits_to};

/// The rule's notes about a player.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Progress {
    /// How often each stall was visited, as far as it counted.
    pub visits: BTreeMap<String, u64>,
}

pub(crate) fn score(card: &Scorecard, parameters: &Parameters) -> Result<Outcome, Refusal> {
    let mut progress: Progress = card.participation.progress()?;
    let mut outcome = Outcome::from(&card.participation);
    for action in &card.report.actions {
        let stall = parameters.stalls.get(&action.kind).ok_or_else(|| unknown(action, parameters))?;
        let visits = u64::try_from(action.amount).map_err(|_| negative(action))?;
        let counted = progress.visit(&action.kind, visits, stall);
        if counted > 0 {
            outcome.add_score(signed(counted * u64::from(stall.points)));
            // Only what counts: a script at one stall is no crowd.
            outcome.count(VISITS, signed(counted)).count(&visits_to(&action.kind), signed(counted));
        }
    }

    let id = &parameters.achievement;
    if progress.has_all(parameters) && !card.participation.has_achievement(id)? {
        outcome.achieve(&json!({"id": id}));
    }
    let last = parameters.track.iter().map(|step| step.score).max();
    outcome.completed |= last.is_some_and(|last| outcome.score >= last);
    outcome.set_progress(&progress);
    Ok(outcome)
}

impl Progress {
    /// Notes visits to a stall and says how many of them count: no more than an integer of 32 bits holds.
    fn visit(&mut self, name: &str, visits: u64, stall: &Stall) -> u64 {
        let before = self.visits.get(name).copied().unwrap_or(0);
        let counted = visits.min(u64::from(stall.limit).saturating_sub(before));
        if counted > 0 {
            self.visits.insert(name.to_owned(), before + counted);
        }
        counted
    }

    fn has_all(&self, parameters: &Parameters) -> bool {
        parameters.stalls.keys().all(|stall| self.visits.contains_key(stall))
    }
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn negative(action: &Action) -> Refusal {
    Refusal::new("NEGATIVE_AMOUNT", format!("{} of {}: an amount cannot be negative", action.kind, action.amount))
}

fn unknown(action: &Action, parameters: &Parameters) -> Refusal {
    let known: Vec<_> = parameters.stalls.keys().map(String::as_str).collect();
    Refusal::new("UNKNOWN_ACTION", format!("{} is no stall of this market: visit {}", action.kind, known.join(", ")))
}
