//! Structured logs on standard error.

use std::{
    fmt,
    io::{self, IsTerminal as _},
    str::FromStr,
};

use serde::{Deserialize, Serialize};
use tracing_subscriber::{EnvFilter, util::SubscriberInitExt as _};

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    /// For people: one line each, coloured on a terminal.
    #[default]
    Text,
    /// For machines: one JSON object per line.
    Json,
}

/// What is logged: a level (`info`) or directives per module (`info,sqlx=warn`), in the syntax of tracing's `EnvFilter`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LogFilter(String);

/// Text that is no log filter.
#[derive(Debug, thiserror::Error)]
#[error("it is no log filter: {0}")]
pub struct InvalidLogFilter(String);

impl Default for LogFilter {
    /// What an operator wants to know; of sqlx, which tells of each statement, only what is wrong.
    fn default() -> Self {
        Self("info,sqlx=warn".to_owned())
    }
}

impl FromStr for LogFilter {
    type Err = InvalidLogFilter;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match EnvFilter::try_new(text) {
            Ok(_) if !text.trim().is_empty() => Ok(Self(text.to_owned())),
            Ok(_) => Err(InvalidLogFilter("it is empty".to_owned())),
            Err(error) => Err(InvalidLogFilter(error.to_string())),
        }
    }
}

impl TryFrom<String> for LogFilter {
    type Error = InvalidLogFilter;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<LogFilter> for String {
    fn from(filter: LogFilter) -> Self {
        filter.0
    }
}

impl fmt::Display for LogFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why logging could not start.
#[derive(Debug, thiserror::Error)]
pub enum LogsError {
    /// The filter was not checked before.
    #[error(transparent)]
    Filter(#[from] InvalidLogFilter),
    /// A process has one log, and it is set already.
    #[error("this process logs already")]
    Twice(#[from] tracing_subscriber::util::TryInitError),
}

/// Sends what passes `filter` to standard error, for the rest of the process.
///
/// # Errors
///
/// When called twice in one process.
pub fn init_logs(filter: &LogFilter, format: LogFormat) -> Result<(), LogsError> {
    let filter = EnvFilter::try_new(&filter.0).map_err(|error| InvalidLogFilter(error.to_string()))?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    match format {
        LogFormat::Text => lines.with_ansi(io::stderr().is_terminal()).finish().try_init()?,
        LogFormat::Json => lines.json().flatten_event(true).finish().try_init()?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_checked() {
        for text in ["info", "info,sqlx=warn", "world_events=debug,warn", "off"] {
            assert_eq!(text.parse::<LogFilter>().unwrap().to_string(), text);
        }
        for text in ["", " ", "info,sqlx=loud", "=,="] {
            let error = text.parse::<LogFilter>().unwrap_err().to_string();
            assert!(error.contains("no log filter"), "{error}");
        }
    }
}
