//! `world-events serve`

use clap::Args;

use super::{Selection, SettingFlags, block_on};
use crate::{config::Group, telemetry::init_logs};

/// Run the server, until SIGTERM or Ctrl-C.
///
/// Every setting below can be a flag, an environment variable or a line in a TOML file; flags go before the environment,
/// that before the file. In the file, --rules-decision-time-ms is `time_ms` in the section `[rules.decision]`, and the
/// others stand at the top with underscores (`data_dir`).
#[derive(Debug, Args)]
pub(super) struct Serve {
    #[command(flatten)]
    settings: SettingFlags<Everything>,
}

#[derive(Debug)]
struct Everything;

impl Selection for Everything {
    const GROUPS: &'static [Group] =
        &[Group::Http, Group::Data, Group::Database, Group::Tokens, Group::Logs, Group::Rules];
}

impl Serve {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let settings = self.settings.load()?;
        init_logs(&settings.log, settings.log_format)?;
        block_on(crate::server::run(settings))
    }
}
