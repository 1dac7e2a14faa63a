//! The API over real HTTP, with real plugins and a database for each test. The modules are laid out like the routes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that breaks off has failed"
)]

mod events;
#[path = "../wat/guest.rs"]
mod guest;
mod participants;
mod restart;
mod rules;
mod settlement;
mod story;
mod support;
