//! What a rule may ask of the server: the `host` interface of the ABI, and nothing else.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng};
use wasmtime::component::{Linker, WasmStr};
use wasmtime::{Engine, StoreContextMut, Trap};

use super::abi::host::Level;
use super::abi::{self, HOST_FUNCTIONS};
use super::journal::Journal;
use super::limits::{HOST_CALL_FUEL, RuleLimits};
use super::meter::MemoryMeter;

/// What one call has besides its instance; made anew for each.
#[derive(Debug)]
pub(super) struct CallState {
    pub(super) memory: MemoryMeter,
    pub(super) journal: Journal,
    random: Xoshiro256PlusPlus,
}

impl CallState {
    pub(super) fn new(limits: &RuleLimits, table_elements: usize, seed: u64) -> Self {
        Self {
            memory: MemoryMeter::new(limits.memory_bytes, table_elements),
            journal: Journal::new(limits.log_bytes),
            random: Xoshiro256PlusPlus::seed_from_u64(seed),
        }
    }
}

/// A log line that is no text.
#[derive(Debug, thiserror::Error)]
#[error("a log line is not valid UTF-8")]
pub(super) struct LogNotUtf8;

/// Links what a plugin may import. `types` has no functions; it only has to be there.
pub(super) fn linker(engine: &Engine) -> wasmtime::Result<Linker<CallState>> {
    let [log_name, random_name] = HOST_FUNCTIONS;
    let mut linker = Linker::new(engine);
    linker.instance(&abi::interface("types"))?;
    let mut host = linker.instance(&abi::interface("host"))?;
    host.func_wrap(log_name, |store, (level, message)| log(store, level, message))?;
    host.func_wrap(random_name, |store, ()| random(store))?;
    Ok(linker)
}

/// `log`. The text is left in the plugin's memory until it is known to be wanted: however much a rule writes, no more
/// of it is copied than is kept.
fn log(mut store: StoreContextMut<'_, CallState>, level: Level, message: WasmStr) -> wasmtime::Result<()> {
    charge(&mut store)?;
    if store.data().journal.is_full() {
        store.data_mut().journal.drop_line();
        return Ok(());
    }
    let text = message.to_str(&store).map_err(|_| LogNotUtf8)?;
    let kept = store.data().journal.fitting(&text).to_owned();
    let cut = kept.len() < text.len();
    store.data_mut().journal.add(level.into(), kept, cut);
    Ok(())
}

/// `random-u64`: xoshiro256++, which is fixed by its name, so that a call can be repeated by any later version.
fn random(mut store: StoreContextMut<'_, CallState>) -> wasmtime::Result<(u64,)> {
    charge(&mut store)?;
    Ok((store.data_mut().random.next_u64(),))
}

/// Takes the price of a call to the host.
fn charge(store: &mut StoreContextMut<'_, CallState>) -> wasmtime::Result<()> {
    match store.get_fuel()?.checked_sub(HOST_CALL_FUEL) {
        Some(rest) => store.set_fuel(rest),
        None => {
            store.set_fuel(0)?;
            Err(Trap::OutOfFuel.into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_numbers_stay_what_they_are() {
        let mut random = CallState::new(&RuleLimits::decision(), 0, 42).random;
        // Known answers: with other numbers, past calls could not be repeated.
        assert_eq!([random.next_u64(), random.next_u64()], [15021278609987233951, 5881210131331364753]);
    }
}
