//! Typed access to an event.

use std::time::Duration;

use serde::de::DeserializeOwned;

use crate::json::{member, parse};
use crate::{Event, Malformed, Timestamp};

/// The open-ended members are JSON texts; the method of the same name reads one as a type of the rule's.
impl Event {
    /// The value of a shared counter; 0 if nothing ever changed it.
    ///
    /// While players score this is a recent total, not necessarily the very latest. At the payout it is final.
    ///
    /// ```
    /// let event = world_events_plugin_sdk::testing::event().with_counter("boss-damage", 120);
    /// assert_eq!(event.counter("boss-damage"), 120);
    /// assert_eq!(event.counter("gold"), 0);
    /// ```
    #[must_use]
    pub fn counter(&self, name: &str) -> i64 {
        self.counters.iter().find(|counter| counter.name == name).map_or(0, |counter| counter.value)
    }

    /// Whatever else the designer attached to the event (`eventData`), a JSON object.
    ///
    /// ```
    /// use serde::Deserialize;
    /// use world_events_plugin_sdk::{json, testing};
    ///
    /// #[derive(Deserialize)]
    /// struct Boss {
    ///     name: String,
    ///     #[serde(default)]
    ///     heads: u32,
    /// }
    ///
    /// let event = testing::event().with_data(json!({"name": "Hydra", "heads": 9}));
    /// let boss: Boss = event.data().unwrap();
    /// assert_eq!((boss.name.as_str(), boss.heads), ("Hydra", 9));
    /// // Without a name there is no boss, and the error says so.
    /// assert!(testing::event().data::<Boss>().is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// If it does not read as a `T`.
    pub fn data<T: DeserializeOwned>(&self) -> Result<T, Malformed> {
        parse("the event's data", &self.data)
    }

    /// One member of what the designer attached to the event; `None` if it is absent or null.
    ///
    /// ```
    /// use world_events_plugin_sdk::{json, testing};
    ///
    /// let event = testing::event().with_data(json!({"boss": "hydra", "heads": 9}));
    /// assert_eq!(event.datum::<u32>("heads").unwrap(), Some(9));
    /// ```
    ///
    /// # Errors
    ///
    /// If it does not read as a `T`.
    pub fn datum<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Malformed> {
        member("the event's data", &self.data, name)
    }

    /// What there is to do, each a JSON object.
    ///
    /// ```
    /// use serde::Deserialize;
    /// use world_events_plugin_sdk::{Event, json, testing};
    ///
    /// #[derive(Deserialize)]
    /// struct Objective {
    ///     id: String,
    ///     amount: i64,
    /// }
    ///
    /// let objectives = json!([{"id": "wood", "amount": 500}, {"id": "stone", "amount": 200}]).to_string();
    /// let event = Event { objectives, ..testing::event() }.with_counter("wood", 640);
    /// let objectives: Vec<Objective> = event.objectives().unwrap();
    /// let open = objectives.iter().find(|objective| event.counter(&objective.id) < objective.amount);
    /// assert_eq!(open.unwrap().id, "stone");
    /// ```
    ///
    /// # Errors
    ///
    /// If one of them does not read as a `T`.
    pub fn objectives<T: DeserializeOwned>(&self) -> Result<Vec<T>, Malformed> {
        parse("an objective of the event", &self.objectives)
    }

    /// What the event promises, each a JSON object. Those that a rule means to pay can be read as
    /// [`Prize`](crate::Prize) if they have no other members.
    ///
    /// ```
    /// use world_events_plugin_sdk::{Event, Grant, Prize, json, testing};
    ///
    /// let rewards = json!([{"rewardType": "currency", "rewardId": "gold", "amount": 50}]).to_string();
    /// let event = Event { rewards, ..testing::event() };
    /// let prizes: Vec<Prize> = event.rewards().unwrap();
    /// assert_eq!(prizes[0].grant("p1"), Grant::currency("p1", "gold", 50));
    /// ```
    ///
    /// # Errors
    ///
    /// If one of them does not read as a `T`.
    pub fn rewards<T: DeserializeOwned>(&self) -> Result<Vec<T>, Malformed> {
        parse("a reward of the event", &self.rewards)
    }

    /// How long the event has been going on at `now`; zero before its start.
    ///
    /// ```
    /// use std::time::Duration;
    /// use world_events_plugin_sdk::testing;
    ///
    /// let event = testing::event().with_times(10_000, None);
    /// assert_eq!(event.elapsed(15_000), Duration::from_secs(5));
    /// assert_eq!(event.elapsed(9_000), Duration::ZERO);
    /// ```
    #[must_use]
    pub fn elapsed(&self, now: Timestamp) -> Duration {
        Duration::from_millis(now.saturating_sub(self.starts_at))
    }

    /// How long the event still goes on at `now`, zero after its end; `None` if it only ends by hand or by a goal.
    ///
    /// ```
    /// use std::time::Duration;
    /// use world_events_plugin_sdk::testing;
    ///
    /// let event = testing::event().with_times(10_000, Some(70_000));
    /// assert_eq!(event.elapsed(15_000), Duration::from_secs(5));
    /// assert_eq!(event.remaining(15_000), Some(Duration::from_secs(55)));
    /// ```
    #[must_use]
    pub fn remaining(&self, now: Timestamp) -> Option<Duration> {
        self.ends_at.map(|end| Duration::from_millis(end.saturating_sub(now)))
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;
    use crate::testing;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Objective {
        id: String,
    }

    #[test]
    fn objectives_and_rewards_are_typed() {
        let event = Event {
            objectives: json!([{"id": "a", "text": "do it"}, {"id": "b"}]).to_string(),
            rewards: json!([{"note": "nothing"}]).to_string(),
            ..testing::event()
        };
        assert_eq!(event.objectives::<Objective>().unwrap().len(), 2);
        let error = event.rewards::<Objective>().unwrap_err();
        assert!(error.to_string().contains("missing field `id`"), "{error}");
    }

    #[test]
    fn time_does_not_run_backwards() {
        let event = testing::event().with_times(10_000, Some(20_000));
        assert_eq!(event.elapsed(9_000), Duration::ZERO);
        assert_eq!(event.remaining(21_000), Some(Duration::ZERO));
        assert_eq!(testing::event().remaining(21_000), None);
    }
}
