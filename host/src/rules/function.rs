//! What a function of the ABI is to the sandbox.

use wasmtime::Store;
use wasmtime::component::Instance;

use super::abi::Weigh;
use super::answer::Checked;
use super::host::CallState;
use super::pace::Pace;
use super::plugin::{Exports, Plugin};
use crate::model::rules::Capability;

/// One exported function: what goes in, what comes out, and how it is called.
pub(super) trait Function {
    /// The interface that it belongs to, as the ABI names it.
    const INTERFACE: &'static str;
    /// What it decides, if anything.
    const CAPABILITY: Option<Capability>;
    /// Where a plugin exports that interface.
    type Indices;
    /// What it is handed.
    type Input: Weigh;
    /// What it returns, unchecked.
    type Output: Weigh;
    /// What it returns, checked.
    type Answer;

    /// Where this plugin exports the interface, if it does.
    fn indices(exports: &Exports) -> Option<&Self::Indices>;

    /// What the call's random numbers start from.
    fn seed(input: &Self::Input) -> u64;

    /// Calls it.
    fn call(
        indices: &Self::Indices,
        store: &mut Store<CallState>,
        instance: &Instance,
        input: &Self::Input,
    ) -> wasmtime::Result<Self::Output>;

    /// Checks what it returned.
    fn verify(input: &Self::Input, output: Self::Output) -> Checked<Self::Answer>;

    /// How the answer is counted.
    fn meaning(answer: &Self::Answer) -> Meaning;
}

/// A function whose answer somebody waits for.
pub(super) trait Decision: Function {
    /// How its calls of this plugin went so far.
    fn pace(plugin: &Plugin) -> &Pace;
}

/// What an answer means to those who count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Ok,
    Refused,
}

impl Meaning {
    /// The word for it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Refused => "REFUSED",
        }
    }
}
