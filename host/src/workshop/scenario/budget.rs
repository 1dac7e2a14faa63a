//! What may be paid at most.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::WrongValue;
use crate::model::RewardType;
use crate::model::reward::RewardGrant;
use crate::model::text::RewardId;

/// What is paid: a type of reward, and which one of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all(serialize = "camelCase", deserialize = "kebab-case"))]
pub struct RewardKey {
    /// What it is made of.
    pub reward_type: RewardType,
    /// Which one; left out for rewards of that type without an id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reward_id: Option<RewardId>,
}

impl From<&RewardGrant> for RewardKey {
    fn from(grant: &RewardGrant) -> Self {
        Self { reward_type: grant.reward_type, reward_id: grant.reward_id.clone() }
    }
}

impl fmt::Display for RewardKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reward_id {
            Some(id) => write!(f, "{} {id}", self.reward_type),
            None => self.reward_type.fmt(f),
        }
    }
}

/// The most that may be paid of one reward in a whole event. What no entry names has no bound.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Budget {
    reward_type: RewardType,
    #[serde(default)]
    reward_id: Option<RewardId>,
    /// The most that all players together may be paid.
    pub most: u64,
}

/// Refuses two budgets for the same reward.
///
/// # Errors
/// There are two; the error names the second one.
pub fn check(budgets: &[Budget]) -> Result<(), WrongValue> {
    let mut keys = BTreeSet::new();
    match budgets.iter().position(|budget| !keys.insert(budget.key())) {
        Some(second) => {
            Err(WrongValue::new(format!("budget[{second}]"), "must not be of the same reward as another one"))
        }
        None => Ok(()),
    }
}

impl Budget {
    /// What it bounds.
    #[must_use]
    pub fn key(&self) -> RewardKey {
        RewardKey { reward_type: self.reward_type, reward_id: self.reward_id.clone() }
    }
}
