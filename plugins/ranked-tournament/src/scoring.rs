//! What attempts are worth.

use serde::{Deserialize, Serialize};
use world_events_plugin_sdk::prelude::*;

use crate::Parameters;

/// The rule's notes about a player.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Progress {
    /// The result of each attempt, in order.
    pub results: Vec<u64>,
    /// How many attempts are left.
    pub attempts_left: u32,
}

pub(crate) fn score(card: &Scorecard, parameters: &Parameters) -> Result<Outcome, Refusal> {
    let Progress { mut results, .. } = card.participation.progress()?;
    for action in &card.report.actions {
        let result = result(action)?;
        if results.len() >= parameters.attempts as usize {
            return Err(Refusal::new("NO_ATTEMPTS_LEFT", format!("there are {} attempts in all", parameters.attempts)));
        }
        results.push(result);
    }

    let used = u32::try_from(results.len()).unwrap_or(u32::MAX);
    let attempts_left = parameters.attempts.saturating_sub(used);
    let mut outcome = Outcome::from(&card.participation);
    outcome.score = results.iter().copied().max().unwrap_or(0);
    outcome.completed |= attempts_left == 0;
    outcome.set_progress(&Progress { results, attempts_left });
    Ok(outcome)
}

fn result(action: &Action) -> Result<u64, Refusal> {
    if action.kind != "attempt" {
        return Err(Refusal::new(
            "UNKNOWN_ACTION",
            format!("{} is no action of the tournament: use attempt", action.kind),
        ));
    }
    u64::try_from(action.amount).map_err(|_| {
        Refusal::new("NEGATIVE_RESULT", format!("a result of {}: a result cannot be negative", action.amount))
    })
}
