//! `world-events plugin build`

use clap::Args;

use super::{Plugins, build_and_examine};
use crate::cli::{block_on, print};
use crate::workshop::examine::LocalSandbox;
use crate::workshop::report;

/// Build plugins from source, and show what came of it.
#[derive(Debug, Args)]
pub(super) struct Build {
    #[command(flatten)]
    plugins: Plugins,
}

impl Build {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let folders = self.plugins.folders()?;
        let sandbox = LocalSandbox::new()?;
        block_on(async {
            for folder in &folders {
                let (built, examined) = build_and_examine(&sandbox, folder).await?;
                print(&report::built(&built.wasm, examined.wasm.len(), &examined.admission))?;
            }
            Ok(())
        })
    }
}
