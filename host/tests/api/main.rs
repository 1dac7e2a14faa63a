//! The API over real HTTP, with real plugins and a database for each test. The modules are laid out like the routes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that breaks off has failed"
)]

mod analytics;
mod changes;
mod events;
#[path = "../wat/guest.rs"]
#[allow(dead_code, reason = "shared with the tests of the sandbox, which use all of it")]
mod guest;
mod health;
mod leaderboard;
mod metrics;
mod openapi;
mod participants;
mod players;
mod protocol;
mod regions;
mod restart;
mod roles;
mod rules;
mod schema;
mod settlement;
mod story;
mod support;
mod templates;
mod tokens;
