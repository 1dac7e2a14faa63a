//! `world-events plugin rollback`

use anyhow::Context as _;
use clap::Args;

use super::deploy::Channel;
use super::server::Server;
use crate::cli::{block_on, print};

/// Move a channel of a plugin back to the version that it was at before; again, further back.
#[derive(Debug, Args)]
pub(super) struct Rollback {
    #[command(flatten)]
    of: Channel,
    #[command(flatten)]
    server: Server,
}

impl Rollback {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let client = self.server.client()?;
        let Channel { plugin, channel } = &self.of;
        block_on(async {
            let rolled_back = client.roll_back(plugin, channel).await;
            let rolled_back = rolled_back.with_context(|| format!("{plugin}@{channel} was not rolled back"))?;
            print(&format!("{plugin}@{channel} is back to {} at {}", rolled_back.version, client.server))
        })
    }
}
