//! `world-events plugin watch`

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;

use super::server::Server;
use super::{Examined, build_and_examine, folder_of};
use crate::cli::{block_on, print, remark, with_causes};
use crate::model::text::DraftName;
use crate::workshop::examine::LocalSandbox;
use crate::workshop::report;
use crate::workshop::server::client::Client;
use crate::workshop::server::publish::KeptEvent;
use crate::workshop::trial::{self, Trial};
use crate::workshop::watch::Watch as Saves;

/// What becomes of a plugin that passes, and where.
type Draft<'a> = (&'a DraftName, Client<'a>);

/// Build a plugin and try its cases, now and again on every save, until Ctrl-C.
///
/// Saves are seen in the plugin's folder and in those of the crates that it depends on by their path, such as the SDK's.
/// What does not build or does not pass is shown, and watching goes on.
#[derive(Debug, Args)]
pub(super) struct Watch {
    /// A plugin's folder, or a name: NAME is looked for as plugins/NAME in this folder and those above
    #[arg(default_value = ".")]
    plugin: PathBuf,
    /// Whenever all cases have passed, publish the plugin as a draft of this name, in the place of the one before
    #[arg(long, value_name = "DRAFT", num_args = 0..=1, require_equals = true, default_missing_value = "draft")]
    publish: Option<DraftName>,
    #[command(flatten)]
    server: Server,
}

impl Watch {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let folder = folder_of(&self.plugin)?;
        let draft = self.publish.as_ref().map(|name| anyhow::Ok((name, self.server.client()?))).transpose()?;
        let sandbox = LocalSandbox::new()?;
        block_on(async {
            let mut saves = Saves::of(&folder)?;
            tokio::select! {
                biased;
                interrupted = tokio::signal::ctrl_c() => interrupted.context("cannot wait for Ctrl-C"),
                ended = watch(&sandbox, &folder, draft, &mut saves) => ended,
            }
        })
    }
}

/// Goes on until it cannot.
async fn watch(
    sandbox: &LocalSandbox,
    folder: &Path,
    draft: Option<Draft<'_>>,
    saves: &mut Saves,
) -> anyhow::Result<()> {
    loop {
        if let Err(error) = round(sandbox, folder, draft).await {
            remark(&format!("error: {}", with_causes(&error)));
        }
        print(&format!("\nwatching {}; Ctrl-C ends it", folder.display()))?;
        let saved = saves.saved().await?;
        let saved: Vec<_> = saved.iter().map(|path| path.strip_prefix(folder).unwrap_or(path)).collect();
        let others = saved.len().saturating_sub(1);
        let first = saved.first().map(|path| path.display().to_string()).unwrap_or_default();
        print(&match others {
            0 => format!("\n{first} was saved"),
            _ => format!("\n{first} and {others} more were saved"),
        })?;
    }
}

/// Builds the plugin, tries it and, if all is well, publishes it.
async fn round(sandbox: &LocalSandbox, folder: &Path, draft: Option<Draft<'_>>) -> anyhow::Result<()> {
    let (_, Examined { wasm, admission }) = build_and_examine(sandbox, folder).await?;
    let trials = trial::run(sandbox, &admission, folder).await?;
    print(&report::tested(&admission.manifest.label(), &trials))?;
    if !trials.iter().all(Trial::passed) {
        bail!("not all cases passed");
    }
    if let Some((draft, client)) = draft {
        let name = &admission.manifest.name;
        let drafted = client
            .publish_draft(name, draft, wasm)
            .await
            .with_context(|| format!("the draft {draft} of {name} was not published"))?;
        let what = if drafted.is_new { "published" } else { "replaced" };
        print(&format!("{what} the draft {draft} of {name} at {}", client.server))?;
        for event in drafted.moved_events {
            print(&format!("  event {event} goes on with it"))?;
        }
        for KeptEvent { event_id, why } in drafted.kept_events {
            print(&format!("  event {event_id} goes on without it: {why}"))?;
        }
    }
    Ok(())
}
