//! The players: as many as are asked for, different from each other, and the same in every run.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde::Serialize;

/// Any number would do; it makes every run play the same people.
const SEED: u64 = 0x0E_7E_47;

/// Every so-many-th player is one whose level the game does not tell.
const UNKNOWN_EVERY: usize = 40;

/// Sides that a player can be on.
const FACTIONS: [&str; 4] = ["dawn", "tide", "wild", "exiles"];

/// Elements that a player can fight with.
const ELEMENTS: [&str; 3] = ["fire", "ice", "steel"];

/// A player.
#[derive(Debug, Clone)]
pub struct Player {
    /// The player's id.
    pub id: String,
    /// What the game knows about the player, and the rules see.
    pub attributes: Attributes,
}

/// What the game knows about a player.
#[derive(Debug, Clone, Serialize)]
pub struct Attributes {
    /// 1 to 60; not known for some.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<u32>,
    /// The player's side.
    pub faction: &'static str,
    /// What the player fights with.
    pub element: &'static str,
    /// How well the player does in tournaments, 600 to 2,400.
    pub rating: i64,
}

/// Makes so many players.
pub fn populate(count: usize) -> Vec<Player> {
    let mut random = StdRng::seed_from_u64(SEED);
    (1..=count)
        .map(|number| {
            // The lower of two, as there are more novices than heroes.
            let level = random.random_range(1..=60).min(random.random_range(1..=60_u32)) + random.random_range(0..=8);
            Player {
                id: format!("player-{number:04}"),
                attributes: Attributes {
                    level: (!number.is_multiple_of(UNKNOWN_EVERY)).then_some(level.min(60)),
                    faction: pick(&mut random, &FACTIONS),
                    element: pick(&mut random, &ELEMENTS),
                    rating: random.random_range(600..=2_400),
                },
            }
        })
        .collect()
}

fn pick(random: &mut StdRng, from: &[&'static str]) -> &'static str {
    from.get(random.random_range(0..from.len())).copied().unwrap_or_default()
}

/// A source of chance for one player in one event, the same in every run.
pub fn chance(player: &Player, event: &str) -> StdRng {
    let mut seed = SEED;
    for byte in player.id.bytes().chain(event.bytes()) {
        seed = seed.wrapping_mul(31).wrapping_add(byte.into());
    }
    StdRng::seed_from_u64(seed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_run_plays_the_same_people_and_they_differ() {
        let (first, second) = (populate(200), populate(200));
        assert_eq!(format!("{first:?}"), format!("{second:?}"));
        let levels: std::collections::BTreeSet<_> = first.iter().map(|player| player.attributes.level).collect();
        assert!(levels.len() > 20 && levels.contains(&None), "{levels:?}");
    }
}
