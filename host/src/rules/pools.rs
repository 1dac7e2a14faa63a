//! Where calls run: a pool for small plugins, and one for large ones.
//!
//! The two share nothing: a sandbox for a large plugin costs a hundred times the memory of one for a small plugin, and its
//! calls take as much longer. Neither is to be felt by the calls of small ones.

use std::sync::Arc;

use tokio::sync::Semaphore;
use wasmtime::Engine;
use wasmtime::component::Linker;

use super::breaker::{Breaker, BreakerSettings};
use super::digest::PluginDigest;
use super::engine::{self, Size};
use super::host::{self, CallState};
use super::lane::Lane;
use super::limits::RuleLimits;
use super::plugin::{Exports, LinkError, MachineCode, Paces, Plugin};
use super::settings::RuleSettings;
use super::tally::Tally;
use crate::model::rules::Capability;

/// What the calls of plugins of one size have in common.
pub(super) struct Pool {
    engine: Engine,
    linker: Linker<CallState>,
    pub(super) decisions: Lane,
    pub(super) payouts: Lane,
    pub(super) describe_limits: RuleLimits,
    /// The largest plugin of this size that is accepted, in bytes, as uploaded.
    pub(super) component_bytes: usize,
}

impl Pool {
    /// For so many calls on the threads that ask, beside those that have a place.
    fn small(settings: &RuleSettings, inline: usize) -> wasmtime::Result<Self> {
        let patience = settings.queue_time();
        let lane = |name, limits: &RuleLimits, places| Lane::new(name, limits.clone(), places, patience);
        let decisions = lane("rules-decision", &settings.decision, settings.decision_places());
        let payouts = lane("rules-payout", &settings.payout, settings.payout_places());
        Self::new(Size::Small, inline, decisions, payouts, settings.component_bytes)
    }

    fn large(settings: &RuleSettings) -> wasmtime::Result<Self> {
        let patience = settings.queue_time();
        let lane = |name, limits, places| Lane::new(name, limits, places, patience);
        let (decision, payout) = (&settings.large.decision, &settings.large.payout);
        let decisions = lane("rules-large", settings.decision.with(decision), settings.large_decision_places());
        let payouts = lane("rules-large-pay", settings.payout.with(payout), settings.payout_places());
        Self::new(Size::Large, 0, decisions, payouts, settings.large.component_bytes)
    }

    fn new(size: Size, inline: usize, decisions: Lane, payouts: Lane, most: usize) -> wasmtime::Result<Self> {
        let memory_bytes = decisions.limits.memory_bytes.max(payouts.limits.memory_bytes);
        let engine = engine::running(size, inline + decisions.size() + payouts.size(), memory_bytes)?;
        Ok(Self {
            linker: host::linker(&engine)?,
            engine,
            describe_limits: RuleLimits::describe(&decisions.limits),
            decisions,
            payouts,
            component_bytes: most,
        })
    }

    /// The bounds of the calls of a capability.
    pub(super) fn limits(&self, capability: Capability) -> &RuleLimits {
        match capability {
            Capability::Eligibility | Capability::Scoring => &self.decisions.limits,
            Capability::Rewards => &self.payouts.limits,
        }
    }
}

/// The pools.
pub(super) struct Pools {
    pub(super) small: Pool,
    pub(super) large: Pool,
}

impl Pools {
    /// `inline` is the number of calls that run on the threads that ask, which only those of small plugins do.
    pub(super) fn new(settings: &RuleSettings, inline: usize) -> wasmtime::Result<Self> {
        let (small, large) = (Pool::small(settings, inline)?, Pool::large(settings)?);
        engine::tick(&[&small.engine, &large.engine])?;
        Ok(Self { small, large })
    }

    /// The pool that a plugin's calls run in.
    pub(super) fn of(&self, plugin: &Plugin) -> &Pool {
        match plugin.size() {
            Size::Small => &self.small,
            Size::Large => &self.large,
        }
    }

    /// What machine code must be compatible with: the same for all pools.
    pub(super) fn fingerprint(&self) -> String {
        engine::fingerprint(&self.small.engine)
    }

    /// Makes a plugin of machine code.
    pub(super) fn link(
        &self,
        code: &MachineCode,
        digest: PluginDigest,
        label: &str,
        breaker: BreakerSettings,
        tally: Arc<Tally>,
    ) -> Result<Plugin, LinkError> {
        let (size, component) = engine::load(&self.small.engine, &self.large.engine, code).map_err(LinkError::Code)?;
        let pool = match size {
            Size::Small => &self.small,
            Size::Large => &self.large,
        };
        let instance = pool.linker.instantiate_pre(&component).map_err(LinkError::Interfaces)?;
        Ok(Plugin {
            digest,
            label: label.to_owned(),
            code_bytes: code.as_bytes().len(),
            size,
            exports: Arc::new(Exports::of(&instance).map_err(LinkError::Interfaces)?),
            instance,
            // Half of the places at most, so that a plugin whose calls are all slow leaves the others room.
            share: Arc::new(Semaphore::new((pool.decisions.size() / 2).max(1))),
            paces: Paces::default(),
            breaker: Breaker::new(breaker),
            tally,
        })
    }
}
