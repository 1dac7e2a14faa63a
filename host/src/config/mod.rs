//! Settings: flags over environment over file over defaults.
//!
//! Every setting has one key, from which its names follow: `rules.decision.time_ms` is that in a TOML file,
//! `--rules-decision-time-ms` as a flag and `WORLD_EVENTS_RULES_DECISION_TIME_MS` in the environment. [`SETTINGS`] lists
//! them all, with what they mean.

mod data_dir;
mod error;
mod load;
mod settings;
mod table;
mod values;

pub use data_dir::{cache_dir, create_data_dir, default_data_dir};
pub use error::{Origin, SettingsError};
pub use load::{CONFIG_ENV, Given, load};
pub use settings::Settings;
pub use table::{Group, Kind, SETTINGS, Setting};
pub use values::{DatabaseUrl, JwtSecret, MetricsListen, PathPrefix};

#[cfg(test)]
mod tests;
