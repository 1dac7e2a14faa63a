//! `world-events plugin publish`

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use super::Source;
use super::server::Server;
use crate::cli::{block_on, print};
use crate::workshop::examine::LocalSandbox;
use crate::workshop::server::publish::Published;
use crate::workshop::signing::PrivateKey;

/// Build a plugin and publish it on a server, under the name and the version in its manifest.
///
/// A version never changes: to publish other bytes, raise the version in the plugin's Cargo.toml.
#[derive(Debug, Args)]
pub(super) struct Publish {
    /// A plugin's folder, or a name: NAME is looked for as plugins/NAME in this folder and those above. Or a file of
    /// WebAssembly, which is published as it is
    #[arg(value_name = "PLUGIN|FILE.wasm", default_value = ".")]
    plugin: PathBuf,
    /// Sign it with the Ed25519 private key in this PEM file, as a server may demand; `world-events plugin keygen` makes one
    #[arg(long, value_name = "KEY.pem")]
    sign: Option<PathBuf>,
    #[command(flatten)]
    server: Server,
}

impl Publish {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let client = self.server.client()?;
        let key = self.sign.as_deref().map(PrivateKey::load).transpose()?;
        let source = Source::of(&self.plugin)?;
        let sandbox = LocalSandbox::new()?;
        block_on(async {
            let (_, examined) = source.examine(&sandbox).await?;
            let manifest = &examined.admission.manifest;
            let label = format!("{} {}", manifest.name, manifest.version);
            let signature = key.map(|key| key.sign(&examined.wasm));
            let published = client
                .publish(&manifest.name, examined.wasm, signature)
                .await
                .with_context(|| format!("{label} was not published"))?;
            let server = client.server;
            print(&match published {
                Published::New => format!("published {label} at {server}"),
                Published::Unchanged => format!("unchanged: {label} was published at {server} before, the same bytes"),
            })
        })
    }
}
