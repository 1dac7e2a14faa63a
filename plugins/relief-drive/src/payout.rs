//! Who is paid what.

use world_events_plugin_sdk::prelude::*;

use crate::{Parameters, RELIEF};

/// Pays all who helped: for the stages that the region reached, and by what each contributed to the whole.
pub(crate) fn payout(page: &Page, parameters: &Parameters) -> Vec<Grant> {
    // Of the whole event: a page shows only some of its players.
    let relief = u64::try_from(page.event.counter(RELIEF)).unwrap_or(0);
    let reached = percent_of(relief, parameters.target);
    let stages: Vec<_> = parameters.stages.iter().filter(|stage| u128::from(stage.percent) <= reached).collect();
    let mut grants = Grants::default();
    for row in page.rows.iter().filter(|row| row.participation.score >= parameters.min_score) {
        for stage in &stages {
            let reason = format!("the region reached the stage {}", stage.name);
            grants.extend(stage.prizes.iter().map(|prize| prize.grant(row.player_id()).because(&reason)));
        }
        if let Some(pool) = &parameters.pool {
            let amount = share(row.participation.score, relief, pool.amount, parameters);
            if amount > 0 {
                let prize = Prize { amount, ..pool.clone() };
                grants.add(prize.grant(row.player_id()).because("a share of the pool"));
            }
        }
    }
    grants.into()
}

/// What a player is paid of the pool, rounded down: no more than the whole pool is ever paid, as nobody's points are in
/// `relief` twice. As long as the goal was not reached, the shares are parts of the goal rather than of what came in,
/// so that the part of the pool which is paid is the part of the goal which was reached.
fn share(score: u64, relief: u64, pool: u64, parameters: &Parameters) -> u64 {
    let whole = u128::from(relief.max(parameters.target).max(1));
    let part = u128::from(pool) * u128::from(score.min(relief)) / whole;
    let most = u128::from(pool) * u128::from(parameters.max_share_percent) / 100;
    u64::try_from(part.min(most)).unwrap_or(pool)
}

/// How many whole percent of the goal were reached.
fn percent_of(relief: u64, target: u64) -> u128 {
    u128::from(relief) * 100 / u128::from(target.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(target: u64, max_share_percent: u32) -> Parameters {
        Parameters { target, max_share_percent, ..Parameters::default() }
    }

    #[test]
    fn a_part_of_the_goal_pays_that_part_of_the_pool() {
        let half = parameters(1_000, 100);
        assert_eq!(share(300, 500, 100, &half) + share(200, 500, 100, &half), 50);
        let whole = parameters(1_000, 100);
        assert_eq!(share(1_500, 2_000, 100, &whole) + share(500, 2_000, 100, &whole), 100);
    }

    #[test]
    fn shares_are_rounded_down() {
        assert_eq!(share(1, 3, 100, &parameters(1, 100)), 33);
        assert_eq!(share(1, 1_000, 100, &parameters(1, 100)), 0);
    }

    #[test]
    fn the_largest_numbers_do_no_harm() {
        const MAX: u64 = world_events_plugin_sdk::MAX_AMOUNT;
        assert_eq!(share(MAX, MAX, MAX, &parameters(MAX, 100)), MAX);
        assert_eq!(share(MAX, MAX, MAX, &parameters(1, 50)), MAX / 2);
        assert_eq!(percent_of(MAX, 1), u128::from(MAX) * 100);
    }

    #[test]
    fn a_stage_is_reached_by_whole_percents() {
        assert_eq!(percent_of(499, 1_000), 49);
        assert_eq!(percent_of(500, 1_000), 50);
        assert_eq!(percent_of(5, 0), 500);
    }
}
