//! What can be set, and what holds when nothing is said.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};

use super::{DatabaseUrl, JwtSecret, MetricsListen, PathPrefix, default_data_dir};
use crate::{
    auth::{Algorithm, KeySource},
    telemetry::{LogFilter, LogFormat},
};

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;

/// All settings of a server. What each means to an operator is said in [`SETTINGS`](super::SETTINGS).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where the API is served.
    pub listen: SocketAddr,
    /// Where `/metrics` is served.
    pub metrics_listen: MetricsListen,
    /// What every path of the API begins with.
    pub path_prefix: PathPrefix,
    /// What may take this long, from a request's head to its answer's head, is cut off.
    #[serde(with = "humantime_serde")]
    pub request_timeout: Duration,
    /// How long a stop waits for the requests that are under way.
    #[serde(with = "humantime_serde")]
    pub shutdown_grace: Duration,
    /// The largest JSON body, in bytes.
    pub json_body_bytes: u64,
    /// Where the server keeps its data.
    pub data_dir: PathBuf,
    /// The database to use; `None`: the private one in the data directory.
    pub database_url: Option<DatabaseUrl>,
    /// The most connections to the database.
    pub database_pool_size: u32,
    /// Where PostgreSQL's binaries are; `None`: wherever they are found.
    pub pg_bin_dir: Option<PathBuf>,
    /// The secret that tokens are signed with.
    pub jwt_secret: Option<JwtSecret>,
    /// The PEM file with the key that tokens are verified with.
    pub jwt_public_key: Option<PathBuf>,
    /// What the key is expected to be for.
    pub jwt_algorithm: Option<Algorithm>,
    /// Whom tokens must be for.
    pub jwt_audience: Option<String>,
    /// What is logged.
    pub log: LogFilter,
    /// How log lines look.
    pub log_format: LogFormat,
    /// Plugins and their limits.
    pub rules: RuleSettings,
}

/// What plugins may use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleSettings {
    /// How many calls run at once, over all plugins.
    pub concurrency: u32,
    /// The largest plugin that can be published, in bytes.
    pub max_plugin_bytes: u64,
    /// The memory of the process that compiles a plugin, in bytes.
    pub compile_memory_bytes: u64,
    /// The time that compiling a plugin may take, in milliseconds.
    pub compile_time_ms: u64,
    /// For one decision about one player: eligibility and scoring.
    pub decision: CallLimits,
    /// For one page of a payout.
    pub payout: CallLimits,
}

/// What one call of a rule may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallLimits {
    /// Instructions, roughly. This decides: the same input runs out always or never.
    pub fuel: u64,
    /// Linear memory, in bytes.
    pub memory_bytes: u64,
    /// What is handed in, in bytes.
    pub input_bytes: u64,
    /// What is handed back, in bytes.
    pub output_bytes: u64,
    /// What is logged, in bytes.
    pub log_bytes: u64,
    /// Wall-clock time, in milliseconds: the backstop behind `fuel`.
    pub time_ms: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            // 9464 is the port that OpenTelemetry's Prometheus exporters use.
            metrics_listen: MetricsListen::At(SocketAddr::from(([127, 0, 0, 1], 9464))),
            path_prefix: PathPrefix::default(),
            request_timeout: Duration::from_secs(30),
            shutdown_grace: Duration::from_secs(20),
            json_body_bytes: MIB,
            data_dir: default_data_dir(),
            database_url: None,
            // Measured on two cores: 16 connections write faster than 64.
            database_pool_size: 16,
            pg_bin_dir: None,
            jwt_secret: None,
            jwt_public_key: None,
            jwt_algorithm: None,
            jwt_audience: None,
            log: LogFilter::default(),
            log_format: LogFormat::default(),
            rules: RuleSettings::default(),
        }
    }
}

impl Default for RuleSettings {
    fn default() -> Self {
        Self {
            concurrency: 32,
            max_plugin_bytes: MIB,
            compile_memory_bytes: 1024 * MIB,
            compile_time_ms: 10_000,
            decision: CallLimits {
                fuel: 10_000_000,
                memory_bytes: 16 * MIB,
                input_bytes: 128 * KIB,
                output_bytes: 20 * KIB,
                log_bytes: 8 * KIB,
                time_ms: 50,
            },
            // A payout sees a page of standings at once.
            payout: CallLimits {
                fuel: 1_000_000_000,
                memory_bytes: 64 * MIB,
                input_bytes: MIB,
                output_bytes: MIB,
                log_bytes: 8 * KIB,
                time_ms: 1000,
            },
        }
    }
}

impl Settings {
    /// Where the key for tokens comes from.
    #[must_use]
    pub fn key_source(&self) -> KeySource {
        match (&self.jwt_secret, &self.jwt_public_key) {
            (_, Some(path)) => KeySource::PublicKey(path.clone()),
            (Some(secret), None) => KeySource::Secret(secret.expose().to_owned()),
            (None, None) => KeySource::DataDir(self.data_dir.clone()),
        }
    }
}
