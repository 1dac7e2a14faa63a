//! The API over real HTTP, with real plugins and a database for each test. The modules are laid out like the routes.

mod events;
#[path = "../wat/guest.rs"]
mod guest;
mod participants;
mod restart;
mod rules;
mod settlement;
mod story;
mod support;
