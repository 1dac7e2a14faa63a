//! What a designer can set.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use world_events_plugin_sdk::Prize;

/// Parameters of the night market.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Parameters {
    /// What there is to visit, by the kind of the action that reports it.
    #[schemars(schema_with = "stalls_by_kind")]
    pub stalls: BTreeMap<String, Stall>,
    /// The prizes on the way, in any order. Each step that a player's score has reached is paid; the last one completes
    /// the event for the player.
    #[schemars(length(min = 1, max = 20))]
    pub track: Vec<Step>,
    /// What all players together can reach; without it, prizes stay as they are.
    pub crowd: Option<Crowd>,
    /// The achievement of those who have been at every stall.
    #[schemars(length(min = 1, max = 100))]
    pub achievement: String,
}

/// Something to visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Stall {
    /// The points that one visit is worth.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub points: u32,
    /// How many visits of one player count; those above it are cut off.
    #[serde(default = "more_than_anybody_makes")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub limit: u32,
}

/// There is always an end, so that one wrong report cannot fill the shared counters for everybody.
fn more_than_anybody_makes() -> u32 {
    1_000_000
}

/// A step of the track.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Step {
    /// The score that it takes.
    #[schemars(range(min = 1, max = 9_007_199_254_740_991_u64))]
    pub score: u64,
    /// What it pays, on top of the steps before it.
    #[schemars(length(min = 1, max = 10))]
    pub prizes: Vec<Prize>,
}

/// What the visits of all players do for everybody's prizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Crowd {
    /// How many visits it takes, of all players together.
    #[schemars(range(min = 1, max = 9_007_199_254_740_991_u64))]
    pub visits: u64,
    /// By how much each prize grows then, in percent, rounded down; an achievement stays what it is.
    #[schemars(range(min = 1, max = 1_000))]
    pub bonus_percent: u32,
}

impl Default for Parameters {
    fn default() -> Self {
        let stall = |points, limit| Stall { points, limit };
        let step = |score, xp| Step { score, prizes: vec![Prize::xp(xp)] };
        Self {
            stalls: BTreeMap::from([
                ("dumplings".to_owned(), stall(10, 10)),
                ("lanterns".to_owned(), stall(25, 4)),
                ("shadow-play".to_owned(), stall(100, 1)),
            ]),
            track: vec![step(50, 50), step(150, 100), step(250, 250)],
            crowd: None,
            achievement: "every-stall".to_owned(),
        }
    }
}

/// Names are shorter than those of actions may be, so that each makes the name of a counter.
fn stalls_by_kind(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({
        "type": "object",
        "propertyNames": { "minLength": 1, "maxLength": 80 },
        "additionalProperties": generator.subschema_for::<Stall>(),
        "minProperties": 1,
        "maxProperties": 20,
    })
}
