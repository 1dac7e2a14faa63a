//! The `world-events` binary.

/// Requests are many small allocations that one thread makes and another gives back: docs/performance.md has what other
/// allocators came to.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    world_events::cli::main()
}
