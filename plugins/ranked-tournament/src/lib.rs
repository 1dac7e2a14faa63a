//! A ranked tournament: a few attempts each, the best one counts.
//!
//! Players with the same best result share a rank. At the end, the podium is paid by rank, and the field by the
//! percentile that a rank falls into.

mod joining;
mod parameters;
mod payout;
mod scoring;

use world_events_plugin_sdk::prelude::*;

pub use parameters::{Bracket, Parameters, PodiumPlace};
pub use scoring::Progress;

/// The rule of the tournament.
pub struct RankedTournament;

impl Plugin for RankedTournament {
    type Parameters = Parameters;
}

impl Eligibility for RankedTournament {
    fn check(application: &Application, parameters: &Parameters) -> Result<Admission, Refusal> {
        joining::check(&application.player, parameters)
    }
}

impl Scoring for RankedTournament {
    fn score(card: &Scorecard, parameters: &Parameters) -> Result<Outcome, Refusal> {
        scoring::score(card, parameters)
    }
}

impl Rewards for RankedTournament {
    fn payout(page: &Page, parameters: &Parameters) -> Vec<Grant> {
        payout::payout(page, parameters)
    }
}

world_events_plugin_sdk::export!(RankedTournament: eligibility, scoring, rewards);
