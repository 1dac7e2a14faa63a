//! What a designer can set.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use world_events_plugin_sdk::Prize;

/// Parameters of the boss invasion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Parameters {
    /// The lowest level that may join, by the player's attribute `level`; 0 lets everybody in.
    #[schemars(range(max = 1_000_000))]
    pub min_level: u32,
    /// The factions that may join, by the player's attribute `faction`; empty lets all of them in.
    #[schemars(length(max = 50), inner(length(min = 1, max = 100)))]
    pub factions: Vec<String>,
    /// The most damage that one hit may report; what is above it is cut off.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub max_hit: u32,
    /// How well each element works against the boss, in percent of the damage: 150 for a weakness, 50 for a
    /// resistance, 0 for an immunity. Elements that are not listed do 100.
    #[schemars(schema_with = "percent_by_element")]
    pub element_percent: BTreeMap<String, u32>,
    /// What healing and support are worth, in percent of their amount. They do no damage.
    #[schemars(range(max = 1_000))]
    pub support_percent: u32,
    /// The most that one heal or support may report; what is above it is cut off.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub max_support: u32,
    /// The score at which a player has completed the event; without it, nobody completes it before it ends.
    #[schemars(range(min = 1, max = 9_007_199_254_740_991_u64))]
    pub completion_score: Option<u64>,
    /// Achievements for the damage that a player has done in all.
    #[schemars(length(max = 20))]
    pub milestones: Vec<Milestone>,
    /// Prizes for everybody who scored anything.
    #[schemars(length(max = 10))]
    pub participation: Vec<Prize>,
    /// Contribution tiers, the best first. A player is paid for the first that is reached, and for no other.
    #[schemars(length(max = 20))]
    pub tiers: Vec<Tier>,
    /// Prizes for the best, on top of all else.
    #[schemars(length(max = 20))]
    pub ranks: Vec<RankPrize>,
}

/// An achievement for damage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Milestone {
    /// The achievement's id.
    #[schemars(length(min = 1, max = 100))]
    pub id: String,
    /// The damage that it takes.
    #[schemars(range(min = 1, max = 9_007_199_254_740_991_u64))]
    pub damage: u64,
}

/// A contribution tier. All thresholds that it names have to be reached.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Tier {
    /// What players call it.
    #[schemars(length(min = 1, max = 100))]
    pub name: String,
    /// The least share of all that was scored in the event, in percent.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 100.0))]
    pub min_share_percent: f64,
    /// The least score.
    #[serde(default)]
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub min_score: u64,
    /// What it pays.
    #[schemars(length(min = 1, max = 10))]
    pub prizes: Vec<Prize>,
}

/// Prizes for a stretch of ranks, from the first to `top`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RankPrize {
    /// The last rank that is paid. Equal scores share a rank, so that more players may be paid than this number.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub top: u64,
    /// What is paid to each.
    #[schemars(length(min = 1, max = 10))]
    pub prizes: Vec<Prize>,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            min_level: 0,
            factions: Vec::new(),
            max_hit: 10_000,
            element_percent: BTreeMap::new(),
            support_percent: 50,
            max_support: 10_000,
            completion_score: None,
            milestones: vec![
                Milestone { id: "boss-wounder".to_owned(), damage: 10_000 },
                Milestone { id: "boss-bane".to_owned(), damage: 100_000 },
            ],
            participation: vec![Prize::xp(50)],
            tiers: vec![tier("gold", 1.0, 500), tier("silver", 0.1, 200), tier("bronze", 0.01, 100)],
            ranks: vec![RankPrize { top: 3, prizes: vec![Prize::xp(1_000)] }],
        }
    }
}

fn tier(name: &str, min_share_percent: f64, xp: u64) -> Tier {
    Tier { name: name.to_owned(), min_share_percent, min_score: 1, prizes: vec![Prize::xp(xp)] }
}

fn percent_by_element(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({
        "type": "object",
        "propertyNames": { "minLength": 1, "maxLength": 100 },
        "additionalProperties": { "type": "integer", "minimum": 0, "maximum": 1_000 },
        "maxProperties": 50,
    })
}
