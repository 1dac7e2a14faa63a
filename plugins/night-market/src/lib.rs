//! A night market: a festival of stalls, where a visit is worth points and points are worth prizes.
//!
//! Players go at their own pace and compete with nobody: each is paid the prizes on the track that the score has passed.
//! The visits of all come together in the event's counter [`VISITS`]; enough of them make everybody's prizes larger, so
//! that it pays to bring friends. A market has no door, so the rule decides nothing about joining and the server has no
//! call to make for it.

mod parameters;
mod payout;
mod scoring;

use world_events_plugin_sdk::prelude::*;

pub use parameters::{Crowd, Parameters, Stall, Step};
pub use scoring::Progress;

/// The shared counter of all visits that counted.
pub const VISITS: &str = "visits";

/// The shared counter of the visits to one stall.
#[must_use]
pub fn visits_to(stall: &str) -> String {
    format!("visits-{stall}")
}

/// The rule of the night market.
pub struct NightMarket;

impl Plugin for NightMarket {
    type Parameters = Parameters;
}

impl Scoring for NightMarket {
    fn score(card: &Scorecard, parameters: &Parameters) -> Result<Outcome, Refusal> {
        scoring::score(card, parameters)
    }
}

impl Rewards for NightMarket {
    fn payout(page: &Page, parameters: &Parameters) -> Vec<Grant> {
        payout::payout(page, parameters)
    }
}

world_events_plugin_sdk::export!(NightMarket: scoring, rewards);
