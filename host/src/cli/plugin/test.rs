//! `world-events plugin test`

use anyhow::bail;
use clap::Args;

use super::{Plugins, build_and_examine};
use crate::cli::{block_on, print};
use crate::workshop::examine::LocalSandbox;
use crate::workshop::{report, trial};

/// Build plugins and try them with the cases beside them.
///
/// A plugin's cases are the files cases/*.json in its folder: calls, each with the answer that is expected. They are run
/// in the sandbox that a server has, with its default limits.
#[derive(Debug, Args)]
pub(super) struct Test {
    #[command(flatten)]
    plugins: Plugins,
}

impl Test {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let folders = self.plugins.folders()?;
        let sandbox = LocalSandbox::new()?;
        block_on(async {
            let (mut failed, mut all) = (0, 0);
            for folder in &folders {
                let (_, examined) = build_and_examine(&sandbox, folder).await?;
                let trials = trial::run(&sandbox, &examined.admission, folder).await?;
                if all > 0 {
                    print("")?;
                }
                print(&report::tested(&examined.admission.manifest.label(), &trials))?;
                failed += trials.iter().filter(|trial| !trial.passed()).count();
                all += trials.len();
            }
            if failed > 0 {
                bail!("{failed} of {all} cases did not pass");
            }
            Ok(())
        })
    }
}
