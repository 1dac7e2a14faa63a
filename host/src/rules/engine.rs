//! The engines: one that runs plugins, and one that compiles them in a process of its own.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use wasmtime::{
    Config, Enabled, Engine, EngineWeak, InstanceAllocationStrategy, OperatorCost, PoolingAllocationConfig,
};

/// How exactly the wall clock is read: a call is stopped up to this much after its time is over.
pub(super) const TICK: Duration = Duration::from_millis(5);

/// Elements of one table. A plugin's table holds its function pointers; a large one has some hundreds.
pub(super) const MAX_TABLE_ELEMENTS: usize = 10_000;

/// What one component may consist of. A module that was turned into one has four parts and one memory: the module
/// itself, two small ones that connect its imports, and one for its exports.
const CORE_INSTANCES: u32 = 8;
const MEMORIES: u32 = 1;
const TABLES: u32 = 4;

/// Slots beyond the number of calls at once, so that plugins which take turns each find a slot that still maps their
/// own initial memory. A spare slot costs address space, and what [`KEEP_RESIDENT`] leaves in it.
const SPARE_SLOTS: u32 = 32;

/// Memory that a slot keeps from one call to the next, wiped, instead of giving it back to the kernel and faulting it in
/// again: with `PAGEMAP_SCAN` only the pages that were written are wiped, so it may be generous.
const KEEP_RESIDENT: usize = 2 << 20;
/// The same where the kernel lacks `PAGEMAP_SCAN` (before Linux 6.7), and all of it is wiped after every call.
const KEEP_RESIDENT_BLIND: usize = 128 << 10;

/// What growing costs in fuel, even by nothing: it leaves the machine code for the host, which takes as long as some
/// dozens of instructions.
const GROW_FUEL: u8 = 50;

/// All that shapes machine code. Both engines must agree on it, or the one refuses what the other compiled.
fn config() -> Config {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        // Calls are synchronous: no async functions, streams or futures, and none of their machinery.
        .concurrency_support(false)
        // One 32-bit memory each, whose bounds are checked by the memory management unit.
        .wasm_memory64(false)
        .wasm_multi_memory(false)
        .consume_fuel(true)
        .operator_cost(OperatorCost { MemoryGrow: GROW_FUEL, TableGrow: GROW_FUEL, ..OperatorCost::new() })
        .epoch_interruption(true)
        // The same answer on every machine.
        .cranelift_nan_canonicalization(true)
        .relaxed_simd_deterministic(true)
        // Backtraces name functions, which are in the plugin's name section. Parsing a stranger's debug information
        // in this process for line numbers is not worth its risk.
        .wasm_backtrace_details(wasmtime::WasmBacktraceDetails::Disable)
        // Only other tools' stack walkers need it; wasmtime has its own.
        .native_unwind_info(false);
    config
}

/// The engine that compiles. Single-threaded: its process has a limit on address space, which threads take much of.
pub(super) fn compiling() -> wasmtime::Result<Engine> {
    Engine::new(config().parallel_compilation(false))
}

/// The engine that runs `places` calls at once, each with up to `memory_bytes` of memory. Its clock ticks as long as it
/// exists.
pub(super) fn running(places: usize, memory_bytes: usize) -> wasmtime::Result<Engine> {
    let slots = u32::try_from(places)?.saturating_add(SPARE_SLOTS);
    let scans = PoolingAllocationConfig::is_pagemap_scan_available();
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(slots)
        .total_core_instances(slots.saturating_mul(CORE_INSTANCES))
        .max_core_instances_per_component(CORE_INSTANCES)
        .total_memories(slots.saturating_mul(MEMORIES))
        .max_memories_per_component(MEMORIES)
        .total_tables(slots.saturating_mul(TABLES))
        .max_tables_per_component(TABLES)
        .max_tables_per_module(TABLES)
        .table_elements(MAX_TABLE_ELEMENTS)
        .max_memory_size(memory_bytes)
        .pagemap_scan(if scans { Enabled::Yes } else { Enabled::No })
        .linear_memory_keep_resident(if scans { KEEP_RESIDENT } else { KEEP_RESIDENT_BLIND })
        .table_keep_resident(if scans { MAX_TABLE_ELEMENTS * size_of::<usize>() } else { 4 << 10 });

    let engine = Engine::new(config().allocation_strategy(InstanceAllocationStrategy::Pooling(pool)))?;
    tick(engine.weak())?;
    Ok(engine)
}

/// Moves the engine's epoch on, every [`TICK`], until the engine is gone.
fn tick(engine: EngineWeak) -> std::io::Result<()> {
    std::thread::Builder::new().name("rules-clock".into()).spawn(move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            std::thread::sleep(TICK);
        }
    })?;
    Ok(())
}

/// The epoch deadline for a call that may take `time`: whole ticks, and one more because the first is already running.
pub(super) fn ticks(time: Duration) -> u64 {
    u64::try_from(time.as_nanos().div_ceil(TICK.as_nanos())).unwrap_or(u64::MAX).saturating_add(1)
}

/// What machine code is compatible with: wasmtime's version and settings, the processor's features, and this server's
/// version, whose encoder may make another component of the same module.
pub(super) fn fingerprint(engine: &Engine) -> String {
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    env!("CARGO_PKG_VERSION").hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_one_engine_compiles_the_other_runs() {
        assert_eq!(fingerprint(&compiling().unwrap()), fingerprint(&running(1, 1 << 20).unwrap()));
    }

    #[test]
    fn a_deadline_is_never_early() {
        assert_eq!(ticks(Duration::from_millis(1)), 2);
        assert_eq!(ticks(Duration::from_millis(5)), 2);
        assert_eq!(ticks(Duration::from_millis(50)), 11);
        assert_eq!(ticks(Duration::from_millis(51)), 12);
    }
}
