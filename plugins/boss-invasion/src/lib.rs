//! An invasion: a boss whose health all players wear down together.
//!
//! The damage of all players comes together in the event's counter [`BOSS_DAMAGE`]. A goal on that counter is the
//! boss's health: when it is reached, the event ends and everybody is paid by what they contributed.

mod joining;
mod parameters;
mod payout;
mod scoring;

use world_events_plugin_sdk::prelude::*;

pub use parameters::{Milestone, Parameters, RankPrize, Tier};
pub use scoring::Progress;

/// The shared counter of the damage that the boss has taken.
pub const BOSS_DAMAGE: &str = "boss-damage";

/// The shared counter of all points that were scored, which a player's share is a share of. It differs from the damage
/// by what healing and support are worth.
pub const CONTRIBUTION: &str = "contribution";

/// The rule of the invasion.
pub struct BossInvasion;

impl Plugin for BossInvasion {
    type Parameters = Parameters;
}

impl Eligibility for BossInvasion {
    fn check(application: &Application, parameters: &Parameters) -> Result<Admission, Refusal> {
        joining::check(&application.player, parameters)
    }
}

impl Scoring for BossInvasion {
    fn score(card: &Scorecard, parameters: &Parameters) -> Result<Outcome, Refusal> {
        scoring::score(card, parameters)
    }
}

impl Rewards for BossInvasion {
    fn payout(page: &Page, parameters: &Parameters) -> Vec<Grant> {
        payout::payout(page, parameters)
    }
}

world_events_plugin_sdk::export!(BossInvasion: eligibility, scoring, rewards);
