//! A relief drive: after a disaster, a whole region gathers what is needed, towards one shared goal.
//!
//! What all players give comes together in the event's counter [`RELIEF`]. How far it came decides what everybody is
//! paid; what each gave decides the share of the pool. Of every kind of aid only so much is needed, and what comes
//! after that is worth less, so that it pays to look at what is still missing.

mod joining;
mod parameters;
mod payout;
mod scoring;

use world_events_plugin_sdk::prelude::*;

pub use parameters::{Aid, Milestone, Parameters, Stage};
pub use scoring::Progress;

/// The shared counter of all points that were scored.
pub const RELIEF: &str = "relief";

/// The shared counter of how much of one kind of aid was given.
#[must_use]
pub fn given(kind: &str) -> String {
    format!("given-{kind}")
}

/// The rule of the relief drive.
pub struct ReliefDrive;

impl Plugin for ReliefDrive {
    type Parameters = Parameters;
}

impl Eligibility for ReliefDrive {
    fn check(application: &Application, parameters: &Parameters) -> Result<Admission, Refusal> {
        joining::check(&application.player, parameters)
    }
}

impl Scoring for ReliefDrive {
    fn score(card: &Scorecard, parameters: &Parameters) -> Result<Outcome, Refusal> {
        scoring::score(card, parameters)
    }
}

impl Rewards for ReliefDrive {
    fn payout(page: &Page, parameters: &Parameters) -> Vec<Grant> {
        payout::payout(page, parameters)
    }
}

world_events_plugin_sdk::export!(ReliefDrive: eligibility, scoring, rewards);
