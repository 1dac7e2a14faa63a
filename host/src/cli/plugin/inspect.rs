//! `world-events plugin inspect`

use std::path::PathBuf;

use clap::Args;

use super::Source;
use crate::cli::{block_on, print};
use crate::workshop::anatomy::Anatomy;
use crate::workshop::examine::LocalSandbox;
use crate::workshop::report;

/// Show what a plugin is: what it decides, what it imports, what its bytes are for, the schema of its parameters.
#[derive(Debug, Args)]
pub(super) struct Inspect {
    /// A plugin's folder, or a name: NAME is looked for as plugins/NAME in this folder and those above. It is built
    /// first. Or a file of WebAssembly, from wherever it comes
    #[arg(value_name = "PLUGIN|FILE.wasm", default_value = ".")]
    plugin: PathBuf,
}

impl Inspect {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let source = Source::of(&self.plugin)?;
        let sandbox = LocalSandbox::new()?;
        block_on(async {
            let (file, examined) = source.examine(&sandbox).await?;
            let anatomy = Anatomy::of(&examined.wasm)?;
            print(&report::inspected(&file, examined.wasm.len(), &examined.admission, &anatomy))
        })
    }
}
