//! A quest: objectives in a fixed order, told like a story.
//!
//! Only the objective that is next can be worked on, and each counts once. The shared counters [`FINISHED`] and
//! [`done`] tell how many players came how far; a goal on the first makes the quest a race that ends with so many
//! finishers.

mod joining;
mod parameters;
mod payout;
mod scoring;

use world_events_plugin_sdk::prelude::*;

pub use parameters::{Objective, Parameters, SpeedBonus};
pub use scoring::Progress;

/// The shared counter of the players who have done all objectives.
pub const FINISHED: &str = "finished";

/// The shared counter of the players who have done one objective.
#[must_use]
pub fn done(objective: &str) -> String {
    format!("done-{objective}")
}

/// The rule of the quest.
pub struct StoryQuest;

impl Plugin for StoryQuest {
    type Parameters = Parameters;
}

impl Eligibility for StoryQuest {
    fn check(application: &Application, parameters: &Parameters) -> Result<Admission, Refusal> {
        joining::check(&application.player, parameters)
    }
}

impl Scoring for StoryQuest {
    fn score(card: &Scorecard, parameters: &Parameters) -> Result<Outcome, Refusal> {
        scoring::score(card, parameters)
    }
}

impl Rewards for StoryQuest {
    fn payout(page: &Page, parameters: &Parameters) -> Vec<Grant> {
        payout::payout(page, parameters)
    }
}

world_events_plugin_sdk::export!(StoryQuest: eligibility, scoring, rewards);
