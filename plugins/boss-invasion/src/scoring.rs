//! What actions are worth.

use serde::{Deserialize, Serialize};
use world_events_plugin_sdk::prelude::*;

use crate::{BOSS_DAMAGE, CONTRIBUTION, Parameters};

/// The rule's notes about a player.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Progress {
    /// How many hits did damage.
    pub hits: u64,
    /// The damage of all hits.
    pub damage: u64,
    /// The damage of the best hit.
    pub best_hit: u64,
    /// What was healed and supported, before its worth is reckoned.
    pub support: u64,
}

/// An achievement as the participation shows it.
#[derive(Serialize)]
struct Achievement<'a> {
    id: &'a str,
}

pub(crate) fn score(card: &Scorecard, parameters: &Parameters) -> Result<Outcome, Refusal> {
    let before: Progress = card.participation.progress()?;
    let mut now = before;
    let mut points = 0;
    for action in &card.report.actions {
        let amount = u64::try_from(action.amount).map_err(|_| negative(action))?;
        match action.kind.as_str() {
            "hit" => points += hit(amount, action, &card.participation.player, parameters, &mut now)?,
            "heal" | "support" => points += support(amount, parameters, &mut now),
            _ => return Err(unknown(action)),
        }
    }

    let mut outcome = Outcome::from(&card.participation);
    outcome.add_score(points).count(CONTRIBUTION, points).count(BOSS_DAMAGE, signed(now.damage - before.damage));
    for id in reached(&before, &now, parameters) {
        outcome.achieve(&Achievement { id });
    }
    outcome.completed |= parameters.completion_score.is_some_and(|score| outcome.score >= score);
    outcome.set_progress(&now);
    Ok(outcome)
}

/// Notes a hit and says what it is worth. The element is that of the action, or else that of the player.
fn hit(
    amount: u64,
    action: &Action,
    player: &Player,
    parameters: &Parameters,
    progress: &mut Progress,
) -> Result<i64, Refusal> {
    let percent = if parameters.element_percent.is_empty() {
        100
    } else {
        let element = action.attribute::<String>("element")?.or(player.attribute("element")?);
        element.and_then(|element| parameters.element_percent.get(&element).copied()).unwrap_or(100)
    };
    let damage = percent_of(amount.min(parameters.max_hit.into()), percent);
    if damage > 0 {
        progress.hits += 1;
        progress.damage = progress.damage.saturating_add(damage);
        progress.best_hit = progress.best_hit.max(damage);
    }
    Ok(signed(damage))
}

/// Notes a heal or a support and says what it is worth.
fn support(amount: u64, parameters: &Parameters, progress: &mut Progress) -> i64 {
    let amount = amount.min(parameters.max_support.into());
    progress.support = progress.support.saturating_add(amount);
    signed(percent_of(amount, parameters.support_percent))
}

/// The achievements that were not there before: the first hit, and the milestones of damage.
fn reached<'a>(before: &Progress, now: &Progress, parameters: &'a Parameters) -> Vec<&'a str> {
    let first_blood = (before.hits == 0 && now.hits > 0).then_some("first-blood");
    let passed = |damage: u64| before.damage < damage && now.damage >= damage;
    let milestones = parameters.milestones.iter().filter(|milestone| passed(milestone.damage));
    first_blood.into_iter().chain(milestones.map(|milestone| milestone.id.as_str())).collect()
}

/// Rounded down. Amounts are capped by the parameters, so that nothing here comes near an integer's end.
fn percent_of(amount: u64, percent: u32) -> u64 {
    amount.saturating_mul(percent.into()) / 100
}

fn signed(points: u64) -> i64 {
    i64::try_from(points).unwrap_or(i64::MAX)
}

fn negative(action: &Action) -> Refusal {
    Refusal::new("NEGATIVE_AMOUNT", format!("{} of {}: an amount cannot be negative", action.kind, action.amount))
}

fn unknown(action: &Action) -> Refusal {
    Refusal::new("UNKNOWN_ACTION", format!("{} is no action of the invasion: use hit, heal or support", action.kind))
}
