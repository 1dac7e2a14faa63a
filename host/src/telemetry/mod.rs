//! Logs and metrics.

mod http;
mod logs;
mod metrics;
mod requests;

pub use http::metrics_router;
pub use logs::{InvalidLogFilter, LogFilter, LogFormat, LogsError, init_logs};
pub use metrics::{MAX_PLUGINS, Metrics, PoolUse, RuleCall, RuleUse};
