//! The API over real HTTP, with real plugins and a database for each test. The modules are laid out like the routes.

mod events;
mod support;
