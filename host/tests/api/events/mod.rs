//! `/events`

mod cancel;
mod create;
mod get;
mod lifecycle;
mod list;
mod update;
