//! The capability `scoring`: what actions are worth.

use std::collections::BTreeMap;

use wasmtime::Store;
use wasmtime::component::Instance;

use super::abi::{Scorecard, scoring, types};
use super::answer::{self, Checked, JsonObject, Refusal};
use super::exported::Exported;
use super::function::{Decision, Function, Meaning};
use super::host::CallState;
use super::pace::Pace;
use super::plugin::{Exports, Plugin};
use crate::model::rules::Capability;

/// What a rule makes of a report.
#[derive(Clone, Debug, PartialEq)]
pub enum Assessment {
    /// It counts, and this is what becomes of the participation.
    Scored(Outcome),
    /// It is refused as a whole: nothing changes.
    Refused(Refusal),
}

/// What becomes of a participation. Replaces score and progress, adds to achievements and counters.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The new score, 0 to 2^53 - 1.
    pub score: u64,
    /// The new progress, whole.
    pub progress: JsonObject,
    /// Achievements that are new.
    pub achievements: Vec<JsonObject>,
    /// Whether the player has now completed the event.
    pub completed: bool,
    /// What to add to shared counters, each within ±(2^53 - 1). Names have 1 to 100 characters.
    pub counters: BTreeMap<String, i64>,
}

impl Outcome {
    fn check(raw: scoring::Outcome) -> Checked<Self> {
        let scoring::Outcome { score, progress, achievements, completed, counters, extra } = raw;
        answer::extra(&extra)?;
        Ok(Self {
            score: answer::natural("score", score)?,
            progress: answer::object("progress", &progress)?,
            achievements: answer::objects("achievements", &achievements)?,
            completed,
            counters: answer::counters(counters)?,
        })
    }
}

/// `scoring.score`.
pub(super) enum Score {}

impl Function for Score {
    const INTERFACE: &'static str = "scoring";
    const CAPABILITY: Option<Capability> = Some(Capability::Scoring);
    type Indices = Exported<Scorecard, Result<scoring::Outcome, types::Refusal>>;
    type Input = Scorecard;
    type Output = Result<scoring::Outcome, types::Refusal>;
    type Answer = Assessment;

    fn indices(exports: &Exports) -> Option<&Self::Indices> {
        exports.scoring.as_ref()
    }

    fn seed(input: &Scorecard) -> u64 {
        input.seed
    }

    fn call(
        indices: &Self::Indices,
        store: &mut Store<CallState>,
        instance: &Instance,
        input: &Scorecard,
    ) -> wasmtime::Result<Self::Output> {
        indices.call(store, instance, input)
    }

    fn verify(_input: &Scorecard, output: Self::Output) -> Checked<Assessment> {
        Ok(match output {
            Ok(outcome) => Assessment::Scored(Outcome::check(outcome)?),
            Err(refusal) => Assessment::Refused(Refusal::check(refusal)?),
        })
    }

    fn meaning(answer: &Assessment) -> Meaning {
        match answer {
            Assessment::Scored(_) => Meaning::Ok,
            Assessment::Refused(_) => Meaning::Refused,
        }
    }
}

impl Decision for Score {
    fn pace(plugin: &Plugin) -> &Pace {
        &plugin.paces.score
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::abi::MAX_INTEGER;

    fn outcome() -> scoring::Outcome {
        scoring::Outcome {
            score: 7,
            progress: r#"{"hits":1}"#.into(),
            achievements: r#"[{"id":"first-blood"}]"#.into(),
            completed: false,
            counters: vec![],
            extra: String::new(),
        }
    }

    fn counter(name: &str, value: i64) -> types::Counter {
        types::Counter { name: name.into(), value }
    }

    #[test]
    fn an_outcome_is_typed() {
        let checked = Outcome::check(scoring::Outcome {
            counters: vec![counter("gold", 5), counter("boss", -3), counter("gold", -7)],
            ..outcome()
        })
        .unwrap();
        assert_eq!(checked.score, 7);
        assert_eq!(checked.progress["hits"], 1);
        assert_eq!(checked.achievements[0]["id"], "first-blood");
        assert_eq!(checked.counters, BTreeMap::from([("boss".into(), -3), ("gold".into(), -2)]));
    }

    #[test]
    fn what_the_abi_forbids_is_refused_by_name() {
        const TOP: i64 = MAX_INTEGER as i64;
        for (bad, member) in [
            (scoring::Outcome { score: MAX_INTEGER + 1, ..outcome() }, "score"),
            (scoring::Outcome { progress: "null".into(), ..outcome() }, "progress"),
            (scoring::Outcome { achievements: "{}".into(), ..outcome() }, "achievements"),
            (scoring::Outcome { counters: vec![counter("", 1)], ..outcome() }, "counters.name"),
            (scoring::Outcome { counters: vec![counter(&"x".repeat(101), 1)], ..outcome() }, "counters.name"),
            (scoring::Outcome { counters: vec![counter("gold", i64::MIN)], ..outcome() }, "counters.value"),
            (
                scoring::Outcome { counters: vec![counter("gold", TOP), counter("gold", 1)], ..outcome() },
                "counters.value",
            ),
            (scoring::Outcome { extra: "[]".into(), ..outcome() }, "extra"),
        ] {
            let why = Outcome::check(bad).unwrap_err().0;
            assert!(why.starts_with(&format!("`{member}`: ")), "{why}");
        }
    }
}
