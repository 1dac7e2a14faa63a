//! Puts the parts of a server together: store, rules, lifecycle, API.

use std::path::PathBuf;
use std::sync::{Arc, Weak};

use anyhow::Context as _;
use axum::Router;

use super::{Parts, calls};
use crate::api::{self, ApiOptions, App, Health, Services, Turns, Turnstile};
use crate::auth::Signers;
use crate::boards::Boards;
use crate::clock::Clock;
use crate::config::Settings;
use crate::lifecycle::Lifecycle;
use crate::live::Live;
use crate::referee::Referee;
use crate::rules::{ObservedCall, Observer, Rules, RulesConfig};
use crate::store::Store;
use crate::telemetry::{Metrics, PoolUse, RuleCall, RuleUse};

/// Builds the API, and starts what runs beside it. The `observer` hears of each call of a rule.
pub(super) async fn routes(parts: &Parts, clock: Clock, observer: impl Observer) -> anyhow::Result<Router> {
    let Parts { settings, metrics, .. } = parts;
    let store = Store::new(parts.pool.clone());
    let rules = Rules::new(rules_config(settings)?, Watch { metrics: Arc::downgrade(metrics), also: observer })
        .context("cannot set the rules up")?;
    metrics.watch_rules({
        let rules = rules.clone();
        move || rule_use(&rules)
    });
    parts.background.spawn(calls::keep(rules.clone(), store.clone(), parts.drained.clone()));
    let referee = Referee::new(rules, store.clone());
    referee.warm_up().await.context("cannot load the plugins of running events")?;

    let health = Arc::new(Health::default());
    parts.background.spawn({
        let (health, store, stop) = (Arc::clone(&health), store.clone(), parts.stop.clone());
        async move { stop.run_until_cancelled(health.probe(store)).await }
    });
    let boards = Boards::new(store.clone());
    parts.background.spawn(boards.clone().follow(parts.stop.clone()));
    let live = Live::new(store.clone(), boards.clone(), clock.clone(), settings.write_queue);
    let lifecycle = Lifecycle::default();
    let stop = parts.stop.clone();
    let watching = lifecycle.clone().run(store.clone(), live.clone(), referee.clone(), clock.clone(), stop);
    parts.background.spawn(watching);

    let signers = settings.plugin_keys.as_deref().map(Signers::load).transpose();
    let signers = signers
        .map(|signers| signers.map(Arc::new))
        .context("it cannot be told who may sign plugins (setting `plugin_keys`)")?;
    let (keys, turns, turnstile) = (Arc::clone(&parts.keys), Turns::default(), Turnstile::default());
    let max_body_bytes = settings.json_body_bytes.try_into()?;
    let app = App::new(Services {
        store,
        live,
        referee,
        clock,
        keys,
        signers,
        health,
        lifecycle,
        boards,
        turns,
        turnstile,
        max_body_bytes,
    });
    Ok(api::router(app, &api_options(settings), Arc::clone(metrics)))
}

fn api_options(settings: &Settings) -> ApiOptions {
    ApiOptions {
        path_prefix: settings.path_prefix.as_str().to_owned(),
        max_plugin_bytes: settings.rules.most_component_bytes(),
        request_timeout: settings.request_timeout,
        // What compiling may take comes on top.
        upload_timeout: settings.request_timeout + settings.rules.compile_time_at_most(),
    }
}

fn rules_config(settings: &Settings) -> anyhow::Result<RulesConfig> {
    let cache_dir: PathBuf = settings.data_dir.join("plugins");
    let config = RulesConfig::new(cache_dir).context("cannot find this program, which compiles plugins")?;
    let compiler = settings.plugin_compiler.clone().unwrap_or(config.compiler);
    Ok(RulesConfig { settings: settings.rules.clone(), compiler, ..config })
}

/// Counts what rules do, and tells the other observer. The metrics ask the rules in turn how busy they are: with two strong
/// references, neither would ever end, nor the connections to the database that the metrics watch.
struct Watch<O> {
    metrics: Weak<Metrics>,
    also: O,
}

impl<O: Observer> Observer for Watch<O> {
    fn rule_called(&self, call: &ObservedCall<'_>) {
        let ObservedCall { plugin, interface, outcome, time, .. } = *call;
        if let Some(metrics) = self.metrics.upgrade() {
            metrics.rule_call(RuleCall { plugin, interface, outcome, elapsed: time });
        }
        self.also.rule_called(call);
    }
}

fn rule_use(rules: &Rules) -> RuleUse {
    let stats = rules.stats();
    let pool = |in_use: usize, size: usize| PoolUse { size: size as u64, in_use: in_use as u64 };
    RuleUse {
        memory_hits: stats.memory_hits,
        disk_hits: stats.disk_hits,
        misses: stats.misses,
        decisions: pool(stats.decisions_running, stats.decision_places),
        payouts: pool(stats.payouts_running, stats.payout_places),
        parkings: stats.parkings,
        parked: rules.parked(),
    }
}
