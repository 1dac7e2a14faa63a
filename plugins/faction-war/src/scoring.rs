//! What deeds are worth.

use serde::{Deserialize, Serialize};
use world_events_plugin_sdk::prelude::*;

use crate::{Parameters, points};

const SECONDS_PER_HOUR: u64 = 3_600;

/// The rule's notes about a player.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Progress {
    /// The side that the player fights for, as the door has noted it.
    pub side: String,
    /// The hour of the event, from 0, that `score_this_hour` is about.
    pub hour: u64,
    /// The points that the player scored in that hour.
    pub score_this_hour: u64,
}

/// An achievement as the participation shows it.
#[derive(Serialize)]
struct Achievement<'a> {
    id: &'a str,
}

pub(crate) fn score(card: &Scorecard, parameters: &Parameters) -> Result<Outcome, Refusal> {
    let before: Progress = card.participation.progress()?;
    if parameters.enemy_of(&before.side).is_none() {
        return Err(Refusal::new("SIDE_MISSING", "the player has no side in this war: its door notes one at joining"));
    }
    let mut earned: u64 = 0;
    for action in &card.report.actions {
        earned = earned.saturating_add(worth(action, parameters)?);
    }

    let hour = card.event.elapsed(card.report.at).as_secs() / SECONDS_PER_HOUR;
    let mut now = before.in_hour(hour);
    let earned = earned.min(parameters.max_score_per_hour.saturating_sub(now.score_this_hour));
    now.score_this_hour += earned;
    let mut outcome = Outcome::from(&card.participation);
    let earned = i64::try_from(earned).unwrap_or(i64::MAX);
    outcome.add_score(earned).count(&points(&now.side), earned);
    for medal in &parameters.medals {
        if card.participation.score < medal.score && outcome.score >= medal.score {
            outcome.achieve(&Achievement { id: &medal.id });
        }
    }
    outcome.set_progress(&now);
    Ok(outcome)
}

impl Progress {
    /// The notes about somebody who has just joined.
    pub(crate) fn of(side: String) -> Self {
        Self { side, ..Self::default() }
    }

    /// Begins a new hour if it is one. An hour that is over does not begin again, whatever the clock says.
    fn in_hour(self, hour: u64) -> Self {
        if hour > self.hour { Self { hour, score_this_hour: 0, ..self } } else { self }
    }
}

/// The points for an action, before the hour's limit.
fn worth(action: &Action, parameters: &Parameters) -> Result<u64, Refusal> {
    let deed = parameters.deeds.get(&action.kind).ok_or_else(|| unknown(action, parameters))?;
    let amount = u64::try_from(action.amount).map_err(|_| negative(action))?;
    Ok(amount.min(deed.max.into()) * u64::from(deed.worth))
}

fn negative(action: &Action) -> Refusal {
    Refusal::new("NEGATIVE_AMOUNT", format!("{} of {}: an amount cannot be negative", action.kind, action.amount))
}

fn unknown(action: &Action, parameters: &Parameters) -> Refusal {
    let known: Vec<_> = parameters.deeds.keys().map(String::as_str).collect();
    Refusal::new("UNKNOWN_ACTION", format!("{} is no deed of the war: use {}", action.kind, known.join(", ")))
}
