//! Paying players.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::refusal::shortened;
use crate::{Grant, RewardType};

/// The largest amount of a reward, 2^53 - 1.
///
/// ```
/// use world_events_plugin_sdk::{Grant, MAX_AMOUNT};
///
/// /// Interest on a large account, which must stay a reward that the server takes.
/// fn interest(player: &str, balance: u64) -> Grant {
///     Grant::currency(player, "gold", balance.saturating_mul(3).clamp(1, MAX_AMOUNT))
/// }
///
/// assert_eq!(interest("p1", u64::MAX).amount, MAX_AMOUNT);
/// ```
pub const MAX_AMOUNT: u64 = (1 << 53) - 1;

/// The server's bound for the reason of a grant, in characters.
const MAX_REASON: usize = 500;

/// What stands between the reasons of a grant that has several.
const SEPARATOR: &str = ", ";

impl Grant {
    /// A reward of any type for a player, without a reason.
    ///
    /// ```
    /// use world_events_plugin_sdk::{Grant, RewardType};
    ///
    /// let grant = Grant::new("p1", RewardType::Currency, Some("gold"), 5);
    /// assert_eq!(grant, Grant::currency("p1", "gold", 5));
    /// ```
    #[must_use]
    pub fn new(player: &str, reward_type: RewardType, reward_id: Option<&str>, amount: u64) -> Self {
        Self {
            player: player.to_owned(),
            reward_type,
            reward_id: reward_id.map(str::to_owned),
            amount,
            reason: String::new(),
            extra: String::new(),
        }
    }

    /// Experience.
    ///
    /// ```
    /// use world_events_plugin_sdk::Grant;
    ///
    /// let grant = Grant::xp("p1", 250).because("took part");
    /// assert_eq!((grant.amount, grant.reason.as_str()), (250, "took part"));
    /// ```
    #[must_use]
    pub fn xp(player: &str, amount: u64) -> Self {
        Self::new(player, RewardType::Xp, None, amount)
    }

    /// Money, in one of the game's currencies.
    ///
    /// ```
    /// use world_events_plugin_sdk::Grant;
    ///
    /// let pool = 1_000;
    /// let players = ["p1", "p2", "p3"];
    /// // Rounded down, so that no more than the pool is paid.
    /// let grants = players.map(|player| Grant::currency(player, "gold", pool / 3));
    /// assert_eq!(grants.iter().map(|grant| grant.amount).sum::<u64>(), 999);
    /// ```
    #[must_use]
    pub fn currency(player: &str, id: &str, amount: u64) -> Self {
        Self::new(player, RewardType::Currency, Some(id), amount)
    }

    /// So many pieces of an item.
    ///
    /// ```
    /// use world_events_plugin_sdk::Grant;
    ///
    /// let grant = Grant::item("p1", "healing-potion", 3);
    /// assert_eq!((grant.reward_id.as_deref(), grant.amount), (Some("healing-potion"), 3));
    /// ```
    #[must_use]
    pub fn item(player: &str, id: &str, amount: u64) -> Self {
        Self::new(player, RewardType::Item, Some(id), amount)
    }

    /// An achievement or a title.
    ///
    /// ```
    /// use world_events_plugin_sdk::Grant;
    ///
    /// let grant = Grant::achievement("p1", "boss-slayer");
    /// assert_eq!((grant.reward_id.as_deref(), grant.amount), (Some("boss-slayer"), 1));
    /// ```
    #[must_use]
    pub fn achievement(player: &str, id: &str) -> Self {
        Self::new(player, RewardType::Achievement, Some(id), 1)
    }

    /// Says why, in a few words for the player, of which only the first 500 characters are kept.
    ///
    /// ```
    /// use world_events_plugin_sdk::Grant;
    ///
    /// let rank = 3;
    /// assert_eq!(Grant::xp("p1", 250).because(format!("rank {rank}")).reason, "rank 3");
    /// ```
    #[must_use]
    pub fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = shortened(reason.into(), MAX_REASON);
        self
    }
}

/// Grants, in which no player has the same reward twice, as the server asks.
///
/// A reward is told from others by its type and its id. What is added for a reward that the player already has comes
/// together: the amounts are added, the reasons are listed, each once. Achievements are only had once.
///
/// ```
/// use world_events_plugin_sdk::{Grant, Grants};
///
/// let mut grants = Grants::default();
/// grants.add(Grant::currency("p1", "gold", 10).because("took part"));
/// grants.add(Grant::currency("p1", "gold", 90).because("the first place"));
/// grants.add(Grant::xp("p1", 5));
///
/// let grants = Vec::from(grants);
/// assert_eq!(grants.len(), 2);
/// assert_eq!((grants[0].amount, grants[0].reason.as_str()), (100, "took part, the first place"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Grants {
    grants: Vec<Grant>,
    /// Where in `grants` a player's reward is.
    places: BTreeMap<(String, RewardType, Option<String>), usize>,
}

impl Grants {
    /// Adds one.
    ///
    /// ```
    /// use world_events_plugin_sdk::{Grant, Grants};
    ///
    /// let mut grants = Grants::default();
    /// for (player, hits) in [("p1", 3), ("p2", 0), ("p1", 4)] {
    ///     if hits > 0 {
    ///         grants.add(Grant::xp(player, hits));
    ///     }
    /// }
    /// assert_eq!(Vec::from(grants), [Grant::xp("p1", 7)]);
    /// ```
    pub fn add(&mut self, grant: Grant) {
        match self.places.entry((grant.player.clone(), grant.reward_type, grant.reward_id.clone())) {
            Entry::Vacant(place) => {
                place.insert(self.grants.len());
                self.grants.push(grant);
            }
            Entry::Occupied(place) => {
                if let Some(known) = self.grants.get_mut(*place.get()) {
                    merge(known, grant);
                }
            }
        }
    }
}

impl Extend<Grant> for Grants {
    fn extend<I: IntoIterator<Item = Grant>>(&mut self, grants: I) {
        grants.into_iter().for_each(|grant| self.add(grant));
    }
}

impl From<Grants> for Vec<Grant> {
    /// In the order in which each was first added.
    fn from(grants: Grants) -> Self {
        grants.grants
    }
}

fn merge(known: &mut Grant, more: Grant) {
    if known.reward_type != RewardType::Achievement {
        known.amount = known.amount.saturating_add(more.amount).min(MAX_AMOUNT);
    }
    if !more.reason.is_empty() && !known.reason.split(SEPARATOR).any(|reason| reason == more.reason) {
        let separator = if known.reason.is_empty() { "" } else { SEPARATOR };
        known.reason = shortened(format!("{}{separator}{}", known.reason, more.reason), MAX_REASON);
    }
}

/// A reward as a designer writes it down in a rule's parameters.
///
/// ```
/// use world_events_plugin_sdk::{Prize, json};
///
/// let prize: Prize = serde_json::from_value(json!({"rewardType": "item", "rewardId": "dragon-scale"})).unwrap();
/// let grant = prize.grant("p1").because("the first place");
/// assert_eq!((grant.reward_id.as_deref(), grant.amount), (Some("dragon-scale"), 1));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
// The example above is for who writes the rule, not for the designer who reads its schema.
#[schemars(description = "A reward.")]
pub struct Prize {
    /// What the reward is made of.
    pub reward_type: RewardType,
    /// Which one, in the game's own terms: the currency, the item, the achievement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200))]
    pub reward_id: Option<String>,
    /// How much of it.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 9_007_199_254_740_991_u64))]
    pub amount: u64,
}

fn one() -> u64 {
    1
}

impl Prize {
    /// Some experience.
    ///
    /// ```
    /// use world_events_plugin_sdk::{Grant, Prize};
    ///
    /// let consolation = Prize::xp(50);
    /// assert_eq!(consolation.grant("p1"), Grant::xp("p1", 50));
    /// ```
    #[must_use]
    pub fn xp(amount: u64) -> Self {
        Self { reward_type: RewardType::Xp, reward_id: None, amount }
    }

    /// Makes it a reward for a player.
    ///
    /// ```
    /// use world_events_plugin_sdk::{Grant, Prize, RewardType};
    ///
    /// let prize = Prize { reward_type: RewardType::Achievement, reward_id: Some("champion".to_owned()), amount: 1 };
    /// assert_eq!(prize.grant("p1"), Grant::achievement("p1", "champion"));
    /// ```
    #[must_use]
    pub fn grant(&self, player: &str) -> Grant {
        Grant::new(player, self.reward_type, self.reward_id.as_deref(), self.amount)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(grants: impl IntoIterator<Item = Grant>) -> Vec<Grant> {
        let mut all = Grants::default();
        all.extend(grants);
        all.into()
    }

    #[test]
    fn rewards_differ_by_player_type_and_id() {
        let different = [
            Grant::currency("p1", "gold", 1),
            Grant::currency("p2", "gold", 1),
            Grant::currency("p1", "silver", 1),
            Grant::item("p1", "gold", 1),
            Grant::xp("p1", 1),
        ];
        assert_eq!(merged(different.clone()), different);
    }

    #[test]
    fn the_same_reward_comes_together_in_any_order() {
        let grants = merged([Grant::xp("p1", 1), Grant::xp("p2", 2), Grant::xp("p1", 3).because("more")]);
        assert_eq!(grants, [Grant::xp("p1", 4).because("more"), Grant::xp("p2", 2)]);
    }

    #[test]
    fn an_achievement_is_had_once() {
        let grants = merged([Grant::achievement("p1", "slayer"), Grant::achievement("p1", "slayer")]);
        assert_eq!(grants, [Grant::achievement("p1", "slayer")]);
    }

    #[test]
    fn a_reason_is_listed_once() {
        let grants = merged(["a", "b", "", "a"].map(|reason| Grant::xp("p1", 1).because(reason)));
        assert_eq!(grants, [Grant::xp("p1", 4).because("a, b")]);
    }

    #[test]
    fn amounts_and_reasons_stay_in_their_bounds() {
        let grants = merged(["x", "y"].map(|reason| Grant::xp("p1", MAX_AMOUNT).because(reason.repeat(400))));
        assert_eq!(grants[0].amount, MAX_AMOUNT);
        assert_eq!(grants[0].reason.len(), 500);
    }

    #[test]
    fn the_schema_of_a_prize_has_its_bounds() {
        let schema = schemars::schema_for!(Prize);
        let amount = &schema.as_value()["properties"]["amount"];
        assert_eq!((amount["minimum"].as_u64(), amount["maximum"].as_u64()), (Some(1), Some(MAX_AMOUNT)));
        assert_eq!(schema.as_value()["required"], serde_json::json!(["rewardType"]));
        assert_eq!(schema.as_value()["description"], "A reward.");
    }

    #[test]
    fn a_prize_with_a_misspelt_member_is_refused() {
        let error = serde_json::from_str::<Prize>(r#"{"rewardType": "xp", "amuont": 5}"#).unwrap_err();
        assert!(error.to_string().contains("unknown field `amuont`"), "{error}");
    }
}
