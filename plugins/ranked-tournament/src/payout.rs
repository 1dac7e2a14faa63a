//! Who is paid what.

use world_events_plugin_sdk::prelude::*;

use crate::{Bracket, Parameters};

/// Pays all who scored anything, for their rank and for their part of the field.
pub(crate) fn payout(page: &Page, parameters: &Parameters) -> Vec<Grant> {
    let mut grants = Grants::default();
    for row in page.rows.iter().filter(|row| row.participation.score > 0) {
        let mut pay = |prizes: &[Prize], reason: &str| {
            grants.extend(prizes.iter().map(|prize| prize.grant(row.player_id()).because(reason)));
        };
        for place in parameters.podium.iter().filter(|place| place.rank == row.rank) {
            pay(&place.prizes, &format!("rank {}", row.rank));
        }
        if let Some(bracket) = narrowest(&parameters.brackets, row.rank, page.total) {
            pay(&bracket.prizes, &format!("top {} percent", bracket.top_percent));
        }
    }
    grants.into()
}

/// The bracket with the fewest places that has one for this rank.
fn narrowest(brackets: &[Bracket], rank: u64, total: u64) -> Option<&Bracket> {
    let covers = |bracket: &&Bracket| rank <= places(bracket.top_percent, total);
    brackets.iter().filter(covers).min_by_key(|bracket| bracket.top_percent)
}

/// How many places of so many are that percentage, rounded up, so that even a small field has a first place.
fn places(percent: u32, total: u64) -> u64 {
    total.saturating_mul(percent.into()).div_ceil(100)
}

#[cfg(test)]
mod tests {
    use super::places;

    #[test]
    fn a_part_of_a_place_is_a_place() {
        assert_eq!(places(1, 1), 1);
        assert_eq!(places(10, 10), 1);
        assert_eq!(places(10, 11), 2);
        assert_eq!(places(100, 7), 7);
        assert_eq!(places(50, 0), 0);
    }
}
