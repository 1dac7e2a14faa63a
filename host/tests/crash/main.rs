//! The real program, stopped and killed.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

#[path = "../api/support/client.rs"]
#[expect(dead_code, reason = "the tests of the API use more of it")]
mod client;
mod kill;
#[path = "../api/support/plugins.rs"]
mod plugins;
mod program;
mod stop;
