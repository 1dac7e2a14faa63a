//! How a call fails, and what may be told about it to whom.

use serde::Serialize;
use serde_json::{Value, json};
use wasmtime::{PoolConcurrencyLimitError, Trap, WasmBacktrace};

use super::answer::BadAnswer;
use super::host::{CallState, LogNotUtf8};
use super::journal::Logs;
use super::limits::RuleLimits;
use super::text::shortened;
use super::usage::Usage;

/// Why a rule gave no answer. None of these is a rule's "no": a refusal is an answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleFailure {
    /// The plugin does not decide this; the caller should have looked at its capabilities.
    #[error("the plugin does not export `{interface}`")]
    NotExported {
        /// The interface that was called.
        interface: &'static str,
    },
    /// The plugin exports a function of another type than the ABI has. Found when it is published.
    #[error("the plugin does not keep to the ABI: {why}")]
    WrongType {
        /// Which function, and what differs.
        why: String,
    },
    /// The rule broke off: `unreachable` (a panic), an access out of bounds, a division by zero, too deep a recursion.
    #[error("the rule trapped: {message}")]
    Trap {
        /// What happened.
        message: String,
    },
    /// The rule took more instructions than it may.
    #[error("the rule used up its fuel of {limit}")]
    OutOfFuel {
        /// [`RuleLimits::fuel`].
        limit: u64,
    },
    /// The clock stopped the rule. Another attempt may succeed.
    #[error("the rule took longer than {limit_ms} ms")]
    TooSlow {
        /// [`RuleLimits::time_ms`].
        limit_ms: u64,
    },
    /// The rule asked for more memory than it may have.
    #[error("the rule asked for more than {limit} bytes of memory")]
    OutOfMemory {
        /// [`RuleLimits::memory_bytes`].
        limit: usize,
    },
    /// The rule was not called: there is more to hand to it than the limit allows.
    #[error("the call's input of {bytes} bytes is larger than {limit}")]
    InputTooLarge {
        /// What the input weighs.
        bytes: usize,
        /// [`RuleLimits::input_bytes`].
        limit: usize,
    },
    /// The rule answered more than it may.
    #[error("the rule's answer{} is larger than {limit} bytes", .bytes.map(|bytes| format!(" of {bytes} bytes")).unwrap_or_default())]
    OutputTooLarge {
        /// What the answer weighs; unknown when it was so large that it was not even copied.
        bytes: Option<usize>,
        /// [`RuleLimits::output_bytes`].
        limit: usize,
    },
    /// The rule answered something that the ABI forbids.
    #[error("the rule's answer is not valid: {why}")]
    BadOutput {
        /// Which member, and what would be right.
        why: String,
    },
    /// No place to run became free in time. Another attempt may succeed.
    #[error("no place to run became free in time")]
    Busy,
    /// The plugin kept failing, and is not called for a while. Later, one call tries whether it has recovered.
    #[error("the plugin kept failing and is parked for another {for_ms} ms")]
    Parked {
        /// For how long it is parked still, unless that try fails.
        for_ms: u64,
    },
    /// The server's own fault.
    #[error("the server failed to run the rule: {why}")]
    Internal {
        /// For the server's log.
        why: String,
    },
}

impl RuleFailure {
    /// The stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotExported { .. } => "RULE_NOT_EXPORTED",
            Self::WrongType { .. } => "RULE_WRONG_TYPE",
            Self::Trap { .. } => "RULE_TRAPPED",
            Self::OutOfFuel { .. } => "RULE_OUT_OF_FUEL",
            Self::TooSlow { .. } => "RULE_TIMEOUT",
            Self::OutOfMemory { .. } => "RULE_OUT_OF_MEMORY",
            Self::InputTooLarge { .. } => "RULE_INPUT_TOO_LARGE",
            Self::OutputTooLarge { .. } => "RULE_OUTPUT_TOO_LARGE",
            Self::BadOutput { .. } => "RULE_BAD_OUTPUT",
            Self::Busy => "RULE_BUSY",
            Self::Parked { .. } => "RULE_PARKED",
            Self::Internal { .. } => "RULE_INTERNAL",
        }
    }

    /// One sentence for anybody: it says what kind of failure it was, and nothing from inside the rule.
    pub fn public_message(&self) -> &'static str {
        match self {
            Self::NotExported { .. } => "The event's rule does not decide this.",
            Self::WrongType { .. } => "The event's rule does not fit this server.",
            Self::Trap { .. } => "The event's rule broke off.",
            Self::OutOfFuel { .. } => "The event's rule needed more computation than it may use.",
            Self::TooSlow { .. } => "The event's rule was stopped because it took too long; try again.",
            Self::OutOfMemory { .. } => "The event's rule needed more memory than it may use.",
            Self::InputTooLarge { .. } => "There is more data than the event's rule may be given.",
            Self::OutputTooLarge { .. } => "The event's rule answered more than it may.",
            Self::BadOutput { .. } => "The event's rule gave an answer that is not valid.",
            Self::Busy => "Too many rules are running; try again.",
            Self::Parked { .. } => "The event's rule kept failing and is not asked for a while; try again later.",
            Self::Internal { .. } => "The server failed to run the event's rule.",
        }
    }

    /// Whether it says something about the moment, not about the rule: the same call may succeed later.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::TooSlow { .. } | Self::Busy | Self::Parked { .. })
    }
}

impl From<BadAnswer> for RuleFailure {
    fn from(BadAnswer(why): BadAnswer) -> Self {
        Self::BadOutput { why }
    }
}

/// A failed call, with all that helps the rule's author. Only [`code`](RuleFailure::code) and
/// [`public_message`](RuleFailure::public_message) of the failure are for players.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{failure}")]
pub struct FailedCall {
    /// What went wrong.
    pub failure: RuleFailure,
    /// Where in the plugin, innermost function first; empty if it did not happen inside of it.
    pub backtrace: Vec<String>,
    /// What the rule wrote until then.
    pub logs: Logs,
    /// What the call took until then.
    pub usage: Usage,
    /// What it might have taken.
    pub limits: RuleLimits,
}

impl FailedCall {
    /// A call that never began.
    pub(super) fn before_start(failure: RuleFailure, limits: &RuleLimits) -> Box<Self> {
        Box::new(Self {
            failure,
            backtrace: Vec::new(),
            logs: Logs::default(),
            usage: Usage::default(),
            limits: limits.clone(),
        })
    }

    /// Everything, as JSON, for designers and operators.
    pub fn details(&self) -> Value {
        #[derive(Serialize)]
        struct Details<'call> {
            failure: String,
            backtrace: &'call [String],
            logs: &'call Logs,
            usage: &'call Usage,
            limits: &'call RuleLimits,
        }
        let Self { failure, backtrace, logs, usage, limits } = self;
        serde_json::to_value(Details { failure: failure.to_string(), backtrace, logs, usage, limits })
            .unwrap_or_else(|_| json!({ "failure": failure.to_string() }))
    }
}

/// What wasmtime says when more is copied out of a plugin than [`RuleLimits::hostcall_fuel`] allows. The error has no
/// public type; a test with such a plugin holds this to be true.
const HOSTCALL_FUEL: &str = "fuel allocated for hostcalls has been exhausted";

/// Marks an error as one that happened before the plugin's function was called.
#[derive(Debug, thiserror::Error)]
#[error("the plugin cannot be instantiated")]
pub(super) struct NoInstance;

/// An exported function that has another type than in the ABI.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct WrongType(pub(super) String);

/// Tells what an error of wasmtime's means.
pub(super) fn classify(error: &wasmtime::Error, state: &CallState, limits: &RuleLimits) -> RuleFailure {
    if state.memory.has_refused() {
        return RuleFailure::OutOfMemory { limit: limits.memory_bytes };
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => return RuleFailure::OutOfFuel { limit: limits.fuel },
        Some(Trap::Interrupt) => return RuleFailure::TooSlow { limit_ms: limits.time_ms },
        Some(trap) => return RuleFailure::Trap { message: trap.to_string() },
        None => {}
    }
    if error.is::<PoolConcurrencyLimitError>() {
        return RuleFailure::Busy;
    }
    if error.is::<LogNotUtf8>() {
        return RuleFailure::BadOutput { why: LogNotUtf8.to_string() };
    }
    if let Some(WrongType(why)) = error.downcast_ref() {
        return RuleFailure::WrongType { why: why.clone() };
    }
    let cause = error.root_cause().to_string();
    if cause.contains(HOSTCALL_FUEL) {
        return RuleFailure::OutputTooLarge { bytes: None, limit: limits.output_bytes };
    }
    if error.is::<NoInstance>() {
        return RuleFailure::Internal { why: cause };
    }
    // What is left is what goes wrong between host and plugin: a pointer of the plugin's that leads nowhere, a string
    // that is no UTF-8, an enum value that does not exist.
    RuleFailure::BadOutput { why: cause }
}

/// How much of a line of a backtrace is kept, in characters: the plugin names its functions as it likes.
const MAX_LINE: usize = 300;

/// The plugin's functions that were running, innermost first.
pub(super) fn backtrace(error: &wasmtime::Error) -> Vec<String> {
    error.downcast_ref::<WasmBacktrace>().map_or_else(Vec::new, |trace| {
        // Printed, as only printing takes the mangling off the names. The first line is a heading.
        trace.to_string().lines().skip(1).map(|line| shortened(line.trim(), MAX_LINE)).collect()
    })
}
