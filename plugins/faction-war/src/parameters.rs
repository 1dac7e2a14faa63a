//! What a designer can set.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use world_events_plugin_sdk::Prize;

/// Parameters of the war.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Parameters {
    /// The two factions that are at war, by the player's attribute `faction`.
    #[schemars(inner(length(min = 1, max = 80)), extend("uniqueItems" = true))]
    pub sides: [String; 2],
    /// The lowest level that may join, by the player's attribute `level`; 0 lets everybody in.
    #[schemars(range(max = 1_000_000))]
    pub min_level: u32,
    /// How many more members than the other a side may have.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_lead: u32,
    /// The same in percent of the other side's members, rounded down. Whichever lets in more holds.
    #[schemars(range(max = 1_000))]
    pub max_lead_percent: u32,
    /// What counts in the war, by the kind of the action that reports it.
    #[schemars(schema_with = "deed_by_kind")]
    pub deeds: BTreeMap<String, Deed>,
    /// The most points that one player scores in one hour of the event; what is above it is cut off.
    #[schemars(range(min = 1, max = 9_007_199_254_740_991_u64))]
    pub max_score_per_hour: u64,
    /// Achievements for the points of one player.
    #[schemars(length(max = 20))]
    pub medals: Vec<Medal>,
    /// The least score that is paid anything.
    #[schemars(range(min = 1, max = 9_007_199_254_740_991_u64))]
    pub min_score: u64,
    /// Prizes for each of the side that won.
    #[schemars(length(max = 10))]
    pub victory: Vec<Prize>,
    /// Prizes for each of a side that did not win, by defeat or in a draw.
    #[schemars(length(max = 10))]
    pub consolation: Vec<Prize>,
    /// What is divided among the side that won, by what each contributed, and among both sides in a draw; no
    /// achievement, as that cannot be divided.
    #[schemars(extend("not" = {
        "type": "object", "properties": { "rewardType": { "const": "achievement" } }, "required": ["rewardType"],
    }))]
    pub pool: Option<Prize>,
    /// The most that one player is paid of the pool, in percent. Nobody is paid what is cut off.
    #[schemars(range(min = 1, max = 100))]
    pub max_share_percent: u32,
}

/// Something that counts in the war.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Deed {
    /// The points that one of it is worth.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub worth: u32,
    /// The most of it that one action may report; what is above it is cut off.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max: u32,
}

/// An achievement for points.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Medal {
    /// The achievement's id.
    #[schemars(length(min = 1, max = 100))]
    pub id: String,
    /// The score that it takes.
    #[schemars(range(min = 1, max = 9_007_199_254_740_991_u64))]
    pub score: u64,
}

impl Parameters {
    /// The other side than this one; `None` if this is none of the two.
    pub(crate) fn enemy_of(&self, side: &str) -> Option<&str> {
        let [one, other] = &self.sides;
        match side {
            _ if side == one => Some(other),
            _ if side == other => Some(one),
            _ => None,
        }
    }
}

impl Default for Parameters {
    fn default() -> Self {
        let deed = |kind: &str, worth, max| (kind.to_owned(), Deed { worth, max });
        let medal = |id: &str, score| Medal { id: id.to_owned(), score };
        Self {
            sides: ["dawn".to_owned(), "dusk".to_owned()],
            min_level: 0,
            max_lead: 5,
            max_lead_percent: 10,
            deeds: BTreeMap::from([deed("capture", 100, 1), deed("defeat", 10, 5), deed("support", 1, 100)]),
            max_score_per_hour: 5_000,
            medals: vec![medal("veteran", 1_000), medal("war-hero", 10_000)],
            min_score: 1,
            victory: vec![Prize::xp(500)],
            consolation: vec![Prize::xp(100)],
            pool: Some(Prize::xp(100_000)),
            max_share_percent: 100,
        }
    }
}

fn deed_by_kind(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({
        "type": "object",
        "propertyNames": { "minLength": 1, "maxLength": 100 },
        "additionalProperties": generator.subschema_for::<Deed>(),
        "minProperties": 1,
        "maxProperties": 50,
    })
}
