//! `world-events plugin deploy`

use anyhow::Context as _;
use clap::Args;
use semver::Version;

use super::server::Server;
use crate::cli::{block_on, print};
use crate::model::text::{ChannelName, PluginName};

/// A channel of a plugin.
#[derive(Debug, Args)]
pub(super) struct Channel {
    /// The plugin's name
    pub(super) plugin: PluginName,
    /// The channel, which templates follow
    #[arg(long, default_value = "live")]
    pub(super) channel: ChannelName,
}

/// Move a channel of a plugin to a version that is published.
///
/// Templates that follow the channel give the version to the events that are made from now on; events that are there keep
/// theirs.
#[derive(Debug, Args)]
pub(super) struct Deploy {
    #[command(flatten)]
    of: Channel,
    /// The version, such as 1.2.0
    // `version` is the name of the flag that every command has.
    #[arg(id = "of-plugin", value_name = "VERSION")]
    version: Version,
    /// Move it even if the parameters of templates that follow the channel do not fit the version
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    server: Server,
}

impl Deploy {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let client = self.server.client()?;
        let Channel { plugin, channel } = &self.of;
        block_on(async {
            let deployed = client.deploy(plugin, channel, &self.version, self.force).await;
            let deployed =
                deployed.with_context(|| format!("{plugin} {} was not deployed to {channel}", self.version))?;
            print(&format!("{plugin}@{channel} is now {} at {}", deployed.version, client.server))
        })
    }
}
