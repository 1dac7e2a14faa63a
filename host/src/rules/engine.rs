//! The engines: one that runs small plugins, one that runs large ones, and one that compiles them in a process of its own.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::time::Duration;

use wasmtime::component::Component;
use wasmtime::{
    Config, Enabled, Engine, EngineWeak, InstanceAllocationStrategy, OperatorCost, PoolingAllocationConfig,
};

use super::plugin::MachineCode;

/// How exactly the wall clock is read: a call is stopped up to this much after its time is over.
pub(super) const TICK: Duration = Duration::from_millis(5);

/// How large a plugin is: what its instance consists of. It decides in which pool its calls run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Size {
    /// One that is compiled to WebAssembly itself.
    Small,
    /// One that brings the interpreter of its language along, and the interpreter's memory.
    Large,
}

/// What an instance of a plugin may consist of, and what is kept for the next one.
struct Slot {
    core_instances: u32,
    tables: u32,
    table_elements: usize,
    /// The memory that it may begin with, in bytes.
    initial_memory: u64,
    /// Memory that a slot keeps from one call to the next, wiped, instead of giving it back to the kernel and faulting it
    /// in again: with `PAGEMAP_SCAN` only the pages that were written are wiped, so it may be generous.
    keep_resident: usize,
    /// Slots beyond the number of calls at once, so that plugins which take turns each find a slot that still maps their
    /// own initial memory. A spare slot costs address space, and what `keep_resident` leaves in it.
    spare: u32,
}

/// Where a plugin stops being a small one: the parts of its instance, the elements of a table, and the memory that it begins
/// with.
const SMALL_PARTS: u32 = 8;
const SMALL_TABLE_ELEMENTS: usize = 10_000;
const SMALL_INITIAL_BYTES: u64 = 4 << 20;

/// What not even a large one may have more of.
const LARGE_PARTS: u32 = 64;
const LARGE_TABLE_ELEMENTS: usize = 40_000;

/// The memories of an instance, of any size.
const MEMORIES: u32 = 1;

/// [`Slot::keep_resident`] where the kernel lacks `PAGEMAP_SCAN` (before Linux 6.7), and all of it is wiped after every call.
const KEEP_RESIDENT_BLIND: usize = 128 << 10;

impl Size {
    fn slot(self) -> Slot {
        match self {
            // A module that was turned into a component has four parts: the module itself, two small ones that connect
            // its imports, and one for its exports. Its table holds its function pointers; a large one has some hundreds.
            // A stack of 1 MiB is what compilers give it if they are not told otherwise.
            Self::Small => Slot {
                core_instances: SMALL_PARTS,
                tables: 4,
                table_elements: SMALL_TABLE_ELEMENTS,
                initial_memory: SMALL_INITIAL_BYTES,
                keep_resident: 2 << 20,
                spare: 32,
            },
            // Measured: JavaScript (componentize-js 0.23) has 5 parts, 7,700 table elements and begins with 9 MiB.
            // Python (componentize-py 0.25) has 40 parts, one for each library, 5,700 elements and begins with 13 MiB.
            Self::Large => Slot {
                core_instances: LARGE_PARTS,
                tables: 8,
                table_elements: LARGE_TABLE_ELEMENTS,
                initial_memory: u64::MAX,
                keep_resident: 16 << 20,
                spare: 4,
            },
        }
    }

    /// For a sentence about what is allowed.
    pub(super) fn described(self) -> &'static str {
        match self {
            Self::Small => " for a small one, which this is by its memory and its parts",
            Self::Large => " for a large one, which this is by its memory or its parts",
        }
    }

    /// Elements of one table.
    pub(super) fn table_elements(self) -> usize {
        self.slot().table_elements
    }
}

/// Loads machine code into the engine that is right for it, and says which one that is.
pub(super) fn load(small: &Engine, large: &Engine, code: &MachineCode) -> wasmtime::Result<(Size, Component)> {
    let loaded = match code.load(small) {
        Ok(component) if begins_with(&component) <= Size::Small.slot().initial_memory => (Size::Small, component),
        _ => (Size::Large, code.load(large)?),
    };
    let (_, component) = &loaded;
    if let Err(error) = while_busy(|| component.initialize_copy_on_write_image()) {
        tracing::warn!("the memory that a plugin begins with is left to its first call: {error:#}");
    }
    Ok(loaded)
}

/// How often what the kernel is too busy for is tried, and the pause between.
const BUSY_TRIES: u32 = 10;
const BUSY_PAUSE: Duration = Duration::from_millis(50);

/// Makes what the kernel may be too busy to make. It seals the memory that instances begin with, and refuses while it has
/// pages of it in its own hands (EBUSY of `F_ADD_SEALS` in fcntl(2)), which a machine under load takes a while to let go of.
/// A call that met with that would have failed.
fn while_busy(mut make: impl FnMut() -> wasmtime::Result<()>) -> wasmtime::Result<()> {
    for _ in 1..BUSY_TRIES {
        match make() {
            Err(error) if is_busy(&error) => std::thread::sleep(BUSY_PAUSE),
            made => return made,
        }
    }
    make()
}

fn is_busy(error: &wasmtime::Error) -> bool {
    let mut causes = error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>());
    causes.any(|cause| cause.kind() == io::ErrorKind::ResourceBusy)
}

/// The memory that an instance begins with, in bytes.
fn begins_with(component: &Component) -> u64 {
    const PAGE: u64 = 64 << 10;
    // Nothing is known of a module that is imported, which the linker has none of.
    component.resources_required().map_or(u64::MAX, |needs| needs.max_initial_memory_size.unwrap_or_default() * PAGE)
}

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

/// The engine that compiles, on one thread or on all that the process may have.
pub(super) fn compiling(in_parallel: bool) -> wasmtime::Result<Engine> {
    Engine::new(config().parallel_compilation(in_parallel))
}

/// The engine that runs `places` calls of plugins of one size at once, each with up to `memory_bytes` of memory. Time stands
/// still in it until it [ticks](tick).
pub(super) fn running(size: Size, places: usize, memory_bytes: usize) -> wasmtime::Result<Engine> {
    let Slot { core_instances, tables, table_elements, keep_resident, spare, .. } = size.slot();
    let slots = u32::try_from(places)?.saturating_add(spare);
    let scans = PoolingAllocationConfig::is_pagemap_scan_available();
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(slots)
        .total_core_instances(slots.saturating_mul(core_instances))
        .max_core_instances_per_component(core_instances)
        .total_memories(slots.saturating_mul(MEMORIES))
        .max_memories_per_component(MEMORIES)
        .total_tables(slots.saturating_mul(tables))
        .max_tables_per_component(tables)
        .max_tables_per_module(tables)
        .table_elements(table_elements)
        .max_memory_size(memory_bytes)
        .pagemap_scan(if scans { Enabled::Yes } else { Enabled::No })
        .linear_memory_keep_resident(if scans { keep_resident } else { KEEP_RESIDENT_BLIND })
        .table_keep_resident(if scans { table_elements * size_of::<usize>() } else { 4 << 10 });

    Engine::new(config().allocation_strategy(InstanceAllocationStrategy::Pooling(pool)))
}

/// Moves the engines' epochs on, every [`TICK`], until all of them are gone.
pub(super) fn tick(engines: &[&Engine]) -> io::Result<()> {
    let engines: Vec<EngineWeak> = engines.iter().map(|engine| engine.weak()).collect();
    std::thread::Builder::new().name("rules-clock".into()).spawn(move || {
        loop {
            let mut gone = true;
            for engine in engines.iter().filter_map(EngineWeak::upgrade) {
                engine.increment_epoch();
                gone = false;
            }
            if gone {
                break;
            }
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
        let print = fingerprint(&compiling(false).unwrap());
        assert_eq!(fingerprint(&compiling(true).unwrap()), print);
        for size in [Size::Small, Size::Large] {
            assert_eq!(fingerprint(&running(size, 1, 1 << 20).unwrap()), print);
        }
    }

    #[test]
    fn what_the_kernel_is_too_busy_for_is_tried_again() {
        let errors = |kinds: &[io::ErrorKind]| {
            let mut errors = kinds.iter().map(|kind| io::Error::from(*kind)).collect::<Vec<_>>().into_iter();
            let mut tries = 0;
            let made = while_busy(|| {
                tries += 1;
                errors.next().map_or(Ok(()), |error| Err(wasmtime::Error::from(error).context("sealing")))
            });
            (made.is_ok(), tries)
        };
        assert_eq!(errors(&[io::ErrorKind::ResourceBusy; 2]), (true, 3));
        assert_eq!(errors(&[io::ErrorKind::OutOfMemory]), (false, 1));
        assert_eq!(errors(&[io::ErrorKind::ResourceBusy; 100]), (false, BUSY_TRIES));
    }

    #[test]
    fn a_deadline_is_never_early() {
        assert_eq!(ticks(Duration::from_millis(1)), 2);
        assert_eq!(ticks(Duration::from_millis(5)), 2);
        assert_eq!(ticks(Duration::from_millis(50)), 11);
        assert_eq!(ticks(Duration::from_millis(51)), 12);
    }
}
