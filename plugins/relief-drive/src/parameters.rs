//! What a designer can set.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use world_events_plugin_sdk::Prize;

/// Parameters of the relief drive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Parameters {
    /// The lowest level that may join, by the player's attribute `level`; 0 lets everybody in.
    #[schemars(range(max = 1_000_000))]
    pub min_level: u32,
    /// The shared goal: the points that the region needs in all.
    #[schemars(range(min = 1, max = 9_007_199_254_740_991_u64))]
    pub target: u64,
    /// The kinds of aid that count, by the kind of the action that reports them.
    #[schemars(schema_with = "aid_by_kind")]
    pub aid: BTreeMap<String, Aid>,
    /// What aid is worth when its need is met already, in percent.
    #[schemars(range(max = 100))]
    pub surplus_percent: u32,
    /// For how long after the start of the event somebody's first aid makes a first responder; 0 if there is no such
    /// achievement.
    #[schemars(range(max = 525_600))]
    pub first_response_minutes: u32,
    /// Achievements for the points of one player.
    #[schemars(length(max = 20))]
    pub milestones: Vec<Milestone>,
    /// The score at which a player has completed the event; without it, nobody completes it before it ends.
    #[schemars(range(min = 1, max = 9_007_199_254_740_991_u64))]
    pub completion_score: Option<u64>,
    /// The least score that is paid anything.
    #[schemars(range(min = 1, max = 9_007_199_254_740_991_u64))]
    pub min_score: u64,
    /// What the region is paid for how far it came. Each stage that was reached is paid to each who helped.
    #[schemars(length(max = 20))]
    pub stages: Vec<Stage>,
    /// What is divided among all who helped, by what each contributed; no achievement, as that cannot be divided. It is
    /// paid in whole when the shared goal was reached, and else by the part of it that was.
    #[schemars(extend("not" = {
        "type": "object", "properties": { "rewardType": { "const": "achievement" } }, "required": ["rewardType"],
    }))]
    pub pool: Option<Prize>,
    /// The most that one player is paid of the pool, in percent. Nobody is paid what is cut off.
    #[schemars(range(min = 1, max = 100))]
    pub max_share_percent: u32,
}

/// A kind of aid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Aid {
    /// The points that one of it is worth.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub worth: u32,
    /// How much of it the region needs; without it, there is never enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 9_007_199_254_740_991_u64))]
    pub needed: Option<u64>,
    /// The most of it that counts for one player in one hour of the event; what is above it is cut off.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub max_per_hour: u32,
}

/// An achievement for points.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Milestone {
    /// The achievement's id.
    #[schemars(length(min = 1, max = 100))]
    pub id: String,
    /// The score that it takes.
    #[schemars(range(min = 1, max = 9_007_199_254_740_991_u64))]
    pub score: u64,
}

/// A stretch of the way to the shared goal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Stage {
    /// What players call it.
    #[schemars(length(min = 1, max = 100))]
    pub name: String,
    /// How much of the shared goal it takes, in percent. What is above 100 can only be reached if the goal does not end
    /// the event.
    #[schemars(range(min = 1, max = 1_000))]
    pub percent: u32,
    /// What it pays to each who helped.
    #[schemars(length(min = 1, max = 10))]
    pub prizes: Vec<Prize>,
}

impl Default for Parameters {
    fn default() -> Self {
        let aid = |worth, needed, max_per_hour| Aid { worth, needed, max_per_hour };
        let milestone = |id: &str, score| Milestone { id: id.to_owned(), score };
        let stage = |name: &str, percent, xp| Stage { name: name.to_owned(), percent, prizes: vec![Prize::xp(xp)] };
        Self {
            min_level: 0,
            target: 100_000,
            aid: BTreeMap::from([
                ("food".to_owned(), aid(1, Some(50_000), 500)),
                ("medicine".to_owned(), aid(5, Some(5_000), 100)),
                ("rescue".to_owned(), aid(25, None, 20)),
            ]),
            surplus_percent: 25,
            first_response_minutes: 30,
            milestones: vec![milestone("helping-hand", 500), milestone("pillar-of-the-region", 5_000)],
            completion_score: None,
            min_score: 1,
            stages: vec![stage("first aid", 25, 50), stage("shelter", 50, 100), stage("recovery", 100, 250)],
            pool: Some(Prize::xp(100_000)),
            max_share_percent: 100,
        }
    }
}

/// Names are shorter than those of actions may be, so that each makes the name of a counter.
fn aid_by_kind(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({
        "type": "object",
        "propertyNames": { "minLength": 1, "maxLength": 80 },
        "additionalProperties": generator.subschema_for::<Aid>(),
        "minProperties": 1,
        "maxProperties": 20,
    })
}
