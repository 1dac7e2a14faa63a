//! The ways of a call: at once on the thread that asks, or on a worker.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::oneshot;

use super::engine::Size;
use super::failure::{FailedCall, RuleFailure};
use super::function::{Decision, Function};
use super::lane::Lane;
use super::limits::RuleLimits;
use super::observe::{ObservedCall, count};
use super::plugin::Plugin;
use super::sandbox::InVain;
use super::{CallResult, Inner, Rules, sandbox};

impl Rules {
    /// Makes a call that somebody waits for. Most are over in less time than it takes to wake another thread, so it is tried
    /// on this one, with a small budget; what does not fit is called again from its start on a worker, with all that its
    /// limits allow. What is reported is that one call, as if there had been no attempt.
    pub(super) async fn decide<F>(&self, plugin: &Arc<Plugin>, input: F::Input) -> CallResult<F::Answer>
    where
        F: Decision,
        F::Input: Send + 'static,
        F::Answer: Send + 'static,
    {
        // A task that makes many calls gives way to others now and then.
        tokio::task::coop::consume_budget().await;
        if let Err(parked) = plugin.breaker.pass() {
            let parked = Err(FailedCall::before_start(parked, &self.0.pools.of(plugin).decisions.limits));
            self.0.observe::<F>(plugin, &parked);
            return parked;
        }
        let result = match self.0.attempt::<F>(plugin, &input) {
            Some(result) => {
                self.0.observe::<F>(plugin, &result);
                result
            }
            None => {
                let lane = &self.0.pools.of(plugin).decisions;
                self.call::<F>(lane, &lane.limits, plugin, input).await
            }
        };
        self.0.judge(plugin, &result);
        result
    }

    /// Waits for a place, then calls the plugin on a worker. The call goes on when whoever asked goes away; it keeps its
    /// place until it is over.
    pub(super) async fn call<F>(
        &self,
        lane: &Lane,
        limits: &RuleLimits,
        plugin: &Arc<Plugin>,
        input: F::Input,
    ) -> CallResult<F::Answer>
    where
        F: Function,
        F::Input: Send + 'static,
        F::Answer: Send + 'static,
    {
        let Some(place) = lane.enter(plugin).await else {
            let busy = Err(FailedCall::before_start(RuleFailure::Busy, limits));
            self.0.observe::<F>(plugin, &busy);
            return busy;
        };
        let internal = |why| Err(FailedCall::before_start(RuleFailure::Internal { why }, limits));
        let (answer, answered) = oneshot::channel();
        let call = {
            let (inner, limits, plugin) = (Arc::clone(&self.0), limits.clone(), Arc::clone(plugin));
            move || {
                let result = sandbox::call::<F>(&plugin, &limits, &input);
                drop(place);
                inner.observe::<F>(&plugin, &result);
                // Whoever asked may have gone away.
                let _ = answer.send(result);
            }
        };
        if let Err(error) = lane.workers.run(call) {
            return internal(format!("no thread can be started: {error}"));
        }
        answered.await.unwrap_or_else(|_| internal(PANICKED.to_owned()))
    }
}

const PANICKED: &str = "the sandbox panicked";

impl Inner {
    /// Tries a call on this thread, if there is a place and the rule is known to fit. `None`: it has to be made in full.
    fn attempt<F: Decision>(&self, plugin: &Plugin, input: &F::Input) -> Option<CallResult<F::Answer>> {
        // No call of a large plugin is short, and in the small budget of memory it does not even begin.
        if plugin.size() == Size::Large {
            return None;
        }
        let (pace, limits) = (F::pace(plugin), &self.pools.small.decisions.limits);
        let started = Instant::now();
        if !pace.allows(started) {
            return None;
        }
        let inside = self.inline.try_enter()?;
        let began = pace.begin(started);
        let attempt = || sandbox::attempt::<F>(plugin, limits, input, started);
        // On a worker, too, a panic costs no more than the call.
        let result = catch_unwind(AssertUnwindSafe(attempt)).unwrap_or_else(|_| {
            let why = PANICKED.to_owned();
            Ok(Err(FailedCall::before_start(RuleFailure::Internal { why }, limits)))
        });
        drop(inside);
        match &result {
            Ok(Ok(call)) => pace.took(began, call.usage.time),
            Ok(Err(failed)) => pace.took(began, failed.usage.time),
            Err(InVain::Moment) => pace.took(began, started.elapsed()),
            Err(InVain::Budget) => pace.lost(Instant::now()),
        }
        result.ok()
    }

    /// Has the plugin's breaker take note.
    fn judge<T>(&self, plugin: &Plugin, result: &CallResult<T>) {
        match result {
            Ok(_) => plugin.breaker.answered(),
            Err(failed) => {
                if plugin.breaker.failed(&failed.failure) {
                    count(&self.parkings);
                    tracing::warn!(plugin = plugin.label(), failure = %failed.failure, "the plugin keeps failing; it is parked");
                }
            }
        }
    }

    /// Tells who watches.
    fn observe<F: Function>(&self, plugin: &Plugin, result: &CallResult<F::Answer>) {
        let (outcome, usage) = match result {
            Ok(call) => (F::meaning(&call.answer).as_str(), &call.usage),
            Err(failed) => (failed.failure.code(), &failed.usage),
        };
        if let Some(capability) = F::CAPABILITY {
            plugin.tally.add(capability, outcome, usage.fuel, usage.time);
        }
        self.observer.rule_called(&ObservedCall {
            plugin: plugin.label(),
            interface: F::INTERFACE,
            outcome,
            time: usage.time,
            fuel: usage.fuel,
        });
    }
}
