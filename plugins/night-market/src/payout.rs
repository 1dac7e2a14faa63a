//! Who is paid what.

use world_events_plugin_sdk::prelude::*;

use crate::{Crowd, Parameters, VISITS};

/// Pays each player the steps of the track that the score has reached, and the crowd's bonus on each prize if enough
/// came. It goes by nobody's rank, and by nothing of other players but their visits.
pub(crate) fn payout(page: &Page, parameters: &Parameters) -> Vec<Grant> {
    // Of the whole event: a page shows only some of its players.
    let visits = u64::try_from(page.event.counter(VISITS)).unwrap_or(0);
    let crowd = parameters.crowd.filter(|crowd| visits >= crowd.visits);
    let mut grants = Grants::default();
    for row in &page.rows {
        for step in parameters.track.iter().filter(|step| row.participation.score >= step.score) {
            let reason = format!("{} points", step.score);
            for prize in &step.prizes {
                grants.add(prize.grant(row.player_id()).because(&reason));
                if let Some(bonus) = crowd.and_then(|crowd| bonus(prize, crowd)) {
                    grants.add(bonus.grant(row.player_id()).because("the market was crowded"));
                }
            }
        }
    }
    grants.into()
}

/// By what a prize grows, rounded down; `None` if by nothing. An achievement is had or not.
fn bonus(prize: &Prize, crowd: Crowd) -> Option<Prize> {
    if prize.reward_type == RewardType::Achievement {
        return None;
    }
    let amount = u128::from(prize.amount) * u128::from(crowd.bonus_percent) / 100;
    // What is too much for an integer is too much for a reward as well, and is cut where it comes to the prize.
    let amount = u64::try_from(amount).unwrap_or(u64::MAX);
    (amount > 0).then(|| Prize { amount, ..prize.clone() })
}

#[cfg(test)]
mod tests {
    use world_events_plugin_sdk::MAX_AMOUNT;

    use super::*;

    fn grown_by(amount: u64, bonus_percent: u32) -> Option<u64> {
        bonus(&Prize::xp(amount), Crowd { visits: 1, bonus_percent }).map(|prize| prize.amount)
    }

    #[test]
    fn a_bonus_is_rounded_down() {
        assert_eq!(grown_by(10, 25), Some(2));
        assert_eq!(grown_by(3, 100), Some(3));
        assert_eq!(grown_by(1, 99), None);
    }

    #[test]
    fn an_achievement_does_not_grow() {
        let prize = Prize { reward_type: RewardType::Achievement, reward_id: Some("guest".to_owned()), amount: 1 };
        assert_eq!(bonus(&prize, Crowd { visits: 1, bonus_percent: 1_000 }), None);
    }

    #[test]
    fn the_largest_prize_does_no_harm() {
        assert_eq!(grown_by(MAX_AMOUNT, 1_000), Some(MAX_AMOUNT * 10));
        assert_eq!(grown_by(u64::MAX, 1_000), Some(u64::MAX));
    }
}
