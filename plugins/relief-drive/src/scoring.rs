//! What aid is worth.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use world_events_plugin_sdk::prelude::*;

use crate::{Aid, Parameters, RELIEF, given};

const SECONDS_PER_MINUTE: u64 = 60;
const SECONDS_PER_HOUR: u64 = 60 * SECONDS_PER_MINUTE;

/// The rule's notes about a player.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Progress {
    /// How much of each kind was given, as far as it counted.
    pub given: BTreeMap<String, u64>,
    /// The hour of the event, from 0, that `given_this_hour` is about.
    pub hour: u64,
    /// How much of each kind was given in that hour.
    pub given_this_hour: BTreeMap<String, u64>,
}

/// An achievement as the participation shows it.
#[derive(Serialize)]
struct Achievement<'a> {
    id: &'a str,
}

pub(crate) fn score(card: &Scorecard, parameters: &Parameters) -> Result<Outcome, Refusal> {
    let before: Progress = card.participation.progress()?;
    let elapsed = card.event.elapsed(card.report.at).as_secs();
    let mut now = before.clone().in_hour(elapsed / SECONDS_PER_HOUR);
    let mut outcome = Outcome::from(&card.participation);
    for action in &card.report.actions {
        let aid = parameters.aid.get(&action.kind).ok_or_else(|| unknown(action, parameters))?;
        let amount = u64::try_from(action.amount).map_err(|_| negative(action))?;
        let counted = now.give(&action.kind, amount, aid.max_per_hour.into());
        if counted == 0 {
            continue;
        }
        let counter = given(&action.kind);
        // A recent total, and what this report has added to it.
        let already = card.event.counter(&counter).saturating_add(outcome.counter(&counter));
        let points = worth(counted, aid, already, parameters.surplus_percent);
        outcome.add_score(points).count(RELIEF, points).count(&counter, signed(counted));
    }

    let is_early = elapsed < u64::from(parameters.first_response_minutes) * SECONDS_PER_MINUTE;
    if is_early && before.given.is_empty() && !now.given.is_empty() {
        outcome.achieve(&Achievement { id: "first-responder" });
    }
    if parameters.aid.len() > 1 && !before.has_all(parameters) && now.has_all(parameters) {
        outcome.achieve(&Achievement { id: "all-rounder" });
    }
    let passed = |score| card.participation.score < score && outcome.score >= score;
    let milestones: Vec<_> = parameters.milestones.iter().filter(|milestone| passed(milestone.score)).collect();
    for milestone in milestones {
        outcome.achieve(&Achievement { id: &milestone.id });
    }
    outcome.completed |= parameters.completion_score.is_some_and(|score| outcome.score >= score);
    outcome.set_progress(&now);
    Ok(outcome)
}

impl Progress {
    /// Begins a new hour if it is one. An hour that is over does not begin again, whatever the clock says.
    fn in_hour(self, hour: u64) -> Self {
        if hour > self.hour { Self { hour, given_this_hour: BTreeMap::new(), ..self } } else { self }
    }

    /// Notes what was given and says how much of it counts.
    fn give(&mut self, kind: &str, amount: u64, max_per_hour: u64) -> u64 {
        let this_hour = self.given_this_hour.get(kind).copied().unwrap_or(0);
        let counted = amount.min(max_per_hour.saturating_sub(this_hour));
        if counted > 0 {
            self.given_this_hour.insert(kind.to_owned(), this_hour + counted);
            let given = self.given.entry(kind.to_owned()).or_default();
            *given = given.saturating_add(counted);
        }
        counted
    }

    fn has_all(&self, parameters: &Parameters) -> bool {
        parameters.aid.keys().all(|kind| self.given.contains_key(kind))
    }
}

/// The points for so much aid, when so much of it is there already. What meets the need counts in full, the rest as
/// surplus, rounded down. Amounts are capped by the parameters, so that nothing here comes near an integer's end.
fn worth(amount: u64, aid: &Aid, already: i64, surplus_percent: u32) -> i64 {
    let missing = aid.needed.map_or(u64::MAX, |needed| needed.saturating_sub(u64::try_from(already).unwrap_or(0)));
    let in_need = amount.min(missing);
    let surplus = amount - in_need;
    let worth = u64::from(aid.worth);
    signed(in_need.saturating_mul(worth) + surplus.saturating_mul(worth).saturating_mul(surplus_percent.into()) / 100)
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn negative(action: &Action) -> Refusal {
    Refusal::new("NEGATIVE_AMOUNT", format!("{} of {}: an amount cannot be negative", action.kind, action.amount))
}

fn unknown(action: &Action, parameters: &Parameters) -> Refusal {
    let known: Vec<_> = parameters.aid.keys().map(String::as_str).collect();
    Refusal::new("UNKNOWN_ACTION", format!("{} is no aid here: what counts is {}", action.kind, known.join(", ")))
}
