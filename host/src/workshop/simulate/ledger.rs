//! What has happened so far, in numbers.

use std::collections::BTreeMap;

use serde::Serialize;

use super::judge::{Answer, Failed, Ruling};
use crate::model::{PlayerId, Time};
use crate::rules::{Logs, Refusal, Usage};
use crate::workshop::case::CallName;
use crate::workshop::case::write::WrittenCase;

/// How many of the slowest calls of each function are kept.
const SLOWEST: usize = 5;

/// What has happened so far.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Joins by players who had not been in before.
    pub admitted: u64,
    /// Joins by players who had left.
    pub returned: u64,
    /// Players whom the rule let in, and for whom there was no room.
    pub full: u64,
    /// Players who would have come after the end.
    pub too_late: u64,
    /// Joins that the rule refused, by the code of the reason.
    pub refused_joins: BTreeMap<String, Reason>,
    /// Reports that counted.
    pub scored: u64,
    /// Reports that the rule, or the server, refused, by the code of the reason.
    pub refused_reports: BTreeMap<String, Reason>,
    /// Calls that failed, by what was called and the code.
    pub failures: BTreeMap<(&'static str, &'static str), Failure>,
    /// What calls took, by what was called.
    pub calls: BTreeMap<&'static str, Calls>,
}

/// Why something was refused.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reason {
    /// How often.
    pub count: u64,
    /// The first message of that kind.
    pub example: String,
}

/// A kind of failure.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// What was called.
    pub call: &'static str,
    /// The stable word for it.
    pub code: &'static str,
    /// How often.
    pub count: u64,
    /// What was wrong the first time.
    pub message: String,
    /// Where in the plugin, the first time; innermost function first.
    pub backtrace: Vec<String>,
    /// What the rule wrote to its log, the first time.
    pub logs: Logs,
    /// The first call of that kind.
    pub case: WrittenCase,
}

/// What the calls of one function took.
#[derive(Debug, Default)]
pub struct Calls {
    /// How many there were.
    pub count: u64,
    /// How many took so much fuel.
    pub fuel: BTreeMap<u64, u64>,
    /// The most memory of one, in bytes.
    pub most_memory: usize,
    /// The largest answer, in bytes.
    pub most_output: usize,
    /// Those that took the most fuel, the most first.
    pub slowest: Vec<SlowCall>,
}

/// A call that took much.
#[derive(Debug, Clone, PartialEq)]
pub struct SlowCall {
    /// About whom, or which page.
    pub about: String,
    /// When.
    pub at: Time,
    /// What it took.
    pub fuel: u64,
}

impl Ledger {
    /// Takes note of what a call took, and of its failure if it has failed.
    pub fn call(&mut self, ruling: &Ruling, player: &PlayerId, at: Time) {
        self.usage(ruling.call, &ruling.usage, player.as_str(), at);
        if let Answer::Failed(failed) = &ruling.answer {
            self.failure(ruling.call, failed);
        }
    }

    /// Takes note of what a call took.
    pub fn usage(&mut self, call: CallName, usage: &Usage, about: &str, at: Time) {
        let call: &'static str = call.into();
        let calls = self.calls.entry(call).or_default();
        calls.count += 1;
        *calls.fuel.entry(usage.fuel).or_default() += 1;
        calls.most_memory = calls.most_memory.max(usage.memory_bytes);
        calls.most_output = calls.most_output.max(usage.output_bytes);
        // Of calls that took the same, the earlier one stays in front.
        let place = calls.slowest.partition_point(|slow| slow.fuel >= usage.fuel);
        if place < SLOWEST {
            calls.slowest.insert(place, SlowCall { about: about.to_owned(), at, fuel: usage.fuel });
            calls.slowest.truncate(SLOWEST);
        }
    }

    /// Takes note of a failure.
    pub fn failure(&mut self, call: CallName, failed: &Failed) {
        let call: &'static str = call.into();
        let Failed { code, message, backtrace, logs, input } = failed;
        let first = || Failure {
            call,
            code,
            count: 0,
            message: message.clone(),
            backtrace: backtrace.clone(),
            logs: logs.clone(),
            case: WrittenCase::new(format!("{code} in a simulated event"), input, None),
        };
        self.failures.entry((call, code)).or_insert_with(first).count += 1;
    }
}

/// Takes note of a refusal.
pub fn refuse(reasons: &mut BTreeMap<String, Reason>, Refusal { code, message, .. }: Refusal) {
    reasons.entry(code).or_insert(Reason { count: 0, example: message }).count += 1;
}
