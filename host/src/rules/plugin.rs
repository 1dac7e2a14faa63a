//! A plugin that is ready to be called.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use tokio::sync::Semaphore;
use wasmtime::component::{Component, Instance, InstancePre};
use wasmtime::{Engine, Store};

use crate::model::rules::Capability;

use super::abi::manifest;
use super::breaker::{Breaker, BreakerSettings};
use super::digest::PluginDigest;
use super::eligibility::Check;
use super::engine::Size;
use super::exported::Exported;
use super::failure::WrongType;
use super::function::Function;
use super::host::CallState;
use super::pace::Pace;
use super::rewards::Payout;
use super::scoring::Score;
use super::tally::Tally;

/// A plugin, compiled and linked. Calls share nothing of it but the machine code.
pub struct Plugin {
    pub(super) digest: PluginDigest,
    pub(super) label: String,
    pub(super) code_bytes: usize,
    pub(super) size: Size,
    pub(super) instance: InstancePre<CallState>,
    pub(super) exports: Arc<Exports>,
    /// Its share of the places to run, so that no plugin can take them all.
    pub(super) share: Arc<Semaphore>,
    pub(super) paces: Paces,
    pub(super) breaker: Breaker,
    pub(super) tally: Arc<Tally>,
}

/// How its decisions went so far. The functions are told apart: one that computes long is no reason to doubt the other.
#[derive(Debug, Default)]
pub(super) struct Paces {
    pub(super) check: Pace,
    pub(super) score: Pace,
}

impl Plugin {
    /// The digest of the bytes that were uploaded.
    pub fn digest(&self) -> PluginDigest {
        self.digest
    }

    /// What it is called in logs and metrics, as given when it was loaded: `name@version`.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// What it decides.
    pub fn capabilities(&self) -> BTreeSet<Capability> {
        Capability::ALL.iter().copied().filter(|capability| self.decides(*capability)).collect()
    }

    /// Whether it decides this. What it does not decide it must not be asked.
    pub fn decides(&self, capability: Capability) -> bool {
        match capability {
            Capability::Eligibility => self.exports.eligibility.is_some(),
            Capability::Scoring => self.exports.scoring.is_some(),
            Capability::Rewards => self.exports.rewards.is_some(),
        }
    }

    /// The same plugin under another name.
    pub(super) fn labelled(&self, label: &str, tally: Arc<Tally>) -> Self {
        self.anew(label, self.breaker.settings(), tally)
    }

    /// The same plugin for trials: how it fares in them is held against nobody, and it is never parked for it.
    #[must_use]
    pub fn apart(&self) -> Arc<Self> {
        Arc::new(self.anew(&self.label, BreakerSettings::never(), Arc::default()))
    }

    fn anew(&self, label: &str, breaker: BreakerSettings, tally: Arc<Tally>) -> Self {
        Self {
            digest: self.digest,
            label: label.to_owned(),
            code_bytes: self.code_bytes,
            size: self.size,
            instance: self.instance.clone(),
            exports: Arc::clone(&self.exports),
            share: Arc::clone(&self.share),
            paces: Paces::default(),
            breaker: Breaker::new(breaker),
            tally,
        }
    }

    /// Whether it was parked, because it kept failing, since this was asked last.
    pub fn take_parked(&self) -> bool {
        self.breaker.take_news()
    }

    /// Whether it needs more than a small plugin has, so that its calls run in a pool and by limits of their own.
    pub fn is_large(&self) -> bool {
        self.size == Size::Large
    }

    /// The size of its machine code, in bytes.
    pub(super) fn code_bytes(&self) -> usize {
        self.code_bytes
    }

    /// How large it is.
    pub(super) fn size(&self) -> Size {
        self.size
    }
}

impl fmt::Debug for Plugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plugin")
            .field("label", &self.label)
            .field("digest", &self.digest)
            .field("capabilities", &self.capabilities())
            .finish_non_exhaustive()
    }
}

/// Machine code that this server compiled itself.
#[derive(Clone)]
pub(super) struct MachineCode(Vec<u8>);

impl MachineCode {
    /// Vouches for machine code.
    ///
    /// # Safety
    ///
    /// The bytes must have come from this program's compiler, unchanged: they will be run as they are, and nothing can
    /// tell good machine code from evil.
    pub(super) unsafe fn trusted(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Loads it into an engine.
    pub(super) fn load(&self, engine: &Engine) -> wasmtime::Result<Component> {
        // SAFETY: the bytes came from this program's compiler, unchanged, as the only constructor demands.
        unsafe { Component::deserialize(engine, &self.0) }
    }
}

/// Why machine code makes no plugin.
#[derive(Debug, thiserror::Error)]
pub(super) enum LinkError {
    /// It needs more than an instance may have, or is for another engine.
    #[error("{0:#}")]
    Code(wasmtime::Error),
    /// It wants imports or offers exports that are not those of the ABI.
    #[error("{0:#}")]
    Interfaces(wasmtime::Error),
}

/// Where a plugin exports what.
pub(super) struct Exports {
    pub(super) manifest: manifest::GuestIndices,
    pub(super) eligibility: Option<<Check as Function>::Indices>,
    pub(super) scoring: Option<<Score as Function>::Indices>,
    pub(super) rewards: Option<<Payout as Function>::Indices>,
}

impl Exports {
    pub(super) fn of(instance: &InstancePre<CallState>) -> wasmtime::Result<Self> {
        Ok(Self {
            manifest: manifest::GuestIndices::new(instance)?,
            eligibility: Exported::find(instance, Check::INTERFACE, "check")?,
            scoring: Exported::find(instance, Score::INTERFACE, "score")?,
            rewards: Exported::find(instance, Payout::INTERFACE, "payout")?,
        })
    }

    /// Compares the types of all exported functions with the ABI's.
    pub(super) fn check_types(&self, store: &mut Store<CallState>, instance: &Instance) -> Result<(), WrongType> {
        fn wrong(interface: &str) -> impl Fn(wasmtime::Error) -> WrongType {
            move |why| WrongType(format!("interface `{interface}`: {why:#}"))
        }
        self.manifest.load(&mut *store, instance).map_err(wrong("manifest"))?;
        if let Some(check) = &self.eligibility {
            check.check_types(store, instance).map_err(wrong(Check::INTERFACE))?;
        }
        if let Some(score) = &self.scoring {
            score.check_types(store, instance).map_err(wrong(Score::INTERFACE))?;
        }
        if let Some(payout) = &self.rewards {
            payout.check_types(store, instance).map_err(wrong(Payout::INTERFACE))?;
        }
        Ok(())
    }
}
