//! Letting a player in.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Malformed;
use crate::bindings::eligibility::exports::world_events::rules::eligibility as abi;
use crate::counters::Counters;
use crate::json::parse;
use crate::outcome::object;

/// What a player who may join begins with: [`Eligibility::check`](crate::Eligibility::check) returns it.
///
/// Mostly there is nothing to it, and a rule says `Ok(Admission::default())`. A rule that sorts players, into sides or
/// classes, notes where each belongs, and counts them:
///
/// ```
/// use world_events_plugin_sdk::{Admission, json};
///
/// let admission = Admission::default().with_progress(&json!({"side": "dawn"})).counting("members-dawn", 1);
/// assert_eq!(admission.counter("members-dawn"), 1);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Admission {
    progress: String,
    counters: Counters,
}

impl Admission {
    /// The rule's notes about the player, which scoring then reads and replaces. They count when the player joins for the
    /// first time: who comes back after leaving keeps the notes that are there.
    ///
    /// ```
    /// use serde::{Deserialize, Serialize};
    /// use world_events_plugin_sdk::Admission;
    ///
    /// #[derive(Debug, PartialEq, Serialize, Deserialize)]
    /// struct Progress {
    ///     class: String,
    /// }
    ///
    /// let healer = Progress { class: "healer".to_owned() };
    /// let admission = Admission::default().with_progress(&healer);
    /// assert_eq!(admission.progress::<Progress>().unwrap(), healer);
    /// ```
    ///
    /// # Panics
    ///
    /// If they do not make a JSON object, as the server would take no other.
    #[must_use]
    #[track_caller]
    pub fn with_progress(mut self, progress: &impl Serialize) -> Self {
        self.progress = object("progress", progress);
        self
    }

    /// Adds to a shared counter of the event, or takes from it, for as long as the player is in: the server takes it back
    /// when the player leaves or is removed. What is added under one name comes together, and stops at
    /// [`MAX_COUNTER`](crate::MAX_COUNTER) in either direction.
    ///
    /// ```
    /// use world_events_plugin_sdk::{Admission, Refusal, testing};
    ///
    /// /// Two healers for the raid, and no more.
    /// fn admit_healer(healers: i64) -> Result<Admission, Refusal> {
    ///     if healers >= 2 {
    ///         return Err(Refusal::new("HEALERS_COMPLETE", "the raid has all the healers that it needs"));
    ///     }
    ///     Ok(Admission::default().counting("healers", 1))
    /// }
    ///
    /// let event = testing::event().with_counter("healers", 1);
    /// assert_eq!(admit_healer(event.counter("healers")).unwrap().counter("healers"), 1);
    /// assert!(admit_healer(2).is_err());
    /// ```
    #[must_use]
    pub fn counting(mut self, name: &str, delta: i64) -> Self {
        self.counters.add(name, delta);
        self
    }

    /// Reads the notes back, as the first scoring call will see them.
    ///
    /// ```
    /// use world_events_plugin_sdk::{Admission, json};
    ///
    /// let plain = Admission::default();
    /// assert_eq!(plain.progress::<serde_json::Value>().unwrap(), json!({}));
    /// ```
    ///
    /// # Errors
    ///
    /// If they do not read as a `T`.
    pub fn progress<T: DeserializeOwned>(&self) -> Result<T, Malformed> {
        let notes = if self.progress.is_empty() { "{}" } else { &self.progress };
        parse("the admission's progress", notes)
    }

    /// What is added to a shared counter; 0 if nothing is.
    ///
    /// ```
    /// use world_events_plugin_sdk::Admission;
    ///
    /// let admission = Admission::default().counting("healers", 1).counting("level-sum", 30);
    /// assert_eq!((admission.counter("level-sum"), admission.counter("tanks")), (30, 0));
    /// ```
    #[must_use]
    pub fn counter(&self, name: &str) -> i64 {
        self.counters.get(name)
    }
}

impl From<Admission> for abi::Admission {
    fn from(admission: Admission) -> Self {
        Self { progress: admission.progress, counters: admission.counters.into(), extra: String::new() }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_plain_admission_says_nothing() {
        let admission = Admission::default();
        assert_eq!(admission.progress::<Value>().unwrap(), json!({}));
        let answer = abi::Admission::from(admission);
        assert_eq!((answer.progress.as_str(), answer.counters.len(), answer.extra.as_str()), ("", 0, ""));
    }

    #[test]
    fn notes_and_counts_are_handed_over() {
        let admission =
            Admission::default().with_progress(&json!({"side": "dusk"})).counting("dusk", 1).counting("dusk", 1);
        assert_eq!(admission.progress::<Value>().unwrap()["side"], "dusk");
        let answer = abi::Admission::from(admission);
        assert_eq!(answer.progress, r#"{"side":"dusk"}"#);
        assert_eq!((answer.counters[0].name.as_str(), answer.counters[0].value), ("dusk", 2));
    }

    #[test]
    #[should_panic(expected = "progress must be a JSON object, but is []")]
    fn notes_that_are_no_object_panic() {
        let _ = Admission::default().with_progress(&json!([]));
    }
}
