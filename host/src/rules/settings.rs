//! What an operator may set about rules.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::breaker::BreakerSettings;
use super::limits::{KIB, LargeLimits, MIB, RuleLimits};

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
    /// The largest plugin that is accepted, in bytes, as uploaded; large ones have a bound of their own.
    pub component_bytes: usize,
    /// Compiled plugins that are kept in memory, in bytes of machine code. The least recently used go first.
    pub cache_bytes: u64,
    /// Compiled plugins that are kept on disk, in bytes of machine code. The least recently used go first.
    pub disk_cache_bytes: u64,
    /// Address space of the process that compiles a plugin, in bytes.
    pub compile_memory_bytes: u64,
    /// How long compiling a plugin may take, in milliseconds.
    pub compile_ms: u64,
    /// What differs for large plugins.
    pub large: LargeSettings,
}

/// What an operator may set about large plugins: those that bring the interpreter of their language along, as JavaScript
/// and Python do, or else need more than the instance of a small one has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LargeSettings {
    /// The bounds of `check` and `score`.
    pub decision: LargeLimits,
    /// The bounds of `payout`.
    pub payout: LargeLimits,
    /// How many calls of `check` and `score` run at once; at least 2. Default: two for each core, and not below 4. Those
    /// of `payout` are as many as for small plugins.
    pub concurrent_decisions: Option<usize>,
    /// The largest plugin that is accepted, in bytes, as uploaded. 0 accepts none.
    pub component_bytes: usize,
    /// Address space of the process that compiles a plugin of more than [`RuleSettings::component_bytes`], in bytes.
    pub compile_memory_bytes: u64,
    /// How long compiling such a plugin may take, in milliseconds.
    pub compile_ms: u64,
}

impl Default for LargeSettings {
    fn default() -> Self {
        Self {
            decision: LargeLimits::decision(),
            payout: LargeLimits::payout(),
            concurrent_decisions: None,
            component_bytes: 32 * MIB,
            compile_memory_bytes: 2 * 1024 * MIB as u64,
            compile_ms: 120_000,
        }
    }
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
            disk_cache_bytes: 2 * 1024 * MIB as u64,
            compile_memory_bytes: 1024 * MIB as u64,
            compile_ms: 30_000,
            large: LargeSettings::default(),
        }
    }
}

/// With less, the compiler does not even start.
const LEAST_COMPILE_MEMORY: u64 = 64 * MIB as u64;
const COMPILE_MEMORY: &str = "must be at least 67108864 (64 MiB)";

/// A setting that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("setting rules.{setting} {why}")]
pub struct BadSetting {
    setting: String,
    why: &'static str,
}

impl BadSetting {
    pub(super) fn new(setting: impl Into<String>, why: &'static str) -> Self {
        Self { setting: setting.into(), why }
    }
}

impl RuleSettings {
    /// Refuses what would not work, by the name of the setting.
    pub(super) fn check(&self) -> Result<(), BadSetting> {
        let bad = |setting: &str, why| Err(BadSetting::new(setting, why));
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
        if self.compile_memory_bytes < LEAST_COMPILE_MEMORY {
            return bad("compile_memory_bytes", COMPILE_MEMORY);
        }
        if self.compile_ms == 0 {
            return bad("compile_ms", "must be at least 1");
        }
        self.check_large()
    }

    fn check_large(&self) -> Result<(), BadSetting> {
        let bad = |setting: &str, why| Err(BadSetting::new(format!("large.{setting}"), why));
        let large = &self.large;
        self.decision.with(&large.decision).check("large.decision")?;
        self.payout.with(&large.payout).check("large.payout")?;
        if large.concurrent_decisions.is_some_and(|calls| !(2..=1_000).contains(&calls)) {
            return bad("concurrent_decisions", "must be between 2 and 1000");
        }
        if large.component_bytes > 64 * MIB {
            return bad("component_bytes", "must be at most 67108864 (64 MiB)");
        }
        if large.compile_memory_bytes < LEAST_COMPILE_MEMORY {
            return bad("compile_memory_bytes", COMPILE_MEMORY);
        }
        if large.compile_ms == 0 {
            return bad("compile_ms", "must be at least 1");
        }
        Ok(())
    }

    /// The largest plugin that is looked at, in bytes.
    pub fn most_component_bytes(&self) -> usize {
        self.component_bytes.max(self.large.component_bytes)
    }

    /// The longest that compiling a plugin of any size may take.
    pub fn compile_time_at_most(&self) -> Duration {
        Duration::from_millis(self.compile_ms.max(self.large.compile_ms))
    }

    /// How many calls of `check` and `score` run at once.
    pub(super) fn decision_places(&self) -> usize {
        self.concurrent_decisions.unwrap_or_else(|| (4 * cores()).max(8))
    }

    /// How many calls of `check` and `score` of large plugins run at once. They take long and much memory, so more of them
    /// than there are cores do little good.
    pub(super) fn large_decision_places(&self) -> usize {
        self.large.concurrent_decisions.unwrap_or_else(|| (2 * cores()).max(4))
    }

    /// How many calls of `payout` run at once.
    pub(super) fn payout_places(&self) -> usize {
        self.concurrent_payouts.unwrap_or_else(|| (cores() / 2).max(1))
    }

    /// When a plugin is parked, and for how long.
    pub(super) fn breaker(&self) -> BreakerSettings {
        BreakerSettings { failures: self.park_after, pause: Duration::from_millis(self.park_ms) }
    }

    /// [`queue_ms`](Self::queue_ms) as a duration.
    pub(super) fn queue_time(&self) -> Duration {
        Duration::from_millis(self.queue_ms)
    }
}

/// How many attempts run at once on the threads that ask. The runtime has a thread for each core, and an attempt does not
/// wait for anything; the rest is for those who ask from threads of their own.
pub(super) fn inline_places() -> usize {
    2 * cores()
}

/// How many cores this process may use.
pub(crate) fn cores() -> usize {
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
        let mut settings = RuleSettings::default();
        settings.large.decision.time_ms = 0;
        assert_eq!(
            settings.check().unwrap_err().to_string(),
            "setting rules.large.decision.time_ms must be between 1 and 60000 (one minute)"
        );
    }
}
