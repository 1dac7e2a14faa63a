//! A festival that anybody joins: a `harvest` is worth its amount, at most 100 points each.
use world_events_plugin_sdk::prelude::*;

/// The rule of the festival.
pub struct HarvestFestival;
impl Plugin for HarvestFestival {
    type Parameters = NoParameters;
}
impl Scoring for HarvestFestival {
    fn score(card: &Scorecard, _: &NoParameters) -> Result<Outcome, Refusal> {
        let mut outcome = Outcome::from(&card.participation);
        for harvest in card.report.actions.iter().filter(|action| action.kind == "harvest") {
            outcome.add_score(harvest.amount.clamp(0, 100));
        }
        Ok(outcome)
    }
}
world_events_plugin_sdk::export!(HarvestFestival: scoring);
