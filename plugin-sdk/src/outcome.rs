//! What becomes of a participation.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::bindings::scoring::exports::world_events::rules::scoring as abi;
use crate::counters::Counters;
use crate::json::parse;
use crate::{Malformed, ParticipantStatus, Participation};

/// The highest score, 2^53 - 1: the largest integer that every JSON reader gets right.
///
/// ```
/// use world_events_plugin_sdk::{MAX_SCORE, Outcome, testing};
///
/// let mut outcome = Outcome::from(&testing::participation("p1").with_score(MAX_SCORE - 1));
/// assert_eq!(outcome.add_score(100).score, MAX_SCORE);
/// ```
pub const MAX_SCORE: u64 = (1 << 53) - 1;

/// What a report makes of a participation: [`Scoring::score`](crate::Scoring::score) returns it.
///
/// It starts [`from`](Self::from) the participation, which means "nothing changes", and is then changed.
///
/// ```
/// use world_events_plugin_sdk::{Outcome, json, testing};
///
/// let participation = testing::participation("p1").with_score(40);
/// let mut outcome = Outcome::from(&participation);
/// outcome.add_score(60).count("boss-damage", 60).set_progress(&json!({"hits": 1}));
/// if outcome.score >= 100 {
///     outcome.achieve(&json!({"id": "centurion"}));
///     outcome.completed = true;
/// }
/// assert_eq!(outcome.counter("boss-damage"), 60);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The new score, at most [`MAX_SCORE`].
    pub score: u64,
    /// Whether the player has now completed the event. Nothing takes a completion back.
    pub completed: bool,
    progress: String,
    achievements: Vec<String>,
    counters: Counters,
}

/// The outcome in which nothing changes.
impl From<&Participation> for Outcome {
    fn from(participation: &Participation) -> Self {
        Self {
            score: participation.score,
            completed: participation.status == ParticipantStatus::Completed,
            progress: participation.progress.clone(),
            achievements: Vec::new(),
            counters: Counters::default(),
        }
    }
}

impl Outcome {
    /// Adds to the score, or takes from it. The score stops at 0 and at [`MAX_SCORE`].
    ///
    /// ```
    /// # use world_events_plugin_sdk::{Outcome, testing};
    /// let mut outcome = Outcome::from(&testing::participation("p1").with_score(5));
    /// assert_eq!(outcome.add_score(-9).score, 0);
    /// ```
    pub fn add_score(&mut self, points: i64) -> &mut Self {
        self.score = self.score.saturating_add_signed(points).min(MAX_SCORE);
        self
    }

    /// Replaces the rule's notes about the player, as a whole.
    ///
    /// ```
    /// use serde::{Deserialize, Serialize};
    /// use world_events_plugin_sdk::{Outcome, testing};
    ///
    /// #[derive(Default, Serialize, Deserialize)]
    /// #[serde(default)]
    /// struct Progress {
    ///     best_hit: i64,
    /// }
    ///
    /// let participation = testing::participation("p1");
    /// let mut progress: Progress = participation.progress().unwrap();
    /// progress.best_hit = progress.best_hit.max(70);
    /// let mut outcome = Outcome::from(&participation);
    /// outcome.set_progress(&progress);
    /// assert_eq!(outcome.progress::<Progress>().unwrap().best_hit, 70);
    /// ```
    ///
    /// # Panics
    ///
    /// If they do not make a JSON object, as the server would take no other.
    #[track_caller]
    pub fn set_progress(&mut self, progress: &impl Serialize) -> &mut Self {
        self.progress = object("progress", progress);
        self
    }

    /// Adds an achievement. One that has an `id` can be asked for by
    /// [`Participation::has_achievement`].
    ///
    /// ```
    /// use world_events_plugin_sdk::{Malformed, Outcome, Participation, json, testing};
    ///
    /// /// Once, however often the player gets there.
    /// fn reward_first_win(participation: &Participation) -> Result<Outcome, Malformed> {
    ///     let mut outcome = Outcome::from(participation);
    ///     if !participation.has_achievement("first-win")? {
    ///         outcome.achieve(&json!({"id": "first-win", "title": "Beginner's luck"}));
    ///     }
    ///     Ok(outcome)
    /// }
    ///
    /// let newcomer = testing::participation("p1");
    /// assert_eq!(reward_first_win(&newcomer).unwrap().achievements::<serde_json::Value>().unwrap().len(), 1);
    /// let winner = newcomer.with_achievements(json!([{"id": "first-win"}]));
    /// assert_eq!(reward_first_win(&winner).unwrap(), Outcome::from(&winner));
    /// ```
    ///
    /// # Panics
    ///
    /// If it does not make a JSON object, as the server would take no other.
    #[track_caller]
    pub fn achieve(&mut self, achievement: &impl Serialize) -> &mut Self {
        self.achievements.push(object("achievement", achievement));
        self
    }

    /// Adds to a shared counter of the event, or takes from it. What is added under one name comes together, and stops
    /// at [`MAX_COUNTER`](crate::MAX_COUNTER) in either direction.
    ///
    /// ```
    /// use world_events_plugin_sdk::{Outcome, testing};
    ///
    /// let mut outcome = Outcome::from(&testing::participation("p1"));
    /// outcome.count("gold", 5).count("gold", 2).count("chests", -1);
    /// assert_eq!((outcome.counter("gold"), outcome.counter("chests")), (7, -1));
    /// ```
    pub fn count(&mut self, name: &str, delta: i64) -> &mut Self {
        self.counters.add(name, delta);
        self
    }

    /// Reads the notes back, as the next call will see them.
    ///
    /// ```
    /// use world_events_plugin_sdk::{Outcome, json, testing};
    ///
    /// let mut outcome = Outcome::from(&testing::participation("p1"));
    /// outcome.set_progress(&json!({"hits": 3}));
    /// assert_eq!(outcome.progress::<serde_json::Value>().unwrap()["hits"], 3);
    /// ```
    ///
    /// # Errors
    ///
    /// If they do not read as a `T`.
    pub fn progress<T: DeserializeOwned>(&self) -> Result<T, Malformed> {
        parse("the outcome's progress", &self.progress)
    }

    /// Reads back the achievements that are new.
    ///
    /// ```
    /// use serde::Deserialize;
    /// use world_events_plugin_sdk::{Outcome, json, testing};
    ///
    /// #[derive(Deserialize)]
    /// struct Achievement {
    ///     id: String,
    /// }
    ///
    /// let mut outcome = Outcome::from(&testing::participation("p1"));
    /// outcome.achieve(&json!({"id": "centurion"}));
    /// assert_eq!(outcome.achievements::<Achievement>().unwrap()[0].id, "centurion");
    /// ```
    ///
    /// # Errors
    ///
    /// If one of them does not read as a `T`.
    pub fn achievements<T: DeserializeOwned>(&self) -> Result<Vec<T>, Malformed> {
        self.achievements.iter().map(|achievement| parse("an achievement of the outcome", achievement)).collect()
    }

    /// What is added to a shared counter; 0 if nothing is.
    ///
    /// ```
    /// use world_events_plugin_sdk::{Outcome, testing};
    ///
    /// let untouched = Outcome::from(&testing::participation("p1"));
    /// assert_eq!(untouched.counter("boss-damage"), 0);
    /// ```
    #[must_use]
    pub fn counter(&self, name: &str) -> i64 {
        self.counters.get(name)
    }
}

impl From<Outcome> for abi::Outcome {
    fn from(outcome: Outcome) -> Self {
        Self {
            score: outcome.score,
            progress: outcome.progress,
            achievements: format!("[{}]", outcome.achievements.join(",")),
            completed: outcome.completed,
            counters: outcome.counters.into(),
            extra: String::new(),
        }
    }
}

/// Writes a JSON object, or panics and says what it was meant to be.
#[track_caller]
pub(crate) fn object(what: &str, value: &impl Serialize) -> String {
    match serde_json::to_string(value) {
        Ok(text) => {
            assert!(text.starts_with('{'), "{what} must be a JSON object, but is {text}");
            text
        }
        Err(error) => crate::export::fail(format_args!("{what} cannot be written as JSON: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::testing;

    #[test]
    fn untouched_it_changes_nothing() {
        let mut participation = testing::participation("p1").with_score(7).with_progress(json!({"hits": 2}));
        participation.status = ParticipantStatus::Completed;
        let answer = abi::Outcome::from(Outcome::from(&participation));
        assert_eq!(answer.score, 7);
        assert_eq!(answer.progress, r#"{"hits":2}"#);
        assert_eq!(answer.achievements, "[]");
        assert!(answer.completed);
        assert_eq!(answer.counters, []);
    }

    #[test]
    fn the_score_stays_in_its_range() {
        let mut outcome = Outcome::from(&testing::participation("p1"));
        assert_eq!(outcome.add_score(i64::MAX).score, MAX_SCORE);
        assert_eq!(outcome.add_score(1).score, MAX_SCORE);
        assert_eq!(outcome.add_score(i64::MIN).score, 0);
    }

    #[test]
    fn achievements_become_a_list() {
        let mut outcome = Outcome::from(&testing::participation("p1"));
        outcome.achieve(&json!({"id": "a"})).achieve(&json!({"id": "b,]"}));
        let answer = abi::Outcome::from(outcome);
        let achievements: Value = serde_json::from_str(&answer.achievements).unwrap();
        assert_eq!(achievements, json!([{"id": "a"}, {"id": "b,]"}]));
    }

    #[test]
    #[should_panic(expected = "progress must be a JSON object, but is 5")]
    fn progress_that_is_no_object_panics() {
        Outcome::from(&testing::participation("p1")).set_progress(&5);
    }

    #[test]
    #[should_panic(expected = "achievement cannot be written as JSON")]
    fn what_json_cannot_say_panics() {
        let keys_are_lists = std::collections::BTreeMap::from([(vec![1], 1)]);
        Outcome::from(&testing::participation("p1")).achieve(&keys_are_lists);
    }
}
