//! One call of a rule: a sandbox of its own, made for it and thrown away after it.

use std::time::Instant;

use wasmtime::{PoolConcurrencyLimitError, Store, StoreContextMut, Trap, UpdateDeadline};

use super::CallResult;
use super::abi::Weigh;
use super::clock::Stopwatch;
use super::engine;
use super::failure::{self, FailedCall, NoInstance, RuleFailure};
use super::function::Function;
use super::host::CallState;
use super::limits::RuleLimits;
use super::plugin::Plugin;
use super::usage::{Call, Usage};

/// What an attempt on the fast path may use. It runs on a thread that other requests are waiting for, so this is less than
/// 100 µs of computing: measured, the example plugins take 0.2 to 0.4 ns for a unit of fuel. They take 3,000 to 18,000 for
/// a decision about one player or one action, and up to 340,000 for a report of 100 actions (`cargo bench --bench rules`).
const ATTEMPT_FUEL: u64 = 200_000;
/// The memory of an attempt: touching it all takes as long as the fuel does. The example plugins take 128 KiB.
const ATTEMPT_MEMORY: usize = 1 << 20;
/// The least that is no accident: the tick that is running ends at any moment. It is the end of what fuel does not see,
/// such as the thread waiting for a core; the slow path then judges by the time that the call runs.
const ATTEMPT_TICKS: u64 = 2;

/// Calls a function of a plugin, with all that its limits allow. Blocks the thread for as long as the call takes.
pub(super) fn call<F: Function>(plugin: &Plugin, limits: &RuleLimits, input: &F::Input) -> CallResult<F::Answer> {
    let started = Instant::now();
    let question = Question::<F>::new(plugin, limits, input)?;
    let mut store = store(plugin, limits, F::seed(input)).map_err(|error| internal(&error, limits))?;
    store.set_epoch_deadline(engine::ticks(limits.time()));
    let stopwatch = Stopwatch::start(started, limits.time());
    store.epoch_deadline_callback(move |_| Ok(stopwatch.judge()));
    let returned = question.ask(&mut store);
    question.conclude(returned, store, limits.fuel, started)
}

/// Calls a function of a plugin, and lets `look` see it at each of its check points. All limits hold but that of the time, as
/// looking takes some.
pub(super) fn watched<F: Function>(
    plugin: &Plugin,
    limits: &RuleLimits,
    input: &F::Input,
    mut look: impl FnMut(StoreContextMut<'_, CallState>) + Send + Sync + 'static,
) -> CallResult<F::Answer> {
    let started = Instant::now();
    let question = Question::<F>::new(plugin, limits, input)?;
    let mut store = store(plugin, limits, F::seed(input)).map_err(|error| internal(&error, limits))?;
    // A deadline that is always over: the callback comes each time that it is looked at.
    store.set_epoch_deadline(0);
    store.epoch_deadline_callback(move |store| {
        look(store);
        Ok(UpdateDeadline::Continue(0))
    });
    let returned = question.ask(&mut store);
    question.conclude(returned, store, limits.fuel, started)
}

/// Why an attempt came to nothing. As a rule has no state, and the same call gives the same answer, it can be called again
/// as if nothing had happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InVain {
    /// The rule took more than the budget has, and will again.
    Budget,
    /// The clock stopped it, or there was no room: that says more about the moment than about the rule.
    Moment,
}

/// Calls a function of a plugin with a small budget of its limits.
pub(super) fn attempt<F: Function>(
    plugin: &Plugin,
    limits: &RuleLimits,
    input: &F::Input,
    started: Instant,
) -> Result<CallResult<F::Answer>, InVain> {
    let budget = RuleLimits {
        fuel: limits.fuel.min(ATTEMPT_FUEL),
        memory_bytes: limits.memory_bytes.min(ATTEMPT_MEMORY),
        ..*limits
    };
    let question = match Question::<F>::new(plugin, limits, input) {
        Ok(question) => question,
        Err(failed) => return Ok(Err(failed)),
    };
    let mut store = match store(plugin, &budget, F::seed(input)) {
        Ok(store) => store,
        Err(error) => return Ok(Err(internal(&error, limits))),
    };
    store.set_epoch_deadline(ATTEMPT_TICKS);
    let returned = question.ask(&mut store);
    match in_vain(&returned, &store, &budget, limits) {
        Some(why) => Err(why),
        None => Ok(question.conclude(returned, store, budget.fuel, started)),
    }
}

/// Whether an attempt ended for want of something that the limits would give it.
fn in_vain<T>(
    returned: &wasmtime::Result<T>,
    store: &Store<CallState>,
    budget: &RuleLimits,
    limits: &RuleLimits,
) -> Option<InVain> {
    let less_memory = budget.memory_bytes < limits.memory_bytes;
    let less_fuel = budget.fuel < limits.fuel;
    // Fuel is looked at now and then, so that a call may end with less than none, which cannot be told from none: then
    // what it took is not known.
    if less_memory && store.data().memory.has_refused() || less_fuel && store.get_fuel().unwrap_or_default() == 0 {
        return Some(InVain::Budget);
    }
    let error = returned.as_ref().err()?;
    match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => less_fuel.then_some(InVain::Budget),
        Some(Trap::Interrupt) => Some(InVain::Moment),
        _ => error.is::<PoolConcurrencyLimitError>().then_some(InVain::Moment),
    }
}

fn internal(error: &wasmtime::Error, limits: &RuleLimits) -> Box<FailedCall> {
    FailedCall::before_start(RuleFailure::Internal { why: format!("{error:#}") }, limits)
}

/// A call that may be made.
struct Question<'call, F: Function> {
    plugin: &'call Plugin,
    limits: &'call RuleLimits,
    indices: &'call F::Indices,
    input: &'call F::Input,
    input_bytes: usize,
}

impl<'call, F: Function> Question<'call, F> {
    fn new(plugin: &'call Plugin, limits: &'call RuleLimits, input: &'call F::Input) -> Result<Self, Box<FailedCall>> {
        let Some(indices) = F::indices(&plugin.exports) else {
            return Err(FailedCall::before_start(RuleFailure::NotExported { interface: F::INTERFACE }, limits));
        };
        let input_bytes = input.weight();
        if input_bytes > limits.input_bytes {
            let failure = RuleFailure::InputTooLarge { bytes: input_bytes, limit: limits.input_bytes };
            return Err(FailedCall::before_start(failure, limits));
        }
        Ok(Self { plugin, limits, indices, input, input_bytes })
    }

    /// Makes the instance, and calls it.
    fn ask(&self, store: &mut Store<CallState>) -> wasmtime::Result<F::Output> {
        let instance = self.plugin.instance.instantiate(&mut *store).map_err(|error| error.context(NoInstance))?;
        F::call(self.indices, store, &instance, self.input)
    }

    /// Checks what came of it, and adds up what it took.
    fn conclude(
        self,
        returned: wasmtime::Result<F::Output>,
        store: Store<CallState>,
        granted: u64,
        started: Instant,
    ) -> CallResult<F::Answer> {
        let Self { limits, input, input_bytes, .. } = self;
        let mut output_bytes = 0;
        let mut backtrace = Vec::new();
        let answer = match returned {
            Err(error) => {
                backtrace = failure::backtrace(&error);
                Err(failure::classify(&error, store.data(), limits))
            }
            Ok(output) => {
                output_bytes = output.weight();
                if output_bytes > limits.output_bytes {
                    Err(RuleFailure::OutputTooLarge { bytes: Some(output_bytes), limit: limits.output_bytes })
                } else {
                    F::verify(input, output).map_err(RuleFailure::from)
                }
            }
        };
        let fuel = granted.saturating_sub(store.get_fuel().unwrap_or_default());
        let state = store.into_data();
        let memory_bytes = state.memory.peak();
        let usage = Usage { fuel, memory_bytes, input_bytes, output_bytes, time: started.elapsed() };
        let logs = state.journal.into_logs();
        match answer {
            Ok(answer) => Ok(Call { answer, logs, usage }),
            Err(failure) => Err(Box::new(FailedCall { failure, backtrace, logs, usage, limits: limits.clone() })),
        }
    }
}

/// Handles of resources that a component may hold at once. The ABI has no resources; the parts of a composed plugin may.
const MAX_HANDLES: usize = 1_000;

/// A store that ends when a limit is reached, but for the time, which is the caller's to set. Whatever state a call leaves
/// behind, failed or not, is dropped with it.
pub(super) fn store(plugin: &Plugin, limits: &RuleLimits, seed: u64) -> wasmtime::Result<Store<CallState>> {
    let state = CallState::new(limits, plugin.size().table_elements(), seed);
    let mut store = Store::new(plugin.instance.engine(), state);
    store.limiter(|state| &mut state.memory);
    store.set_fuel(limits.fuel)?;
    store.set_hostcall_fuel(limits.hostcall_fuel());
    store.set_max_component_handles(MAX_HANDLES);
    Ok(store)
}
