//! The capability `eligibility`: who may join.

use wasmtime::Store;
use wasmtime::component::Instance;

use super::abi::{Application, eligibility};
use super::answer::{Checked, Refusal};
use super::exported::Exported;
use super::function::{Decision, Function, Meaning};
use super::host::CallState;
use super::pace::Pace;
use super::plugin::{Exports, Plugin};

/// Whether a player may join.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Come in.
    Admit,
    /// Stay out, and why.
    Refuse(Refusal),
}

/// `eligibility.check`.
pub(super) enum Check {}

impl Function for Check {
    const INTERFACE: &'static str = "eligibility";
    type Indices = Exported<Application, eligibility::Verdict>;
    type Input = Application;
    type Output = eligibility::Verdict;
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
            eligibility::Verdict::Admit => Verdict::Admit,
            eligibility::Verdict::Refuse(refusal) => Verdict::Refuse(Refusal::check(refusal)?),
        })
    }

    fn meaning(answer: &Verdict) -> Meaning {
        match answer {
            Verdict::Admit => Meaning::Ok,
            Verdict::Refuse(_) => Meaning::Refused,
        }
    }
}

impl Decision for Check {
    fn pace(plugin: &Plugin) -> &Pace {
        &plugin.paces.check
    }
}
