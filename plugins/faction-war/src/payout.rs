//! Who is paid what.

use world_events_plugin_sdk::prelude::*;

use crate::{Parameters, Progress, points};

/// How the war ended.
#[derive(Debug, PartialEq, Eq)]
struct Ending<'a> {
    /// The side that won; none in a draw.
    winner: Option<&'a str>,
    /// The points of all who share the pool.
    points: u64,
}

/// Pays all who fought: for victory or for having tried, and the winners by what each contributed.
pub(crate) fn payout(page: &Page, parameters: &Parameters) -> Vec<Grant> {
    let ending = ending(&page.event, parameters);
    let mut grants = Grants::default();
    for row in page.rows.iter().filter(|row| row.participation.score >= parameters.min_score) {
        let Some(side) = side(row, parameters) else {
            continue;
        };
        let mut pay = |prizes: &[Prize], reason: &str| {
            grants.extend(prizes.iter().map(|prize| prize.grant(row.player_id()).because(reason)));
        };
        match ending.winner {
            Some(winner) if winner == side => pay(&parameters.victory, &format!("{winner} won the war")),
            Some(winner) => pay(&parameters.consolation, &format!("{winner} won the war")),
            None => pay(&parameters.consolation, "the war ended in a draw"),
        }
        let shares = ending.winner.is_none_or(|winner| winner == side);
        if let Some(pool) = parameters.pool.as_ref().filter(|_| shares) {
            let amount = share(row.participation.score, ending.points, pool.amount, parameters.max_share_percent);
            if amount > 0 {
                pay(&[Prize { amount, ..pool.clone() }], "a share of the pool");
            }
        }
    }
    grants.into()
}

/// The totals are those of the whole event: a page shows only some of its players.
fn ending<'a>(event: &Event, parameters: &'a Parameters) -> Ending<'a> {
    let [one, other] = &parameters.sides;
    let [points_of_one, points_of_other] =
        [one, other].map(|side| u64::try_from(event.counter(&points(side))).unwrap_or(0));
    match points_of_one.cmp(&points_of_other) {
        std::cmp::Ordering::Greater => Ending { winner: Some(one), points: points_of_one },
        std::cmp::Ordering::Less => Ending { winner: Some(other), points: points_of_other },
        std::cmp::Ordering::Equal => Ending { winner: None, points: points_of_one + points_of_other },
    }
}

/// The side that a player fought for. Who has none is paid nothing, and an operator hears of it.
fn side(row: &Standing, parameters: &Parameters) -> Option<String> {
    let side = match row.participation.progress::<Progress>() {
        Ok(progress) if parameters.enemy_of(&progress.side).is_some() => return Some(progress.side),
        Ok(progress) => format!("{:?} is no side of the war", progress.side),
        Err(malformed) => malformed.to_string(),
    };
    log::error(format!("{} is paid nothing: {side}", row.player_id()));
    None
}

/// What a player is paid of the pool, rounded down: no more than the whole pool is ever paid, as nobody's points are in
/// `points` twice.
fn share(score: u64, points: u64, pool: u64, max_percent: u32) -> u64 {
    let part = u128::from(pool) * u128::from(score.min(points)) / u128::from(points.max(1));
    let most = u128::from(pool) * u128::from(max_percent) / 100;
    u64::try_from(part.min(most)).unwrap_or(pool)
}

#[cfg(test)]
mod tests {
    use world_events_plugin_sdk::{MAX_AMOUNT, testing};

    use super::*;

    #[test]
    fn more_points_win_and_equal_points_are_a_draw() {
        let parameters = Parameters::default();
        let ending_at = |dawn, dusk| {
            let event = testing::event().with_counter(&points("dawn"), dawn).with_counter(&points("dusk"), dusk);
            ending(&event, &parameters)
        };
        assert_eq!(ending_at(7, 5), Ending { winner: Some("dawn"), points: 7 });
        assert_eq!(ending_at(7, 8), Ending { winner: Some("dusk"), points: 8 });
        assert_eq!(ending_at(7, 7), Ending { winner: None, points: 14 });
        assert_eq!(ending_at(0, 0), Ending { winner: None, points: 0 });
    }

    #[test]
    fn shares_are_rounded_down_and_bounded() {
        assert_eq!(share(1, 3, 100, 100), 33);
        assert_eq!(share(2, 3, 100, 50), 50);
        assert_eq!(share(5, 3, 100, 100), 100);
        assert_eq!(share(5, 0, 100, 100), 0);
        assert_eq!(share(MAX_AMOUNT, MAX_AMOUNT, MAX_AMOUNT, 100), MAX_AMOUNT);
    }
}
