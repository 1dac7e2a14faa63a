//! The `world-events` binary.

fn main() -> std::process::ExitCode {
    world_events::cli::main()
}
