//! The API over real HTTP, with real plugins and a database for each test. The modules are laid out like the routes.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
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
