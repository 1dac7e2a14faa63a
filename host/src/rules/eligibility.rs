//! The capability `eligibility`: who may join.

use std::collections::BTreeMap;

use wasmtime::Store;
use wasmtime::component::Instance;

use super::abi::{Application, eligibility, types};
use super::answer::{self, Checked, JsonObject, Refusal};
use super::exported::Exported;
use super::function::{Decision, Function, Meaning};
use super::host::CallState;
use super::pace::Pace;
use super::plugin::{Exports, Plugin};
use crate::model::rules::Capability;

/// Whether a player may join.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Come in.
    Admit(PlayerAdmission),
    /// Stay out, and why.
    Refuse(Refusal),
}

/// What a player who is let in begins with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlayerAdmission {
    /// The progress of a newcomer.
    pub progress: JsonObject,
    /// What to add to shared counters for as long as the player is in, each within ±(2^53 - 1). Names have 1 to 100
    /// characters.
    pub counters: BTreeMap<String, i64>,
}

impl PlayerAdmission {
    fn check(raw: eligibility::Admission) -> Checked<Self> {
        let eligibility::Admission { progress, counters, extra } = raw;
        answer::extra(&extra)?;
        Ok(Self { progress: answer::object_or_nothing("progress", &progress)?, counters: answer::counters(counters)? })
    }
}

/// `eligibility.check`.
pub(super) enum Check {}

impl Function for Check {
    const INTERFACE: &'static str = "eligibility";
    const CAPABILITY: Option<Capability> = Some(Capability::Eligibility);
    type Indices = Exported<Application, Result<eligibility::Admission, types::Refusal>>;
    type Input = Application;
    type Output = Result<eligibility::Admission, types::Refusal>;
    type Answer = Verdict;

    fn indices(exports: &Exports) -> Option<&Self::Indices> {
        exports.eligibility.as_ref()
    }

    fn seed(input: &Application) -> u64 {
        input.seed
    }

    fn call(
        indices: &Self::Indices,
        store: &mut Store<CallState>,
        instance: &Instance,
        input: &Application,
    ) -> wasmtime::Result<Self::Output> {
        indices.call(store, instance, input)
    }

    fn verify(_input: &Application, output: Self::Output) -> Checked<Verdict> {
        Ok(match output {
            Ok(admission) => Verdict::Admit(PlayerAdmission::check(admission)?),
            Err(refusal) => Verdict::Refuse(Refusal::check(refusal)?),
        })
    }

    fn meaning(answer: &Verdict) -> Meaning {
        match answer {
            Verdict::Admit(_) => Meaning::Ok,
            Verdict::Refuse(_) => Meaning::Refused,
        }
    }
}

impl Decision for Check {
    fn pace(plugin: &Plugin) -> &Pace {
        &plugin.paces.check
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admission(progress: &str, counters: &[(&str, i64)], extra: &str) -> eligibility::Admission {
        let counters = counters.iter().map(|(name, value)| types::Counter { name: (*name).into(), value: *value });
        eligibility::Admission { progress: progress.into(), counters: counters.collect(), extra: extra.into() }
    }

    #[test]
    fn an_admission_is_typed_and_may_say_nothing() {
        assert_eq!(PlayerAdmission::check(admission("", &[], "")).unwrap(), PlayerAdmission::default());
        let checked =
            PlayerAdmission::check(admission(r#"{"side":"dawn"}"#, &[("dawn", 1), ("dawn", 2)], "{}")).unwrap();
        assert_eq!(checked.progress["side"], "dawn");
        assert_eq!(checked.counters, BTreeMap::from([("dawn".into(), 3)]));
    }

    #[test]
    fn what_the_abi_forbids_is_refused_by_name() {
        for (bad, member) in [
            (admission("[]", &[], ""), "progress"),
            (admission("{", &[], ""), "progress"),
            (admission("", &[("", 1)], ""), "counters.name"),
            (admission("", &[("x", i64::MAX)], ""), "counters.value"),
            (admission("", &[], "1"), "extra"),
        ] {
            let why = PlayerAdmission::check(bad).unwrap_err().0;
            assert!(why.starts_with(&format!("`{member}`: ")), "{why}");
        }
    }
}
