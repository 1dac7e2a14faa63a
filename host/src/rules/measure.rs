//! Single steps of a call, for the benchmark. No part of the interface: it may change at any time.

use std::sync::Arc;
use std::time::Instant;

use wasmtime::Store;
use wasmtime::component::Instance;

use super::abi::{Application, Page, Scorecard};
use super::eligibility::{Check, Verdict};
use super::engine::Size;
use super::function::Function;
use super::host::CallState;
use super::limits::RuleLimits;
use super::plugin::Plugin;
use super::rewards::{Grant, Payout};
use super::sandbox;
use super::scoring::{Assessment, Score};
use super::{CallResult, Rules};

/// One isolated call of `check` on this thread, as the fast path makes it, if it is one of a small plugin: what the sandbox
/// itself costs.
///
/// # Errors
///
/// Those of [`Rules::check`].
pub fn check(plugin: &Plugin, limits: &RuleLimits, application: &Application) -> CallResult<Verdict> {
    let attempt = || sandbox::attempt::<Check>(plugin, limits, application, Instant::now()).ok();
    let attempted = if plugin.size() == Size::Small { attempt() } else { None };
    attempted.unwrap_or_else(|| sandbox::call::<Check>(plugin, limits, application))
}

/// One isolated call of `score` on this thread, as a worker makes it: reports of many actions do not fit the fast path.
///
/// # Errors
///
/// Those of [`Rules::score`].
pub fn score(plugin: &Plugin, limits: &RuleLimits, card: &Scorecard) -> CallResult<Assessment> {
    sandbox::call::<Score>(plugin, limits, card)
}

/// One isolated call of `payout` on this thread.
///
/// # Errors
///
/// Those of [`Rules::payout`].
pub fn payout(plugin: &Plugin, limits: &RuleLimits, page: &Page) -> CallResult<Vec<Grant>> {
    sandbox::call::<Payout>(plugin, limits, page)
}

/// [`Rules::check`] without its fast path.
///
/// # Errors
///
/// Those of [`Rules::check`].
pub async fn check_on_worker(rules: &Rules, plugin: &Arc<Plugin>, application: Application) -> CallResult<Verdict> {
    let lane = &rules.0.pools.of(plugin).decisions;
    rules.call::<Check>(lane, &lane.limits, plugin, application).await
}

/// [`Rules::score`] without its fast path.
///
/// # Errors
///
/// Those of [`Rules::score`].
pub async fn score_on_worker(rules: &Rules, plugin: &Arc<Plugin>, card: Scorecard) -> CallResult<Assessment> {
    let lane = &rules.0.pools.of(plugin).decisions;
    rules.call::<Score>(lane, &lane.limits, plugin, card).await
}

/// Ticks that last longer than any benchmark.
const ENDLESS: u64 = 1 << 32;

/// One instance that is called again and again. It is not isolated, so no server may do this: it shows how much of a call
/// is isolation.
pub struct WarmInstance {
    plugin: Arc<Plugin>,
    store: Store<CallState>,
    instance: Instance,
    fuel: u64,
}

impl WarmInstance {
    /// Makes the instance. The allocator of a plugin does not free, so that it is good for some hundreds of calls only.
    ///
    /// # Errors
    ///
    /// wasmtime's.
    pub fn new(plugin: &Arc<Plugin>, limits: &RuleLimits) -> wasmtime::Result<Self> {
        let mut store = sandbox::store(plugin, limits, 0)?;
        store.set_epoch_deadline(ENDLESS);
        let instance = plugin.instance.instantiate(&mut store)?;
        Ok(Self { plugin: Arc::clone(plugin), store, instance, fuel: limits.fuel })
    }

    /// Calls `check`.
    ///
    /// # Errors
    ///
    /// wasmtime's, without telling them apart.
    pub fn check(&mut self, application: &Application) -> wasmtime::Result<()> {
        self.call::<Check>(application)
    }

    /// Calls `score`.
    ///
    /// # Errors
    ///
    /// wasmtime's, without telling them apart.
    pub fn score(&mut self, card: &Scorecard) -> wasmtime::Result<()> {
        self.call::<Score>(card)
    }

    /// Calls `payout`.
    ///
    /// # Errors
    ///
    /// wasmtime's, without telling them apart.
    pub fn payout(&mut self, page: &Page) -> wasmtime::Result<()> {
        self.call::<Payout>(page)
    }

    fn call<F: Function>(&mut self, input: &F::Input) -> wasmtime::Result<()> {
        let missing = || wasmtime::Error::msg(format!("the plugin does not export `{}`", F::INTERFACE));
        let indices = F::indices(&self.plugin.exports).ok_or_else(missing)?;
        self.store.set_fuel(self.fuel)?;
        self.store.set_epoch_deadline(ENDLESS);
        let output = F::call(indices, &mut self.store, &self.instance, input)?;
        F::verify(input, output).map_err(|bad| wasmtime::Error::msg(bad.0))?;
        Ok(())
    }
}
