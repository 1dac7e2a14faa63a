//! `world-events demo`

use anyhow::Context as _;
use clap::{Args, value_parser};

use super::{Selection, SettingFlags, block_on};
use crate::{
    config::{Group, Settings},
    demo::{MAX_PLAYERS, MIN_PLAYERS, Options, default_data_dir, run},
    telemetry::init_logs,
};

/// Play an event from a plugin's source to a paid reward, and show what happened.
///
/// Builds the example plugins, starts the server on a free port of loopback, and lets players come over HTTP: they join,
/// fight, are paid and claim. Ends with code 0 only if all came out as it should. Run it inside the repository.
#[derive(Debug, Args)]
pub(super) struct Demo {
    /// How many players there are
    #[arg(
        long,
        value_name = "COUNT",
        default_value_t = 1_000,
        value_parser = value_parser!(u32).range(i64::from(MIN_PLAYERS)..=i64::from(MAX_PLAYERS)),
    )]
    players: u32,
    /// Leave the server up afterwards, until Ctrl-C, and print its address and a token per role
    #[arg(long)]
    keep: bool,
    #[command(flatten)]
    settings: SettingFlags<ForDemo>,
}

#[derive(Debug)]
struct ForDemo;

impl Selection for ForDemo {
    const GROUPS: &'static [Group] = &[Group::Data, Group::Database, Group::Tokens, Group::Logs, Group::Rules];

    /// A data directory that goes away, and only what is wrong in the log, so that the account stays readable.
    fn defaults() -> Settings {
        let settings = Settings { data_dir: default_data_dir(), ..Settings::default() };
        match "warn".parse() {
            Ok(log) => Settings { log, ..settings },
            Err(_) => settings,
        }
    }
}

impl Demo {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let mut settings = self.settings.load()?;
        init_logs(&settings.log, settings.log_format)?;
        let options = Options { players: self.players, keep: self.keep };
        if settings.data_dir != default_data_dir() {
            return block_on(run(settings, options));
        }
        let temporary = tempfile::Builder::new()
            .prefix("world-events-demo-")
            .tempdir()
            .context("cannot make a temporary data directory")?;
        temporary.path().clone_into(&mut settings.data_dir);
        let played = block_on(run(settings, options));
        let removed = temporary.close().context("cannot remove the temporary data directory");
        played.and(removed)
    }
}
