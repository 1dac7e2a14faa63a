//! `world-events plugin profile`

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;

use super::Source;
use crate::cli::{block_on, print};
use crate::workshop::examine::LocalSandbox;
use crate::workshop::profile::{self, Selection, profiled};

/// Show where a rule spends its time, by the functions of the plugin.
///
/// The plugin's cases are called in the sandbox that a server has. What they take is counted in fuel, which is about one
/// for each instruction, so that the result is the same in every run: a table, and a file for the Firefox Profiler.
#[derive(Debug, Args)]
pub(super) struct Profile {
    /// A plugin's folder, or a name: NAME is looked for as plugins/NAME in this folder and those above. It is built
    /// first. Or a file of WebAssembly, with --case
    #[arg(value_name = "PLUGIN|FILE.wasm", default_value = ".")]
    plugin: PathBuf,
    /// The file of the only case, or a part of the names of the plugin's cases. Default: all of them
    #[arg(long, value_name = "FILE|NAME")]
    case: Option<PathBuf>,
    /// Where the samples are written. Default: beside the WebAssembly
    #[arg(long, value_name = "FILE.json")]
    output: Option<PathBuf>,
    /// About how many samples are taken, of all cases together
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    samples: u32,
}

impl Profile {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let source = Source::of(&self.plugin)?;
        let folder = match &source {
            Source::Folder(folder) => Some(folder.clone()),
            Source::File(_) => None,
        };
        let selection = self.selection(folder.as_deref())?;
        let sandbox = LocalSandbox::new()?;
        block_on(async {
            let (file, examined) = source.examine(&sandbox).await?;
            let admission = &examined.admission;
            let cases = profile::cases(&selection, admission)?;
            let profile = profile::run(&sandbox, admission, &examined.wasm, &cases, self.samples).await?;
            let output = self.output.clone().unwrap_or_else(|| file.with_extension("profile.json"));
            std::fs::write(&output, &profile.json).with_context(|| format!("cannot write {}", output.display()))?;
            print(&profiled(&admission.manifest.label(), &profile, &output))
        })
    }

    fn selection<'a>(&'a self, folder: Option<&'a Path>) -> anyhow::Result<Selection<'a>> {
        match (&self.case, folder) {
            (Some(case), _) if case.is_file() => Ok(Selection::File(case)),
            (Some(case), Some(folder)) => {
                let filter = case.to_str().context("--case must be a file or a part of a name")?;
                Ok(Selection::Beside { folder, filter: Some(filter) })
            }
            (None, Some(folder)) => Ok(Selection::Beside { folder, filter: None }),
            (Some(case), None) => bail!("there is no file {}", case.display()),
            (None, None) => bail!("a file of WebAssembly has no cases beside it: name one with --case FILE"),
        }
    }
}
