//! `world-events plugin`

mod build;
mod check;
mod deploy;
mod inspect;
mod keygen;
mod new;
mod profile;
mod publish;
mod rollback;
mod server;
mod simulate;
mod test;
mod watch;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};

use crate::rules::{Admission, AdmitError};
use crate::workshop::build::{BuiltPlugin, build};
use crate::workshop::examine::LocalSandbox;
use crate::workshop::locate::locate;
use crate::workshop::project::Trials;
use crate::workshop::report;

/// Make, try, publish and deploy plugins.
#[derive(Debug, Args)]
pub(super) struct Plugin {
    #[command(subcommand)]
    command: PluginCommand,
}

#[derive(Debug, Subcommand)]
enum PluginCommand {
    New(new::New),
    Build(build::Build),
    Inspect(inspect::Inspect),
    Test(test::Test),
    Watch(watch::Watch),
    Profile(profile::Profile),
    Simulate(simulate::Simulate),
    Check(check::Check),
    Keygen(keygen::Keygen),
    Publish(publish::Publish),
    Deploy(deploy::Deploy),
    Rollback(rollback::Rollback),
}

impl Plugin {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        match &self.command {
            PluginCommand::New(command) => command.run(),
            PluginCommand::Build(command) => command.run(),
            PluginCommand::Inspect(command) => command.run(),
            PluginCommand::Test(command) => command.run(),
            PluginCommand::Watch(command) => command.run(),
            PluginCommand::Profile(command) => command.run(),
            PluginCommand::Simulate(command) => command.run(),
            PluginCommand::Check(command) => command.run(),
            PluginCommand::Keygen(command) => command.run(),
            PluginCommand::Publish(command) => command.run(),
            PluginCommand::Deploy(command) => command.run(),
            PluginCommand::Rollback(command) => command.run(),
        }
    }
}

/// Which plugins.
#[derive(Debug, Args)]
struct Plugins {
    /// Folders of plugins, or names: NAME is looked for as plugins/NAME in this folder and those above. Default: this
    /// folder
    #[arg(value_name = "PLUGIN")]
    plugins: Vec<PathBuf>,
}

impl Plugins {
    fn folders(&self) -> anyhow::Result<Vec<PathBuf>> {
        let here = [PathBuf::from(".")];
        let plugins = if self.plugins.is_empty() { &here[..] } else { &self.plugins };
        plugins.iter().map(|plugin| folder_of(plugin)).collect()
    }
}

fn folder_of(plugin: &Path) -> anyhow::Result<PathBuf> {
    let here = std::env::current_dir().context("cannot tell which folder this is")?;
    Ok(locate(plugin, &here)?)
}

/// A plugin's bytes, and what they are.
struct Examined {
    wasm: Vec<u8>,
    admission: Admission,
}

/// A plugin that is built from its folder, or a file of WebAssembly that is taken as it is.
enum Source {
    Folder(PathBuf),
    File(PathBuf),
}

impl Source {
    /// What is wrong with the place is told before anything is built.
    fn of(plugin: &Path) -> anyhow::Result<Self> {
        if plugin.is_file() { Ok(Self::File(plugin.to_owned())) } else { Ok(Self::Folder(folder_of(plugin)?)) }
    }

    /// What it is tried with.
    fn trials(&self) -> anyhow::Result<Trials> {
        match self {
            Self::Folder(folder) => Ok(Trials::of(folder)?),
            Self::File(file) => Ok(Trials::beside(file.parent().unwrap_or(Path::new("")))),
        }
    }

    /// Builds it if need be, and examines it; with the file that the WebAssembly is in.
    async fn examine(self, sandbox: &LocalSandbox) -> anyhow::Result<(PathBuf, Examined)> {
        match self {
            Self::Folder(folder) => {
                let (built, examined) = build_and_examine(sandbox, &folder).await?;
                Ok((built.wasm, examined))
            }
            Self::File(file) => {
                let examined = examine(sandbox, &file).await?;
                Ok((file, examined))
            }
        }
    }
}

/// Builds the plugin in a folder, and examines it.
async fn build_and_examine(sandbox: &LocalSandbox, folder: &Path) -> anyhow::Result<(BuiltPlugin, Examined)> {
    // On a thread of its own, so that Ctrl-C is heard meanwhile.
    let folder = folder.to_owned();
    let built = tokio::task::spawn_blocking(move || build(&folder)).await.context("the build broke off")??;
    let examined = examine(sandbox, &built.wasm).await?;
    Ok((built, examined))
}

async fn examine(sandbox: &LocalSandbox, file: &Path) -> anyhow::Result<Examined> {
    let wasm = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let admission = sandbox.examine(&wasm).await.map_err(|error| explain(&error)).with_context(|| {
        let file = file.display();
        format!("no server would take {file}")
    })?;
    Ok(Examined { wasm, admission })
}

/// Why a plugin is not taken, with all that helps its author.
fn explain(error: &AdmitError) -> anyhow::Error {
    let inside = match error {
        AdmitError::DescribeFailed { failure } => format!("\n{}", report::failed_call(failure)),
        _ => String::new(),
    };
    anyhow::anyhow!("{}: {error}{inside}", error.code())
}
