//! Who is paid what.

use world_events_plugin_sdk::prelude::*;

use crate::{CONTRIBUTION, Parameters, Tier};

/// Pays all who scored anything: for taking part, for the best tier that they reached, and for their rank.
pub(crate) fn payout(page: &Page, parameters: &Parameters) -> Vec<Grant> {
    // Of the whole event: a page shows only some of its players.
    let contribution = page.event.counter(CONTRIBUTION);
    let mut grants = Grants::default();
    for row in page.rows.iter().filter(|row| row.participation.score > 0) {
        let mut pay = |prizes: &[Prize], reason: &str| {
            grants.extend(prizes.iter().map(|prize| prize.grant(row.player_id()).because(reason)));
        };
        pay(&parameters.participation, "took part in the invasion");
        if let Some(tier) = parameters.tiers.iter().find(|tier| reaches(row, contribution, tier)) {
            pay(&tier.prizes, &format!("contribution tier {}", tier.name));
        }
        for ranks in parameters.ranks.iter().filter(|ranks| row.rank <= ranks.top) {
            pay(&ranks.prizes, &format!("among the top {}", ranks.top));
        }
    }
    grants.into()
}

fn reaches(row: &Standing, contribution: i64, tier: &Tier) -> bool {
    let score = row.participation.score;
    score >= tier.min_score && share_percent(score, contribution) >= tier.min_share_percent
}

/// What part of all that was scored is the player's. Exact for a share that can be written with a few decimals, as the
/// quotient is rounded like the literal it is compared with.
fn share_percent(score: u64, contribution: i64) -> f64 {
    if contribution <= 0 { 0.0 } else { score as f64 * 100.0 / contribution as f64 }
}
