//! What a call of a rule may use up.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::settings::BadSetting;

pub(super) const KIB: usize = 1024;
pub(super) const MIB: usize = 1024 * KIB;

/// The bounds of one call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleLimits {
    /// WebAssembly instructions, near enough: most cost 1, bulk memory operations 1 per byte, growing a memory 50, a
    /// call to the host [`HOST_CALL_FUEL`]. This is the limit that decides, because it is deterministic: the same call runs out of it
    /// always or never.
    pub fuel: u64,
    /// Linear memory, in bytes, over all memories of the plugin. In steps of 64 KiB, as WebAssembly has it.
    pub memory_bytes: usize,
    /// What a call is given, in bytes by [`Weigh`](super::abi::Weigh).
    pub input_bytes: usize,
    /// What a call may answer, in bytes by [`Weigh`](super::abi::Weigh).
    pub output_bytes: usize,
    /// What a call may write to its log, in bytes. The rest is dropped and counted; it is no failure.
    pub log_bytes: usize,
    /// Time, in milliseconds, in which the call's thread ran: what it waited for a core counts only when it comes to ten
    /// times as much. (Where the system does not tell how long a thread ran, which Linux does, all time counts.) A backstop
    /// against what fuel does not see: a call that is stopped by it gave no answer, and may be repeated.
    pub time_ms: u64,
}

/// What a call to the host (`log`, `random-u64`) costs in fuel, beyond the instructions around it. A crossing takes some
/// tens of nanoseconds, as long as that many instructions; were it free, a rule could outlast the clock on little fuel.
pub const HOST_CALL_FUEL: u64 = 50;

impl RuleLimits {
    /// For calls that a player waits for: `check` and `score`.
    pub fn decision() -> Self {
        Self {
            fuel: 10_000_000,
            memory_bytes: 16 * MIB,
            input_bytes: 160 * KIB,
            output_bytes: 20 * KIB,
            log_bytes: 8 * KIB,
            time_ms: 50,
        }
    }

    /// For `payout`, which runs in the background and sees a whole page of standings.
    pub fn payout() -> Self {
        Self {
            fuel: 1_000_000_000,
            memory_bytes: 64 * MIB,
            input_bytes: MIB,
            output_bytes: MIB,
            log_bytes: 8 * KIB,
            time_ms: 1_000,
        }
    }

    /// For `describe`, which runs once, when a plugin is published: a decision's limits, with room in the answer for a
    /// schema of the parameters.
    pub(super) fn describe(decision: &Self) -> Self {
        Self { output_bytes: decision.output_bytes.max(2 * super::parameters::MAX_SCHEMA_BYTES), ..decision.clone() }
    }

    /// [`time_ms`](Self::time_ms) as a duration.
    pub fn time(&self) -> Duration {
        Duration::from_millis(self.time_ms)
    }

    /// How much the host copies out of the plugin at one crossing, in bytes of its own memory, before it gives up. The
    /// host's records are up to 2.2 times as large as their [weight](super::abi::Weigh); below this bound the answer is
    /// copied, weighed and refused by its weight.
    pub(super) fn hostcall_fuel(&self) -> usize {
        (4 * self.output_bytes).max(MIB)
    }

    /// These bounds for a large plugin, which takes more to do the same.
    pub(super) fn with(&self, large: &LargeLimits) -> Self {
        let LargeLimits { fuel, memory_bytes, time_ms } = *large;
        Self { fuel, memory_bytes, time_ms, ..self.clone() }
    }

    pub(super) fn check(&self, name: &str) -> Result<(), BadSetting> {
        let bad = |setting: &str, why| Err(BadSetting::new(format!("{name}.{setting}"), why));
        if self.fuel == 0 || self.fuel > i64::MAX as u64 {
            return bad("fuel", "must be between 1 and 2^63 - 1");
        }
        if !(64 * KIB..=1024 * MIB).contains(&self.memory_bytes) {
            return bad("memory_bytes", "must be between 65536 (one page of WebAssembly) and 1073741824 (1 GiB)");
        }
        if !(KIB..=64 * MIB).contains(&self.input_bytes) {
            return bad("input_bytes", "must be between 1024 and 67108864 (64 MiB)");
        }
        if !(KIB..=64 * MIB).contains(&self.output_bytes) {
            return bad("output_bytes", "must be between 1024 and 67108864 (64 MiB)");
        }
        if self.log_bytes > MIB {
            return bad("log_bytes", "must be at most 1048576 (1 MiB)");
        }
        if self.time_ms == 0 || self.time_ms > 60_000 {
            return bad("time_ms", "must be between 1 and 60000 (one minute)");
        }
        Ok(())
    }
}

/// The bounds of one call of a large plugin, where they differ from those of a small one. What it is handed, hands back
/// and logs is bounded as for any other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LargeLimits {
    /// [`RuleLimits::fuel`].
    pub fuel: u64,
    /// [`RuleLimits::memory_bytes`].
    pub memory_bytes: usize,
    /// [`RuleLimits::time_ms`].
    pub time_ms: u64,
}

impl LargeLimits {
    /// For calls that a player waits for: `check` and `score`. A report of 1,000 actions, the most that a server takes, took
    /// an example in TypeScript some 110,000,000 fuel, of which `plugin check` allows half.
    pub fn decision() -> Self {
        Self { fuel: 300_000_000, memory_bytes: 64 * MIB, time_ms: 1_000 }
    }

    /// For `payout`.
    pub fn payout() -> Self {
        Self { fuel: 5_000_000_000, memory_bytes: 128 * MIB, time_ms: 5_000 }
    }
}
