//! The designer's commands, `world-events plugin …`, as a designer runs them.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod building;
mod checking;
mod creating;
mod deploying;
mod fixture;
mod inspecting;
mod profiling;
mod proxy;
mod publishing;
mod reaching;
mod simulating;
mod testing;
mod watching;
