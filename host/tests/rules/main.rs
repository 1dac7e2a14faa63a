//! Rules in the real sandbox, with real WebAssembly, most of it hostile.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod admission;
mod answers;
mod caching;
mod compiling;
mod fairness;
mod fixture;
#[path = "../wat/guest.rs"]
mod guest;
mod hostile;
mod lanes;
mod large;
