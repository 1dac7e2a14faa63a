//! Rewards as sets that can be compared: what should have been granted, and what was.

use std::collections::BTreeMap;

use super::wire::Reward;

/// Who is granted how much of what: player, kind and id, to the amount.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Grants(BTreeMap<(String, String, String), i64>);

impl Grants {
    /// Adds to what a player is granted. `which` is empty where the kind says it all.
    pub fn add(&mut self, player: &str, kind: &str, which: &str, amount: i64) {
        *self.0.entry((player.to_owned(), kind.to_owned(), which.to_owned())).or_default() += amount;
    }

    /// How many rewards there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The sum of all amounts.
    pub fn sum(&self) -> i64 {
        self.0.values().sum()
    }
}

impl<'r> FromIterator<&'r Reward> for Grants {
    fn from_iter<I: IntoIterator<Item = &'r Reward>>(rewards: I) -> Self {
        let mut grants = Self::default();
        for reward in rewards {
            let which = reward.reward_id.as_deref().unwrap_or_default();
            grants.add(&reward.player_id, &reward.reward_type, which, reward.amount);
        }
        grants
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rewards_are_told_apart_by_player_kind_and_id() {
        let reward = |player: &str, id: Option<&str>, amount| Reward {
            player_id: player.to_owned(),
            reward_type: "currency".to_owned(),
            reward_id: id.map(str::to_owned),
            amount,
            reason: String::new(),
            claimed: false,
        };
        let granted: Grants =
            [reward("a", None, 1), reward("a", Some("gold"), 2), reward("b", Some("gold"), 3)].iter().collect();
        let mut expected = Grants::default();
        expected.add("b", "currency", "gold", 3);
        expected.add("a", "currency", "gold", 1);
        expected.add("a", "currency", "gold", 1);
        expected.add("a", "currency", "", 1);
        assert_eq!(granted, expected);
        assert_eq!((granted.len(), granted.sum()), (3, 6));
    }
}
