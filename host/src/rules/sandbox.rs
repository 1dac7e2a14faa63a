//! One call of a rule: a sandbox of its own, made for it and thrown away after it.

use std::time::Instant;

use wasmtime::Store;

use super::abi::Weigh;
use super::engine;
use super::failure::{self, FailedCall, NoInstance, RuleFailure};
use super::function::Function;
use super::host::CallState;
use super::limits::RuleLimits;
use super::plugin::Plugin;
use super::usage::{Call, Usage};

/// Calls a function of a plugin. Blocks the thread for as long as the call takes.
pub(super) fn call<F: Function>(
    plugin: &Plugin,
    limits: &RuleLimits,
    input: &F::Input,
) -> Result<Call<F::Answer>, Box<FailedCall>> {
    let started = Instant::now();
    let Some(indices) = F::indices(&plugin.exports) else {
        return Err(FailedCall::before_start(RuleFailure::NotExported { interface: F::INTERFACE }, limits));
    };
    let input_bytes = input.weight();
    if input_bytes > limits.input_bytes {
        let failure = RuleFailure::InputTooLarge { bytes: input_bytes, limit: limits.input_bytes };
        return Err(FailedCall::before_start(failure, limits));
    }
    let mut store = store(plugin, limits, F::seed(input))
        .map_err(|error| FailedCall::before_start(RuleFailure::Internal { why: format!("{error:#}") }, limits))?;

    let returned = plugin
        .instance
        .instantiate(&mut store)
        .map_err(|error| error.context(NoInstance))
        .and_then(|instance| F::call(indices, &mut store, &instance, input));

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
    let fuel = limits.fuel.saturating_sub(store.get_fuel().unwrap_or_default());
    let state = store.into_data();
    let usage = Usage { fuel, memory_bytes: state.memory.peak(), input_bytes, output_bytes, time: started.elapsed() };
    let logs = state.journal.into_logs();
    match answer {
        Ok(answer) => Ok(Call { answer, logs, usage }),
        Err(failure) => Err(Box::new(FailedCall { failure, backtrace, logs, usage, limits: limits.clone() })),
    }
}

/// Handles of resources that a component may hold at once. The ABI has no resources; the parts of a composed plugin may.
const MAX_HANDLES: usize = 1_000;

/// A store that ends when a limit is reached. Whatever state a call leaves behind, failed or not, is dropped with it.
fn store(plugin: &Plugin, limits: &RuleLimits, seed: u64) -> wasmtime::Result<Store<CallState>> {
    let mut store = Store::new(plugin.instance.engine(), CallState::new(limits, seed));
    store.limiter(|state| &mut state.memory);
    store.set_fuel(limits.fuel)?;
    store.set_epoch_deadline(engine::ticks(limits.time()));
    store.set_hostcall_fuel(limits.hostcall_fuel());
    store.set_max_component_handles(MAX_HANDLES);
    Ok(store)
}
