//! Deploys versions that are published.

use reqwest::Method;
use semver::Version;
use serde::{Deserialize, Serialize};

use super::client::{Client, ServerError};
use crate::model::text::{ChannelName, PluginName};

/// Where a channel is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Position {
    plugin: PluginName,
    channel: ChannelName,
    /// The version that templates which follow the channel give to new events.
    pub version: Version,
}

#[derive(Serialize)]
struct Move<'a> {
    version: &'a Version,
    force: bool,
}

impl Client<'_> {
    /// Moves a channel to a version, with `force` even if templates that follow it do not fit the version.
    ///
    /// # Errors
    /// The server is not reached, refuses the move, or is none.
    pub async fn deploy(
        &self,
        plugin: &PluginName,
        channel: &ChannelName,
        version: &Version,
        force: bool,
    ) -> Result<Position, ServerError> {
        let path = ["plugins", plugin.as_str(), "channels", channel.as_str()];
        let is_there = |position: &Position| position.is_of(plugin, channel) && position.version == *version;
        let (_, position) =
            self.ask(Method::PUT, &path, is_there, |request| request.json(&Move { version, force })).await?;
        Ok(position)
    }

    /// Moves a channel to the version that it was at before.
    ///
    /// # Errors
    /// The server is not reached, knows of no version before, or is none.
    pub async fn roll_back(&self, plugin: &PluginName, channel: &ChannelName) -> Result<Position, ServerError> {
        let path = ["plugins", plugin.as_str(), "channels", channel.as_str(), "rollback"];
        let is_its = |position: &Position| position.is_of(plugin, channel);
        let (_, position) = self.ask(Method::POST, &path, is_its, |request| request).await?;
        Ok(position)
    }
}

impl Position {
    fn is_of(&self, plugin: &PluginName, channel: &ChannelName) -> bool {
        self.plugin == *plugin && self.channel == *channel
    }
}
