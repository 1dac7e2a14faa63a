//! Which server a plugin goes to, and as whom.

use std::fmt;

use anyhow::Context as _;
use clap::Args;

use crate::cli::remark;
use crate::workshop::server::client::Client;
use crate::workshop::server::url::ServerUrl;

/// The server, and the token for it.
#[derive(Debug, Args)]
pub(super) struct Server {
    /// The server, https:// or http://, with the prefix of its paths if it has one
    #[arg(long = "server", value_name = "URL", env = "WORLD_EVENTS_SERVER", default_value = "http://127.0.0.1:8080")]
    pub(super) url: ServerUrl,
    /// A token of a designer or an operator. Others on this machine can read a flag, but not the variable
    #[arg(long, env = "WORLD_EVENTS_TOKEN", hide_env_values = true)]
    token: Option<Secret>,
}

/// A token, never shown.
#[derive(Clone)]
struct Secret(String);

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.trim().to_owned())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl Server {
    /// Whoever asks the server; without a token, nobody. Called once in a command, as it warns of what others could read.
    pub(super) fn client(&self) -> anyhow::Result<Client<'_>> {
        let token = self.token.as_ref().map(|token| token.0.as_str()).filter(|token| !token.is_empty());
        let token = token.context(
            "a server asks for a token: give --token or set WORLD_EVENTS_TOKEN; `world-events token --role designer \
             --subject NAME` makes one where the server keeps its key",
        )?;
        if self.url.is_exposed() {
            remark(&format!(
                "warning: {} is plain http: the token can be read on its way there; use https:// if the server has it",
                self.url
            ));
        }
        Ok(Client { server: &self.url, token })
    }
}
