//! `world-events plugin publish`

use std::fmt;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use super::Source;
use crate::cli::{block_on, print};
use crate::workshop::examine::LocalSandbox;
use crate::workshop::publish::{Published, ServerUrl, publish};

/// Build a plugin and publish it on a server, under the name and the version in its manifest.
///
/// A version never changes: to publish other bytes, raise the version in the plugin's Cargo.toml.
#[derive(Debug, Args)]
pub(super) struct Publish {
    /// A plugin's folder, or a name: NAME is looked for as plugins/NAME in this folder and those above. Or a file of
    /// WebAssembly, which is published as it is
    #[arg(value_name = "PLUGIN|FILE.wasm", default_value = ".")]
    plugin: PathBuf,
    /// The server, with the prefix of its paths if it has one
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    server: ServerUrl,
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

impl Publish {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let token = self.token.as_ref().filter(|token| !token.0.is_empty()).context(
            "publishing needs a token: give --token or set WORLD_EVENTS_TOKEN; `world-events token --role designer \
             --subject NAME` makes one where the server keeps its key",
        )?;
        let source = Source::of(&self.plugin)?;
        let sandbox = LocalSandbox::new()?;
        block_on(async {
            let (_, examined) = source.examine(&sandbox).await?;
            let manifest = &examined.admission.manifest;
            let label = format!("{} {}", manifest.name, manifest.version);
            let published = publish(&self.server, &token.0, &manifest.name, examined.wasm)
                .await
                .with_context(|| format!("{label} was not published"))?;
            let server = &self.server;
            print(&match published {
                Published::New => format!("published {label} at {server}"),
                Published::Unchanged => format!("unchanged: {label} was published at {server} before, the same bytes"),
            })
        })
    }
}
