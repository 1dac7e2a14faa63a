//! What the server counts.
//!
//! A [`Metrics`] has a registry of its own, so several servers can live in one process. Every label takes its values from a
//! bounded set: methods and outcomes are fixed words, routes are templates, and plugin names are cut off at
//! [`MAX_PLUGINS`].

use std::{
    collections::HashMap,
    fmt,
    sync::{PoisonError, RwLock, atomic::Ordering},
    time::Duration,
};

use axum::http::{Method, StatusCode};
use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram, info::Info},
    registry::{Registry, Unit},
};

use super::requests::Requests;

/// How many different plugins are told apart; the ones after that share the name [`OTHER`].
pub const MAX_PLUGINS: usize = 256;

/// The label of what is not told apart.
pub(super) const OTHER: &str = "other";

/// Seconds. An isolated call takes some 5 µs; 50 ms and 1 s are where calls are stopped by default.
const RULE_BUCKETS: [f64; 14] =
    [5e-6, 1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 1e-2, 2.5e-2, 5e-2, 0.25, 1.0];

/// One finished call of a rule.
#[derive(Debug, Clone, Copy)]
pub struct RuleCall<'a> {
    /// The plugin's name. A version after an `@` is left out: each would be a series of its own, for ever.
    pub plugin: &'a str,
    /// The capability that was called: `eligibility`, `scoring`, …
    pub interface: &'static str,
    /// How it ended, as a word: `OK`, `REFUSED`, or the code of the failure.
    pub outcome: &'static str,
    /// How long it took, waiting for a place excluded.
    pub elapsed: Duration,
}

/// How much of a pool is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PoolUse {
    /// Places there are: open connections, or rule calls that may run at once.
    pub size: u64,
    /// Places that are taken.
    pub in_use: u64,
}

/// What the rules' sandbox has done since it was started, and does now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RuleUse {
    /// Compiled modules that were found in memory.
    pub memory_hits: u64,
    /// Compiled modules that were found on disk.
    pub disk_hits: u64,
    /// Modules that had to be compiled.
    pub misses: u64,
    /// Calls that decide about one player.
    pub decisions: PoolUse,
    /// Calls that pay a page of players.
    pub payouts: PoolUse,
    /// How often a plugin was parked because it kept failing.
    pub parkings: u64,
    /// The plugins that are parked now, as `name@version`.
    pub parked: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PluginLabels {
    plugin: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RuleLabels {
    plugin: String,
    interface: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct InterfaceLabels {
    plugin: String,
    interface: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CacheLabels {
    result: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct BuildLabels {
    version: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LaneLabels {
    lane: &'static str,
}

/// Where the calls of one kind are counted: looked up without making labels, as it happens with every call.
#[derive(Clone)]
struct RuleSeries {
    interface: &'static str,
    outcome: &'static str,
    calls: Counter,
    seconds: Histogram,
}

/// Who knows the present values, asked once per scrape.
type Watcher<T> = RwLock<Option<Box<dyn Fn() -> T + Send + Sync>>>;

fn watch<T>(watcher: &Watcher<T>, by: impl Fn() -> T + Send + Sync + 'static) {
    *watcher.write().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(by));
}

fn ask<T>(watcher: &Watcher<T>) -> Option<T> {
    watcher.read().unwrap_or_else(PoisonError::into_inner).as_ref().map(|ask| ask())
}

fn clamp(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// What one server counts.
pub struct Metrics {
    registry: Registry,
    requests: Requests,
    rule_calls: Family<RuleLabels, Counter>,
    rule_seconds: Family<InterfaceLabels, Histogram>,
    module_cache: Family<CacheLabels, Counter>,
    rule_pool_size: Family<LaneLabels, Gauge>,
    rule_pool_in_use: Family<LaneLabels, Gauge>,
    rule_parkings: Counter,
    rule_parked: Family<PluginLabels, Gauge>,
    rules: Watcher<RuleUse>,
    database_pool_size: Gauge,
    database_pool_in_use: Gauge,
    database_pool_idle: Gauge,
    database_pool: Watcher<PoolUse>,
    rule_series: RwLock<HashMap<String, Vec<RuleSeries>>>,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Nothing counted yet.
    #[must_use]
    pub fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("world_events"),
            requests: Requests::default(),
            rule_calls: Family::default(),
            rule_seconds: Family::new_with_constructor(|| Histogram::new(RULE_BUCKETS)),
            module_cache: Family::default(),
            rule_pool_size: Family::default(),
            rule_pool_in_use: Family::default(),
            rule_parkings: Counter::default(),
            rule_parked: Family::default(),
            rules: RwLock::default(),
            database_pool_size: Gauge::default(),
            database_pool_in_use: Gauge::default(),
            database_pool_idle: Gauge::default(),
            database_pool: RwLock::default(),
            rule_series: RwLock::default(),
        };
        metrics.register();
        metrics
    }

    fn register(&mut self) {
        let registry = &mut self.registry;
        let build = Info::new(BuildLabels { version: env!("CARGO_PKG_VERSION") });
        registry.register("build", "The version that is running", build);
        self.requests.register(registry);
        registry.register("rule_calls", "Calls of plugins, by interface and outcome", self.rule_calls.clone());
        registry.register_with_unit(
            "rule_call_duration",
            "Time in a plugin's sandbox",
            Unit::Seconds,
            self.rule_seconds.clone(),
        );
        registry.register(
            "module_cache_lookups",
            "Looks for compiled plugins: found in memory, on disk, or compiled (miss)",
            self.module_cache.clone(),
        );
        registry.register("rule_pool_size", "Rule calls that may run at once", self.rule_pool_size.clone());
        registry.register("rule_pool_in_use", "Rule calls that run now", self.rule_pool_in_use.clone());
        registry.register(
            "rule_parkings",
            "How often a plugin was parked because it kept failing",
            self.rule_parkings.clone(),
        );
        registry.register("rule_parked", "Plugins that are parked now, each as 1", self.rule_parked.clone());
        registry.register("database_pool_size", "Open connections to PostgreSQL", self.database_pool_size.clone());
        registry.register("database_pool_in_use", "Connections in use now", self.database_pool_in_use.clone());
        registry.register("database_pool_idle", "Open connections not in use now", self.database_pool_idle.clone());
    }

    /// Counts an answered request. `route` is the template that matched (`/events/{eventId}`), not the path.
    pub fn http_request(&self, method: &Method, route: Option<&str>, status: StatusCode, elapsed: Duration) {
        self.requests.count(method, route, status, elapsed);
    }

    /// Counts a finished call of a rule.
    pub fn rule_call(&self, call: RuleCall<'_>) {
        let RuleCall { plugin, interface, outcome, elapsed } = call;
        let plugin = plugin.split_once('@').map_or(plugin, |(name, _version)| name);
        let count = |series: &RuleSeries| {
            series.calls.inc();
            series.seconds.observe(elapsed.as_secs_f64());
        };
        let known = self.rule_series.read().unwrap_or_else(PoisonError::into_inner);
        // Past the last plugin that is told apart, all the others are counted as one.
        let plugin = if known.contains_key(plugin) || known.len() < MAX_PLUGINS { plugin } else { OTHER };
        let of_outcome = |series: &&RuleSeries| series.interface == interface && series.outcome == outcome;
        match known.get(plugin).and_then(|series| series.iter().find(of_outcome)) {
            Some(series) => count(series),
            None => {
                drop(known);
                count(&self.rule_series(plugin, interface, outcome));
            }
        }
    }

    /// Where the first call of its kind is counted, and all that follow it.
    fn rule_series(&self, plugin: &str, interface: &'static str, outcome: &'static str) -> RuleSeries {
        let mut known = self.rule_series.write().unwrap_or_else(PoisonError::into_inner);
        // Another may have taken the last place in the meantime.
        let plugin = if known.contains_key(plugin) || known.len() < MAX_PLUGINS { plugin } else { OTHER };
        let labels = RuleLabels { plugin: plugin.to_owned(), interface, outcome };
        let series = RuleSeries {
            interface,
            outcome,
            calls: self.rule_calls.get_or_create_owned(&labels),
            seconds: self.rule_seconds.get_or_create_owned(&InterfaceLabels { plugin: labels.plugin, interface }),
        };
        let of_plugin = known.entry(plugin.to_owned()).or_default();
        if !of_plugin.iter().any(|other| other.interface == interface && other.outcome == outcome) {
            of_plugin.push(series.clone());
        }
        series
    }

    /// Says who knows what the sandbox does.
    pub fn watch_rules(&self, by: impl Fn() -> RuleUse + Send + Sync + 'static) {
        watch(&self.rules, by);
    }

    /// Says which database pool to report.
    pub fn watch_database_pool(&self, pool: sqlx::PgPool) {
        watch(&self.database_pool, move || {
            let size = u64::from(pool.size());
            let idle = u64::try_from(pool.num_idle()).unwrap_or(size);
            PoolUse { size, in_use: size.saturating_sub(idle) }
        });
    }

    /// Everything, in the OpenMetrics text format that Prometheus reads.
    #[must_use]
    pub fn encode(&self) -> String {
        self.refresh();
        let mut text = String::new();
        // Writing to a string cannot fail, and a metric that refuses to be written must not take the others along.
        if let Err(error) = text::encode(&mut text, &self.registry) {
            tracing::error!(%error, "metrics could not be written");
        }
        text
    }

    fn refresh(&self) {
        if let Some(rules) = ask(&self.rules) {
            for (result, count) in [("memory", rules.memory_hits), ("disk", rules.disk_hits), ("miss", rules.misses)] {
                let counter = self.module_cache.get_or_create_owned(&CacheLabels { result });
                counter.inner().store(count, Ordering::Relaxed);
            }
            for (lane, pool) in [("decision", rules.decisions), ("payout", rules.payouts)] {
                self.rule_pool_size.get_or_create(&LaneLabels { lane }).set(clamp(pool.size));
                self.rule_pool_in_use.get_or_create(&LaneLabels { lane }).set(clamp(pool.in_use));
            }
            self.rule_parkings.inner().store(rules.parkings, Ordering::Relaxed);
            self.rule_parked.clear();
            for plugin in rules.parked {
                self.rule_parked.get_or_create(&PluginLabels { plugin }).set(1);
            }
        }
        if let Some(PoolUse { size, in_use }) = ask(&self.database_pool) {
            self.database_pool_size.set(clamp(size));
            self.database_pool_in_use.set(clamp(in_use));
            self.database_pool_idle.set(clamp(size.saturating_sub(in_use)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_calls_are_counted_by_outcome() {
        let metrics = Metrics::new();
        let call =
            RuleCall { plugin: "hydra@1.2.3", interface: "scoring", outcome: "ok", elapsed: Duration::from_micros(6) };
        metrics.rule_call(call);
        metrics.rule_call(RuleCall { outcome: "trap", ..call });
        let text = metrics.encode();
        for line in [
            r#"world_events_rule_calls_total{plugin="hydra",interface="scoring",outcome="ok"} 1"#,
            r#"world_events_rule_calls_total{plugin="hydra",interface="scoring",outcome="trap"} 1"#,
            r#"world_events_rule_call_duration_seconds_bucket{le="0.00001",plugin="hydra",interface="scoring"} 2"#,
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
    }

    #[test]
    fn a_flood_of_plugin_names_is_cut_off() {
        let metrics = Metrics::new();
        let name = |number: usize| format!("plugin-{number}");
        for number in 0..MAX_PLUGINS + 10 {
            let (plugin, elapsed) = (&*name(number), Duration::ZERO);
            metrics.rule_call(RuleCall { plugin, interface: "scoring", outcome: "ok", elapsed });
        }
        let text = metrics.encode();
        let lines = text.lines().filter(|line| line.starts_with("world_events_rule_calls_total")).count();
        assert_eq!(lines, MAX_PLUGINS + 1);
        assert!(text.contains(r#"rule_calls_total{plugin="other",interface="scoring",outcome="ok"} 10"#), "{text}");
    }

    #[test]
    fn the_sandbox_is_asked_at_each_scrape() {
        let metrics = Metrics::new();
        let running = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0));
        let watched = std::sync::Arc::clone(&running);
        metrics.watch_rules(move || RuleUse {
            memory_hits: 7,
            disk_hits: 2,
            misses: 1,
            decisions: PoolUse { size: 8, in_use: watched.load(Ordering::Relaxed) },
            payouts: PoolUse { size: 1, in_use: 0 },
            parkings: 3,
            parked: vec!["hydra@1.2.3".to_owned()],
        });
        assert!(metrics.encode().contains("world_events_rule_pool_in_use{lane=\"decision\"} 0\n"));
        running.store(5, Ordering::Relaxed);
        let text = metrics.encode();
        for line in [
            r#"world_events_rule_pool_in_use{lane="decision"} 5"#,
            r#"world_events_rule_pool_size{lane="decision"} 8"#,
            r#"world_events_rule_pool_size{lane="payout"} 1"#,
            r#"world_events_module_cache_lookups_total{result="memory"} 7"#,
            r#"world_events_module_cache_lookups_total{result="disk"} 2"#,
            r#"world_events_module_cache_lookups_total{result="miss"} 1"#,
            "world_events_rule_parkings_total 3",
            r#"world_events_rule_parked{plugin="hydra@1.2.3"} 1"#,
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
    }

    #[test]
    fn two_servers_count_apart() {
        let (one, two) = (Metrics::new(), Metrics::new());
        one.http_request(&Method::GET, Some("/health"), StatusCode::OK, Duration::ZERO);
        assert!(one.encode().contains("/health"));
        assert!(!two.encode().contains("/health"));
        assert!(two.encode().contains(concat!(
            "world_events_build_info{version=\"",
            env!("CARGO_PKG_VERSION"),
            "\"} 1"
        )));
    }
}
