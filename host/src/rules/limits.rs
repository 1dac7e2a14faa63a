//! What a rule may use up, and what an operator may set.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::breaker::BreakerSettings;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

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

    fn check(&self, name: &str) -> Result<(), BadSetting> {
        let bad = |setting: &str, why| Err(BadSetting { setting: format!("{name}.{setting}"), why });
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

/// What an operator may set about rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RuleSettings {
    /// The bounds of `check` and `score`.
    pub decision: RuleLimits,
    /// The bounds of `payout`.
    pub payout: RuleLimits,
    /// How many calls of `check` and `score` run at once, beside the short ones; at least 2. Default: four for each core, and not below 8.
    pub concurrent_decisions: Option<usize>,
    /// How many calls of `payout` run at once. Default: half the cores, and not below 1.
    pub concurrent_payouts: Option<usize>,
    /// How long a call waits for one of those places before it fails as busy, in milliseconds.
    pub queue_ms: u64,
    /// After so many failures in a row, or more among answers, a plugin is parked: its decisions fail at once. 0: never.
    pub park_after: u32,
    /// For how long, in milliseconds, until one call tries whether it has recovered.
    pub park_ms: u64,
    /// The largest plugin that is accepted, in bytes, as uploaded.
    pub component_bytes: usize,
    /// Compiled plugins that are kept in memory, in bytes of machine code. The least recently used go first.
    pub cache_bytes: u64,
    /// Address space of the process that compiles a plugin, in bytes.
    pub compile_memory_bytes: u64,
    /// How long compiling a plugin may take, in milliseconds.
    pub compile_ms: u64,
}

impl Default for RuleSettings {
    fn default() -> Self {
        Self {
            decision: RuleLimits::decision(),
            payout: RuleLimits::payout(),
            concurrent_decisions: None,
            concurrent_payouts: None,
            queue_ms: 2_000,
            park_after: 20,
            park_ms: 30_000,
            component_bytes: MIB,
            cache_bytes: 256 * MIB as u64,
            compile_memory_bytes: 1024 * MIB as u64,
            compile_ms: 30_000,
        }
    }
}

/// A setting that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("setting rules.{setting} {why}")]
pub struct BadSetting {
    setting: String,
    why: &'static str,
}

impl RuleSettings {
    /// Refuses what would not work, by the name of the setting.
    pub(super) fn check(&self) -> Result<(), BadSetting> {
        let bad = |setting: &str, why| Err(BadSetting { setting: setting.to_owned(), why });
        self.decision.check("decision")?;
        self.payout.check("payout")?;
        if self.concurrent_decisions.is_some_and(|calls| !(2..=1_000).contains(&calls)) {
            return bad("concurrent_decisions", "must be between 2 and 1000");
        }
        if self.concurrent_payouts.is_some_and(|calls| !(1..=100).contains(&calls)) {
            return bad("concurrent_payouts", "must be between 1 and 100");
        }
        if self.park_after > 1_000_000 {
            return bad("park_after", "must be at most 1000000");
        }
        if !(1..=86_400_000).contains(&self.park_ms) {
            return bad("park_ms", "must be between 1 and 86400000 (a day)");
        }
        if self.component_bytes < KIB || self.component_bytes > 64 * MIB {
            return bad("component_bytes", "must be between 1024 and 67108864 (64 MiB)");
        }
        if self.compile_memory_bytes < 64 * MIB as u64 {
            return bad("compile_memory_bytes", "must be at least 67108864 (64 MiB)");
        }
        if self.compile_ms == 0 {
            return bad("compile_ms", "must be at least 1");
        }
        Ok(())
    }

    /// How many calls of `check` and `score` run at once.
    pub(super) fn decision_places(&self) -> usize {
        self.concurrent_decisions.unwrap_or_else(|| (4 * cores()).max(8))
    }

    /// How many calls of `payout` run at once.
    pub(super) fn payout_places(&self) -> usize {
        self.concurrent_payouts.unwrap_or_else(|| (cores() / 2).max(1))
    }

    /// [`queue_ms`](Self::queue_ms) as a duration.
    pub(super) fn queue_time(&self) -> Duration {
        Duration::from_millis(self.queue_ms)
    }

    /// When a plugin is parked, and for how long.
    pub(super) fn breaker(&self) -> BreakerSettings {
        BreakerSettings { failures: self.park_after, pause: Duration::from_millis(self.park_ms) }
    }

    /// [`compile_ms`](Self::compile_ms) as a duration.
    pub(super) fn compile_time(&self) -> Duration {
        Duration::from_millis(self.compile_ms)
    }
}

/// How many attempts run at once on the threads that ask. The runtime has a thread for each core, and an attempt does not
/// wait for anything; the rest is for those who ask from threads of their own.
pub(super) fn inline_places() -> usize {
    2 * cores()
}

/// How many cores this process may use.
pub(super) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_valid() {
        RuleSettings::default().check().unwrap();
    }

    #[test]
    fn a_bad_setting_is_named() {
        let mut settings = RuleSettings::default();
        settings.payout.memory_bytes = 1;
        assert_eq!(
            settings.check().unwrap_err().to_string(),
            "setting rules.payout.memory_bytes must be between 65536 (one page of WebAssembly) and 1073741824 (1 GiB)"
        );
    }
}
