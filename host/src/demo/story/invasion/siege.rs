//! The siege: its rules as a designer sets them, what the players do in it, and what all of that should come to.
//!
//! What the plugin decides is reckoned here a second time, in the server's own program, so that its answers can be checked.

use rand::RngExt as _;
use serde::Serialize;
use serde_json::{Value, json};

use crate::demo::grants::Grants;
use crate::demo::population::{Player, chance};
use crate::demo::story::Ranked;

/// The shared counter of the damage to the boss.
pub const BOSS_DAMAGE: &str = "boss-damage";
/// The shared counter of all points.
pub const CONTRIBUTION: &str = "contribution";

/// How often each player reports.
pub const WAVES: usize = 4;
/// What happens between two reports.
const ACTIONS_PER_REPORT: usize = 3;
/// The boss has so much health, in percent of what all that is planned would do: it falls in the last wave.
const HEALTH_PERCENT: i64 = 85;

const MIN_LEVEL: u32 = 10;
const FACTIONS: [&str; 3] = ["dawn", "tide", "wild"];
const MAX_HIT: i64 = 900;
const FIRE_PERCENT: i64 = 150;
const ICE_PERCENT: i64 = 50;
const SUPPORT_PERCENT: i64 = 50;

/// Something that a player does.
#[derive(Debug, Clone, Serialize)]
pub struct Action {
    kind: &'static str,
    amount: i64,
}

/// What is reported of a player at once.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// What happened.
    pub actions: Vec<Action>,
    /// The number of the report, from 1.
    pub sequence: usize,
}

/// What a report is worth.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Worth {
    /// The damage to the boss.
    pub damage: i64,
    /// The points.
    pub points: i64,
}

/// What a player is going to do.
#[derive(Debug, Clone)]
pub struct Raider {
    /// Who.
    pub id: String,
    /// The reports, one for each wave.
    pub reports: Vec<(Report, Worth)>,
}

/// Whom the rule has to refuse, and for which reason.
pub fn refusal(player: &Player) -> Option<&'static str> {
    match player.attributes.level {
        None => Some("LEVEL_MISSING"),
        Some(level) if level < MIN_LEVEL => Some("LEVEL_TOO_LOW"),
        Some(_) if !FACTIONS.contains(&player.attributes.faction) => Some("FACTION_NOT_ALLOWED"),
        Some(_) => None,
    }
}

/// What a player is going to do in an event of this name.
pub fn raider(player: &Player, event: &str) -> Raider {
    let mut random = chance(player, event);
    let strength = i64::from(player.attributes.level.unwrap_or(1));
    let reports = (1..=WAVES).map(|sequence| {
        let actions: Vec<Action> = (0..ACTIONS_PER_REPORT)
            .map(|_| match random.random_range(0..10) {
                0 => Action { kind: "heal", amount: random.random_range(1..=strength * 10) },
                1 => Action { kind: "support", amount: random.random_range(1..=strength * 5) },
                _ => Action { kind: "hit", amount: random.random_range(strength..=strength * 20) },
            })
            .collect();
        let worth = actions.iter().fold(Worth::default(), |sum, action| {
            let Worth { damage, points } = worth(action, player.attributes.element);
            Worth { damage: sum.damage + damage, points: sum.points + points }
        });
        (Report { actions, sequence }, worth)
    });
    Raider { id: player.id.clone(), reports: reports.collect() }
}

/// What an action is worth.
fn worth(action: &Action, element: &str) -> Worth {
    if action.kind != "hit" {
        return Worth { damage: 0, points: action.amount * SUPPORT_PERCENT / 100 };
    }
    let percent = match element {
        "fire" => FIRE_PERCENT,
        "ice" => ICE_PERCENT,
        _ => 100,
    };
    let damage = action.amount.min(MAX_HIT) * percent / 100;
    Worth { damage, points: damage }
}

/// How much health the boss has, if these are the players.
pub fn health(raiders: &[Raider]) -> i64 {
    let planned: i64 = raiders.iter().flat_map(|raider| &raider.reports).map(|(_, worth)| worth.damage).sum();
    planned * HEALTH_PERCENT / 100
}

/// The least shares of the tiers gold and silver, in percent: twice what everybody would have if all were equal, and that.
fn tiers(raiders: usize) -> (f64, f64) {
    #[expect(clippy::cast_precision_loss, reason = "a number of players is far below 2^53")]
    let even = 100.0 / raiders.max(1) as f64;
    (2.0 * even, even)
}

/// The template, for so many players and a boss with so much health.
pub fn template(raiders: usize, health: i64) -> Value {
    let (gold, silver) = tiers(raiders);
    let crowns = |amount: i64| json!([{ "rewardType": "currency", "rewardId": "crowns", "amount": amount }]);
    json!({
        "name": "The Siege of Greyharbour",
        "type": "INVASION",
        "difficulty": "HARD",
        "description": "A drowned king comes out of the sea. Everybody who can fight is needed.",
        "objectivesTemplate": [{ "text": "Bring down the drowned king", "counter": BOSS_DAMAGE, "target": health }],
        "durationMinutes": 120,
        "eventDataTemplate": { "boss": "drowned-king" },
        "rules": {
            "plugin": "boss-invasion",
            "parameters": {
                "minLevel": MIN_LEVEL,
                "factions": FACTIONS,
                "maxHit": MAX_HIT,
                "elementPercent": { "fire": FIRE_PERCENT, "ice": ICE_PERCENT },
                "supportPercent": SUPPORT_PERCENT,
                "participation": [{ "rewardType": "xp", "amount": 50 }],
                "tiers": [
                    { "name": "gold", "minSharePercent": gold, "prizes": crowns(500) },
                    { "name": "silver", "minSharePercent": silver, "prizes": crowns(200) },
                    { "name": "bronze", "minScore": 1, "prizes": crowns(50) },
                ],
                "ranks": [
                    { "top": 3, "prizes": [{ "rewardType": "achievement", "rewardId": "hero-of-greyharbour" }] },
                    { "top": 10, "prizes": [{ "rewardType": "item", "rewardId": "kings-scale", "amount": 2 }] },
                ],
            },
            "goals": [{ "counter": BOSS_DAMAGE, "target": health, "endsEvent": true }],
        },
    })
}

/// What has to be granted for these final standings, if the tiers were made for so many players.
pub fn grants(standings: &[Ranked], raiders: usize) -> Grants {
    let (gold, silver) = tiers(raiders);
    let contribution: i64 = standings.iter().map(|row| row.participant.score).sum();
    let mut grants = Grants::default();
    for row in standings.iter().filter(|row| row.participant.score > 0) {
        let player = &row.participant.player_id;
        #[expect(clippy::cast_precision_loss, reason = "scores of the demonstration are far below 2^53")]
        let share = row.participant.score as f64 * 100.0 / contribution as f64;
        grants.add(player, "xp", "", 50);
        let crowns = if share >= gold {
            500
        } else if share >= silver {
            200
        } else {
            50
        };
        grants.add(player, "currency", "crowns", crowns);
        if row.rank <= 3 {
            grants.add(player, "achievement", "hero-of-greyharbour", 1);
        }
        if row.rank <= 10 {
            grants.add(player, "item", "kings-scale", 2);
        }
    }
    grants
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_worth_what_the_rules_say() {
        let worth = |kind, amount, element| super::worth(&Action { kind, amount }, element);
        assert_eq!(worth("hit", 101, "fire"), Worth { damage: 151, points: 151 });
        assert_eq!(worth("hit", 101, "ice"), Worth { damage: 50, points: 50 });
        assert_eq!(worth("hit", 2_000, "steel"), Worth { damage: 900, points: 900 });
        assert_eq!(worth("heal", 101, "fire"), Worth { damage: 0, points: 50 });
    }

    #[test]
    fn the_boss_survives_all_waves_but_the_last() {
        let players = crate::demo::population::populate(100);
        let raiders: Vec<Raider> = players.iter().map(|player| raider(player, "siege")).collect();
        let wave = |number: usize| raiders.iter().map(|raider| raider.reports[number].1.damage).sum::<i64>();
        let (before, last) = ((0..WAVES - 1).map(wave).sum::<i64>(), wave(WAVES - 1));
        assert!(before < health(&raiders) && health(&raiders) < before + last);
    }
}
