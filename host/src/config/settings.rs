//! What can be set, and what holds when nothing is said.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};

use super::{DatabaseUrl, JwtSecret, MetricsListen, PathPrefix, default_data_dir};
use crate::{
    auth::{Algorithm, KeySource},
    rules::RuleSettings,
    telemetry::{LogFilter, LogFormat},
};

const MIB: u64 = 1024 * 1024;

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
    /// The most connections to the database, besides those that the batch workers keep.
    pub database_pool_size: u32,
    /// How many writes may wait in each queue.
    pub write_queue: usize,
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
    /// The folder with the keys of those whose signatures of plugins are trusted; `None`: plugins need no signature.
    pub plugin_keys: Option<PathBuf>,
    /// Plugins and their limits.
    pub rules: RuleSettings,
    /// The program that compiles plugins, for whoever embeds the server in a program that cannot; `None`: this one. It is
    /// run as `<program> compile-plugin`. No setting for operators.
    #[serde(skip)]
    pub plugin_compiler: Option<PathBuf>,
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
            // More than all players of a large event who press the button at once; some 10 MB if they all wait.
            write_queue: 16_384,
            pg_bin_dir: None,
            jwt_secret: None,
            jwt_public_key: None,
            jwt_algorithm: None,
            jwt_audience: None,
            log: LogFilter::default(),
            log_format: LogFormat::default(),
            plugin_keys: None,
            rules: RuleSettings::default(),
            plugin_compiler: None,
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
