//! Rewards that were granted.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use strum::{Display, EnumString, IntoStaticStr};
use utoipa::ToSchema;
use uuid::Uuid;

use super::number::Amount;
use super::text::{PlayerId, RewardId};

/// What a reward is made of.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    ToSchema,
    Display,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum RewardType {
    /// Experience points.
    Xp,
    /// Money of the game.
    Currency,
    /// A thing.
    Item,
    /// An entry in the player's record.
    Achievement,
}

impl RewardType {
    /// The type's name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A reward of a player in an event.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventReward {
    /// The reward's own id.
    pub id: Uuid,
    /// The event that it was earned in.
    pub event_id: Uuid,
    /// Who earned it.
    pub player_id: PlayerId,
    /// What it is made of.
    pub reward_type: RewardType,
    /// Which one, in the game's own terms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reward_id: Option<RewardId>,
    /// How much of it.
    pub amount: Amount,
    /// Why it was granted, in words for the player.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether the player has taken it.
    pub claimed: bool,
    /// When the player took it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claimed_at: Option<DateTime<Utc>>,
    /// When it was granted.
    pub created_at: DateTime<Utc>,
}

/// What is granted: a reward without its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RewardGrant {
    /// What it is made of.
    pub reward_type: RewardType,
    /// Which one, in the game's own terms.
    pub reward_id: Option<RewardId>,
    /// How much of it.
    pub amount: Amount,
    /// Why, in words for the player.
    pub reason: Option<String>,
}

impl RewardGrant {
    /// Reads an entry of an event's `rewards`. Entries without a valid `rewardType` (or `type`), or with a `rewardId` or
    /// `amount` that no reward can have, only describe and grant nothing.
    #[must_use]
    pub fn from_entry(entry: &Map<String, Value>) -> Option<Self> {
        let kind = entry.get("rewardType").or_else(|| entry.get("type"))?;
        let reward_type = RewardType::deserialize(kind).ok()?;
        let reward_id = match entry.get("rewardId") {
            None | Some(Value::Null) => None,
            Some(id) => Some(RewardId::deserialize(id).ok()?),
        };
        let amount = match entry.get("amount") {
            None | Some(Value::Null) => Amount::try_from(1).ok()?,
            Some(amount) => Amount::deserialize(amount).ok()?,
        };
        Some(Self { reward_type, reward_id, amount, reason: None })
    }
}

/// What an event's `rewards` grant. Entries of the same type and id are one reward, with the sum of their amounts.
#[must_use]
pub fn promised(entries: &[Map<String, Value>]) -> Vec<RewardGrant> {
    let mut grants: Vec<RewardGrant> = Vec::new();
    for entry in entries.iter().filter_map(RewardGrant::from_entry) {
        let same =
            |grant: &&mut RewardGrant| grant.reward_type == entry.reward_type && grant.reward_id == entry.reward_id;
        match grants.iter_mut().find(same) {
            Some(grant) => grant.amount = grant.amount.saturating_add(entry.amount),
            None => grants.push(entry),
        }
    }
    grants
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(entry: Value) -> Option<RewardGrant> {
        RewardGrant::from_entry(entry.as_object()?)
    }

    #[test]
    fn entries_that_name_a_reward_grant_it() {
        let grant = read(json!({ "rewardType": "item", "rewardId": "sword", "amount": 2 })).expect("grants");
        assert_eq!(grant.reward_type, RewardType::Item);
        assert_eq!(grant.reward_id.as_ref().map(RewardId::as_str), Some("sword"));
        assert_eq!(grant.amount.get(), 2);
        let short = read(json!({ "type": "xp" })).expect("grants");
        assert_eq!((short.reward_type, short.reward_id, short.amount.get()), (RewardType::Xp, None, 1));
    }

    #[test]
    fn entries_of_one_key_are_one_reward() {
        let entries = json!([{ "type": "xp", "amount": 2 }, { "type": "item", "rewardId": "a" }, { "type": "xp" }]);
        let entries: Vec<Map<String, Value>> = serde_json::from_value(entries).expect("objects");
        let amounts: Vec<_> = promised(&entries).iter().map(|grant| (grant.reward_type, grant.amount.get())).collect();
        assert_eq!(amounts, [(RewardType::Xp, 3), (RewardType::Item, 1)]);
    }

    #[test]
    fn other_entries_only_describe() {
        for entry in [
            json!({ "text": "glory" }),
            json!({ "rewardType": "glory" }),
            json!({ "rewardType": "xp", "amount": 0 }),
            json!({ "rewardType": "xp", "amount": "many" }),
            json!({ "rewardType": "item", "rewardId": 7 }),
        ] {
            assert_eq!(read(entry), None);
        }
    }
}
