//! What counts, and for which objective.

use serde::{Deserialize, Serialize};
use world_events_plugin_sdk::prelude::*;
use world_events_plugin_sdk::{Timestamp, json};

use crate::{FINISHED, Objective, Parameters, SpeedBonus, done};

/// The rule's notes about a player.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Progress {
    /// How many objectives are done; the next one is what can be worked on.
    pub done: usize,
    /// How much of the next objective is done.
    pub count: u64,
    /// When the last objective was done, in Unix milliseconds; absent if none is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub done_at: Option<Timestamp>,
    /// Whether the whole quest is done.
    pub finished: bool,
}

/// An achievement as the participation shows it.
#[derive(Serialize)]
struct Achievement<'a> {
    id: &'a str,
}

pub(crate) fn score(card: &Scorecard, parameters: &Parameters) -> Result<Outcome, Refusal> {
    let mut progress: Progress = card.participation.progress()?;
    let mut outcome = Outcome::from(&card.participation);
    let mut achieved = Vec::new();
    for action in &card.report.actions {
        let amount = u64::try_from(action.amount).map_err(|_| negative(action))?;
        let Some(objective) = objective(action, &progress, parameters)? else {
            continue;
        };
        progress.count = progress.count.saturating_add(amount).min(objective.count.into());
        if progress.count == u64::from(objective.count) {
            check_pace(card, &progress, objective)?;
            progress.done += 1;
            progress.count = 0;
            progress.done_at = Some(card.report.at);
            outcome.add_score(objective.score.into()).count(&done(&objective.id), 1);
            achieved.extend(objective.achievement.as_deref());
        }
    }
    if progress.done >= parameters.objectives.len() && !progress.finished {
        progress.finished = true;
        outcome.add_score(parameters.speed_bonus.map_or(0, |bonus| points(bonus, card))).count(FINISHED, 1);
        achieved.push(&parameters.achievement);
    }

    for (place, id) in achieved.iter().enumerate() {
        // Objectives may share an achievement, which is had once.
        if !achieved.iter().take(place).any(|earlier| earlier == id) && !card.participation.has_achievement(id)? {
            outcome.achieve(&Achievement { id });
        }
    }
    outcome.completed |= progress.finished;
    outcome.set_progress(&progress);
    Ok(outcome)
}

/// The objective that an action counts for: the next one or none. What was done already may be reported again, as
/// players go on slaying wolves.
fn objective<'a>(
    action: &Action,
    progress: &Progress,
    parameters: &'a Parameters,
) -> Result<Option<&'a Objective>, Refusal> {
    let objectives = &parameters.objectives;
    if objectives.iter().all(|objective| objective.kind != action.kind) {
        return Err(unknown(action, objectives));
    }
    let target: Option<String> = action.attribute("target")?;
    let is_for = |objective: &Objective| {
        objective.kind == action.kind && (objective.target.is_none() || objective.target == target)
    };
    let Some(next) = objectives.get(progress.done) else {
        return Ok(None);
    };
    if is_for(next) {
        return Ok(Some(next));
    }
    let is_done = objectives.iter().take(progress.done).any(is_for);
    match objectives.iter().skip(progress.done).find(|objective| is_for(objective)) {
        Some(later) if parameters.strict_order && !is_done => Err(out_of_order(later, next)),
        _ => Ok(None),
    }
}

/// Nobody does an objective in less time than it takes.
fn check_pace(card: &Scorecard, progress: &Progress, objective: &Objective) -> Result<(), Refusal> {
    let began = progress.done_at.unwrap_or(card.participation.joined_at);
    let seconds = card.report.at.saturating_sub(began) / 1_000;
    if seconds >= u64::from(objective.min_seconds) {
        return Ok(());
    }
    let Objective { id, min_seconds, .. } = objective;
    let message = format!("{id} takes {min_seconds} seconds at least, but only {seconds} have passed");
    let details = json!({"objective": id, "seconds": seconds, "minSeconds": min_seconds});
    Err(Refusal::new("TOO_SOON", message).with_details(&details))
}

/// The points for having finished now, rounded down.
fn points(bonus: SpeedBonus, card: &Scorecard) -> i64 {
    let within = u64::from(bonus.within_minutes) * 60_000;
    let taken = card.report.at.saturating_sub(card.participation.joined_at);
    let left = u128::from(within.saturating_sub(taken));
    let points = left * u128::from(bonus.score) / u128::from(within.max(1));
    i64::try_from(points).unwrap_or(i64::MAX)
}

fn out_of_order(later: &Objective, next: &Objective) -> Refusal {
    Refusal::new("OUT_OF_ORDER", format!("{} comes later: the next objective is {}", later.id, next.id))
        .with_details(&json!({"objective": later.id, "next": next.id}))
}

fn negative(action: &Action) -> Refusal {
    Refusal::new("NEGATIVE_AMOUNT", format!("{} of {}: an amount cannot be negative", action.kind, action.amount))
}

fn unknown(action: &Action, objectives: &[Objective]) -> Refusal {
    let mut known: Vec<_> = objectives.iter().map(|objective| objective.kind.as_str()).collect();
    known.sort_unstable();
    known.dedup();
    Refusal::new("UNKNOWN_ACTION", format!("no objective is about {}: use {}", action.kind, known.join(", ")))
}
