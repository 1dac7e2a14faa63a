//! Logs and metrics.

mod http;
mod logs;
mod metrics;

pub use http::{metrics_router, track_requests};
pub use logs::{InvalidLogFilter, LogFilter, LogFormat, LogsError, init_logs};
pub use metrics::{MAX_PLUGINS, Metrics, PoolUse, RuleCall, RuleUse};
