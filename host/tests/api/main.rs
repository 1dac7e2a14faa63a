//! The API over real HTTP, with real plugins and a database for each test. The modules are laid out like the routes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that breaks off has failed"
)]

mod analytics;
mod events;
mod health;
mod metrics;
mod openapi;
mod players;
mod protocol;
mod regions;
mod roles;
mod schema;
mod support;
mod templates;
mod tokens;
