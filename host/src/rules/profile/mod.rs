//! What a plugin's calls take, by its functions.
//!
//! A call lasts some microseconds: too short for a clock to look at it now and then. So it is fuel that is looked at, which
//! is about one for each instruction, and the same in every run. A call is made twice. In the first, it is found after
//! which check points of the plugin each so much fuel is used up; in the second, wasmtime's [`GuestProfiler`] notes at
//! these which functions are running.
//!
//! wasmtime has check points at the beginning of each function and of each round of a loop. The plugin is compiled with
//! [further ones](check_points) around calls, which cost no fuel, so that what is used up between two of them was used up
//! by one function.

mod check_points;
mod plan;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use wasmtime::GuestProfiler;

use self::plan::Plan;
use super::abi::{Application, Page, Scorecard};
use super::admission::AdmitError;
use super::eligibility::{Check, Verdict};
use super::function::Function;
use super::limits::RuleLimits;
use super::plugin::Plugin;
use super::rewards::{Grant, Payout};
use super::scoring::{Assessment, Score};
use super::{CallResult, Rules, sandbox};
use crate::model::rules::Capability;

/// The format that profiles are written in has times, not fuel: a sample stands for this much of it.
const SAMPLE: Duration = Duration::from_micros(1);

/// A plugin whose calls are sampled. A tool for whoever writes it: calls wait for no place, and take no heed of the time.
pub struct Profiler {
    plugin: Plugin,
    decision: RuleLimits,
    payout: RuleLimits,
    step: u64,
    samples: Arc<Mutex<GuestProfiler>>,
}

impl Rules {
    /// Makes a plugin ready for calls of which there is a sample each `step` of fuel.
    ///
    /// # Errors
    ///
    /// It is one that is not [admitted](Rules::admit).
    pub async fn profiler(&self, wasm: &[u8], label: &str, step: u64) -> Result<Profiler, AdmitError> {
        let wasm_with_check_points =
            check_points::add(wasm).map_err(|error| AdmitError::DoesNotCompile { why: error.to_string() })?;
        let (plugin, code) = self.make(&wasm_with_check_points, label).await?;
        if let Some(code) = code {
            self.keep(plugin.digest(), code).await;
        }
        let component = plugin.instance.component().clone();
        let samples = GuestProfiler::new_component(plugin.instance.engine(), label, SAMPLE, component, [])
            .map_err(|error| AdmitError::Internal { why: format!("{error:#}") })?;
        Ok(Profiler {
            decision: self.limits(&plugin, Capability::Scoring).clone(),
            payout: self.limits(&plugin, Capability::Rewards).clone(),
            plugin,
            step,
            samples: Arc::new(Mutex::new(samples)),
        })
    }
}

impl Profiler {
    /// Samples a call of `check`. Blocks this thread.
    ///
    /// # Errors
    ///
    /// Those of [`Rules::check`].
    pub fn check(&self, application: &Application) -> CallResult<Verdict> {
        self.call::<Check>(&self.decision, application)
    }

    /// Samples a call of `score`. Blocks this thread.
    ///
    /// # Errors
    ///
    /// Those of [`Rules::score`].
    pub fn score(&self, card: &Scorecard) -> CallResult<Assessment> {
        self.call::<Score>(&self.decision, card)
    }

    /// Samples a call of `payout`. Blocks this thread.
    ///
    /// # Errors
    ///
    /// Those of [`Rules::payout`].
    pub fn payout(&self, page: &Page) -> CallResult<Vec<Grant>> {
        self.call::<Payout>(&self.payout, page)
    }

    /// All samples as JSON, in the "processed profile format" that the Firefox Profiler opens.
    ///
    /// # Errors
    ///
    /// wasmtime's, if they cannot be written as JSON.
    pub fn finish(self) -> wasmtime::Result<Vec<u8>> {
        let mut json = Vec::new();
        let held = || wasmtime::Error::msg("a call is still running");
        let samples = Arc::into_inner(self.samples).ok_or_else(held)?;
        samples.into_inner().unwrap_or_else(PoisonError::into_inner).finish(&mut json)?;
        Ok(json)
    }

    fn call<F: Function>(&self, limits: &RuleLimits, input: &F::Input) -> CallResult<F::Answer> {
        let plan = Arc::new(Mutex::new(Plan::new(self.step, limits.fuel)));
        let planned = Arc::clone(&plan);
        let called = sandbox::watched::<F>(&self.plugin, limits, input, move |store| {
            // A store in which there is no fuel to be had does not get here.
            locked(&planned).check_point(store.get_fuel().unwrap_or_default());
        });
        let fuel = called.map_or_else(|failed| failed.usage.fuel, |call| call.usage.fuel);
        let samples = locked(&plan).samples(fuel);

        let mut samples = samples.into_iter().peekable();
        let mut check_point = 0;
        let profiler = Arc::clone(&self.samples);
        sandbox::watched::<F>(&self.plugin, limits, input, move |store| {
            if let Some((_, times)) = samples.next_if(|(at, _)| *at == check_point) {
                let mut profiler = locked(&profiler);
                for _ in 0..times {
                    profiler.sample(&store, Duration::ZERO);
                }
            }
            check_point += 1;
        })
    }
}

/// Nothing that holds one of the locks leaves something half done.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
