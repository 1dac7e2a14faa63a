//! A war of two factions, in which the side with more points wins.
//!
//! The door keeps the balance: the shared counters [`members`] say how many are in for each side, and the side that is
//! too far ahead has to wait. A player fights for the side that the door noted, whatever becomes of the player's
//! attribute during the war. The side with more [`points`] shares the pool, each by what they contributed.

mod joining;
mod parameters;
mod payout;
mod scoring;

use world_events_plugin_sdk::prelude::*;

pub use parameters::{Deed, Medal, Parameters};
pub use scoring::Progress;

/// The shared counter of the players who are in for a side.
#[must_use]
pub fn members(side: &str) -> String {
    format!("members-{side}")
}

/// The shared counter of the points that a side has scored.
#[must_use]
pub fn points(side: &str) -> String {
    format!("points-{side}")
}

/// The rule of the war.
pub struct FactionWar;

impl Plugin for FactionWar {
    type Parameters = Parameters;
}

impl Eligibility for FactionWar {
    fn check(application: &Application, parameters: &Parameters) -> Result<Admission, Refusal> {
        joining::check(application, parameters)
    }
}

impl Scoring for FactionWar {
    fn score(card: &Scorecard, parameters: &Parameters) -> Result<Outcome, Refusal> {
        scoring::score(card, parameters)
    }
}

impl Rewards for FactionWar {
    fn payout(page: &Page, parameters: &Parameters) -> Vec<Grant> {
        payout::payout(page, parameters)
    }
}

world_events_plugin_sdk::export!(FactionWar: eligibility, scoring, rewards);
