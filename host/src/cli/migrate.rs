//! `world-events migrate`

use clap::Args;

use super::{Selection, SettingFlags, block_on, print};
use crate::{
    config::{Group, Settings},
    server::Database,
    telemetry::init_logs,
};

/// Bring the database's schema up to date, and exit. `serve` does the same when it starts.
#[derive(Debug, Args)]
pub(super) struct Migrate {
    #[command(flatten)]
    settings: SettingFlags<ForDatabase>,
}

#[derive(Debug)]
struct ForDatabase;

impl Selection for ForDatabase {
    const GROUPS: &'static [Group] = &[Group::Data, Group::Database, Group::Logs];
}

impl Migrate {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let settings = self.settings.load()?;
        init_logs(&settings.log, settings.log_format)?;
        block_on(migrate(settings))
    }
}

async fn migrate(settings: Settings) -> anyhow::Result<()> {
    let database = Database::open(&settings).await?;
    let migrated = database.migrate().await;
    // The private database is stopped in order, whatever came out.
    let closed = database.close().await;
    let count = migrated?;
    closed?;
    print(&match count {
        0 => "the schema is up to date".to_owned(),
        1 => "applied 1 migration".to_owned(),
        count => format!("applied {count} migrations"),
    })
}
