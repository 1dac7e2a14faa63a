//! `/events/{eventId}/participants`

mod accepted;
mod concurrency;
mod get;
mod join;
mod leave;
mod list;
mod report;
mod scored;
mod status;
