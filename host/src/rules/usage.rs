//! What a call gave, and what it took.

use std::time::Duration;

use serde::{Serialize, Serializer};

use super::journal::Logs;

/// What a call took, to be held against its [limits](super::RuleLimits).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// Fuel, as [`RuleLimits::fuel`](super::RuleLimits::fuel) counts it.
    pub fuel: u64,
    /// The most linear memory, in bytes.
    pub memory_bytes: usize,
    /// What the input weighed, in bytes.
    pub input_bytes: usize,
    /// What the answer weighed, in bytes; 0 if there was none.
    pub output_bytes: usize,
    /// From the making of the sandbox to the checked answer, without the wait for a place. In JSON: `time_us`, whole
    /// microseconds.
    #[serde(rename = "time_us", serialize_with = "microseconds")]
    pub time: Duration,
}

fn microseconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(time.as_micros()).unwrap_or(u64::MAX))
}

/// A call that was answered.
#[derive(Clone, Debug)]
pub struct Call<T> {
    /// The answer, checked.
    pub answer: T,
    /// What the rule wrote to its log.
    pub logs: Logs,
    /// What it took.
    pub usage: Usage,
}
