//! `/events/{eventId}/participants`

mod accepted;
mod batches;
mod concurrency;
mod get;
mod join;
mod leave;
mod list;
mod plain;
mod progress;
mod report;
mod retries;
mod scored;
mod status;
