//! What a designer can set.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use world_events_plugin_sdk::Prize;

/// Parameters of the quest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Parameters {
    /// The lowest level that may join, by the player's attribute `level`; 0 lets everybody in.
    #[schemars(range(max = 1_000_000))]
    pub min_level: u32,
    /// The quests that have to be done before this one: all of them must be in the player's attribute `quests`, a list
    /// of names.
    #[schemars(length(max = 20), inner(length(min = 1, max = 100)))]
    pub requires: Vec<String>,
    /// What there is to do, in this order.
    #[schemars(length(min = 1, max = 50))]
    pub objectives: Vec<Objective>,
    /// Whether an action for a later objective refuses the report; otherwise it only does not count. Of use when the
    /// game reports what was done for the quest, and not all that happens.
    pub strict_order: bool,
    /// Points for being quick; without it, there are none.
    pub speed_bonus: Option<SpeedBonus>,
    /// The achievement of those who finish.
    #[schemars(length(min = 1, max = 100))]
    pub achievement: String,
    /// Prizes for each who finished, on top of those of the objectives.
    #[schemars(length(max = 10))]
    pub completion: Vec<Prize>,
    /// What is divided equally among all who finished; no achievement, as that cannot be divided.
    #[schemars(extend("not" = {
        "type": "object", "properties": { "rewardType": { "const": "achievement" } }, "required": ["rewardType"],
    }))]
    pub pool: Option<Prize>,
}

/// Something to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Objective {
    /// What it is called in counters and refusals. Each should have its own.
    #[schemars(length(min = 1, max = 80))]
    pub id: String,
    /// The kind of the actions that count, such as `slay`.
    #[schemars(length(min = 1, max = 100))]
    pub kind: String,
    /// What the action's attribute `target` must be, such as `wolf`; without it, whatever it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 100))]
    pub target: Option<String>,
    /// How much of it has to be done.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub count: u32,
    /// The points that doing it is worth.
    #[serde(default)]
    #[schemars(range(max = 1_000_000_000))]
    pub score: u32,
    /// How long it takes at least, in seconds, from the objective before it or from joining. Who reports it done
    /// earlier is refused.
    #[serde(default)]
    #[schemars(range(max = 31_536_000))]
    pub min_seconds: u32,
    /// The achievement of those who have done it; without it, there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 100))]
    pub achievement: Option<String>,
    /// Prizes for each who has done it, also without doing the rest.
    #[serde(default)]
    #[schemars(length(max = 10))]
    pub prizes: Vec<Prize>,
}

fn one() -> u32 {
    1
}

/// Points for being quick. All of them for no time at all, none of them when the time is over, and in between as much
/// as there is time left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SpeedBonus {
    /// The most points.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub score: u32,
    /// The time in which the quest has to be finished, from joining.
    #[schemars(range(min = 1, max = 525_600))]
    pub within_minutes: u32,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            min_level: 0,
            requires: Vec::new(),
            objectives: vec![
                objective("find-the-trail", "explore", None, 1, 50),
                objective("thin-the-pack", "slay", Some("wolf"), 5, 150),
                Objective {
                    achievement: Some("beacon-keeper".to_owned()),
                    ..objective("light-the-beacon", "use", Some("beacon"), 1, 300)
                },
            ],
            strict_order: true,
            speed_bonus: None,
            achievement: "quest-finished".to_owned(),
            completion: vec![Prize::xp(500)],
            pool: None,
        }
    }
}

fn objective(id: &str, kind: &str, target: Option<&str>, count: u32, score: u32) -> Objective {
    Objective {
        id: id.to_owned(),
        kind: kind.to_owned(),
        target: target.map(str::to_owned),
        count,
        score,
        min_seconds: 0,
        achievement: None,
        prizes: vec![Prize::xp(score.into())],
    }
}
