//! World Events: a server for timed game events whose rules are WebAssembly plugins.
//!
//! The layers point one way: `api` → `lifecycle` → `referee` → `store`, `rules` → `model`; `boards` knows `store` and `model`. `rules` knows no SQL and no HTTP,
//! `store` knows no WASM, `model` knows nothing.

pub mod api;
pub mod auth;
pub mod boards;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod http_client;
pub mod lifecycle;
pub mod live;
pub mod model;
pub mod referee;
pub mod rules;
pub mod server;
pub mod store;
pub mod telemetry;
pub mod workshop;
