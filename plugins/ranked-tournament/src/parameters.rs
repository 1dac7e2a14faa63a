//! What a designer can set.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use world_events_plugin_sdk::Prize;

/// Parameters of the ranked tournament.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Parameters {
    /// How many attempts each player has.
    #[schemars(range(min = 1, max = 100))]
    pub attempts: u32,
    /// The lowest rating that may join, by the player's attribute `rating`; without it, there is none.
    #[schemars(range(min = -1_000_000, max = 1_000_000))]
    pub min_rating: Option<i64>,
    /// The highest rating that may join, by the player's attribute `rating`; without it, there is none.
    #[schemars(range(min = -1_000_000, max = 1_000_000))]
    pub max_rating: Option<i64>,
    /// Prizes for single ranks. Players who share a rank are each paid in full, and the ranks that are left out after
    /// them are paid to nobody.
    #[schemars(length(max = 20))]
    pub podium: Vec<PodiumPlace>,
    /// Prizes for percentiles, on top of the podium. A player is paid for the narrowest bracket that the rank falls
    /// into, and for no other.
    #[schemars(length(max = 20))]
    pub brackets: Vec<Bracket>,
}

/// What one rank is paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PodiumPlace {
    /// The rank, from 1.
    #[schemars(range(min = 1, max = 1_000))]
    pub rank: u64,
    /// What each who has it is paid.
    #[schemars(length(min = 1, max = 10))]
    pub prizes: Vec<Prize>,
}

/// What a part of the field is paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Bracket {
    /// How much of the field it covers from the top, in percent, rounded up to whole places. The field is all that took
    /// part, whether or not they made an attempt.
    #[schemars(range(min = 1, max = 100))]
    pub top_percent: u32,
    /// What each in it is paid.
    #[schemars(length(min = 1, max = 10))]
    pub prizes: Vec<Prize>,
}

impl Default for Parameters {
    fn default() -> Self {
        let place = |rank, xp| PodiumPlace { rank, prizes: vec![Prize::xp(xp)] };
        let bracket = |top_percent, xp| Bracket { top_percent, prizes: vec![Prize::xp(xp)] };
        Self {
            attempts: 3,
            min_rating: None,
            max_rating: None,
            podium: vec![place(1, 1_000), place(2, 500), place(3, 250)],
            brackets: vec![bracket(1, 500), bracket(10, 200), bracket(50, 50)],
        }
    }
}
