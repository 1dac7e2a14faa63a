//! `world-events plugin test`

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;

use super::{Plugins, build_and_examine};
use crate::cli::{block_on, print};
use crate::workshop::examine::LocalSandbox;
use crate::workshop::junit::junit;
use crate::workshop::trial::Trial;
use crate::workshop::{report, trial};

/// Build plugins and try them with the cases beside them.
///
/// A plugin's cases are the files cases/*.json in its folder: calls, each with the answer that is expected. They are run
/// in the sandbox that a server has, with its default limits.
#[derive(Debug, Args)]
pub(super) struct Test {
    #[command(flatten)]
    plugins: Plugins,
    /// Accept the rule's answers: write them into the cases that expect others, or none yet. What is written is shown
    #[arg(long)]
    update: bool,
    /// Write the results into this file as well, as JUnit's XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

impl Test {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let folders = self.plugins.folders()?;
        let sandbox = LocalSandbox::new()?;
        block_on(async {
            let mut tried: Vec<(String, Vec<Trial>)> = Vec::new();
            for folder in &folders {
                let (_, examined) = build_and_examine(&sandbox, folder).await?;
                let mut trials = trial::run(&sandbox, &examined.admission, folder).await?;
                if self.update {
                    trials.iter_mut().try_for_each(Trial::accept)?;
                }
                if !tried.is_empty() {
                    print("")?;
                }
                let plugin = examined.admission.manifest.label();
                print(&report::tested(&plugin, &trials))?;
                tried.push((plugin, trials));
            }
            if let Some(file) = &self.junit {
                let xml = junit(tried.iter().map(|(plugin, trials)| (plugin.as_str(), trials.as_slice())))?;
                std::fs::write(file, xml).with_context(|| format!("cannot write {}", file.display()))?;
            }
            let all = tried.iter().flat_map(|(_, trials)| trials);
            let (failed, all) = (all.clone().filter(|trial| !trial.passed()).count(), all.count());
            if failed > 0 {
                bail!("{failed} of {all} cases did not pass");
            }
            Ok(())
        })
    }
}
