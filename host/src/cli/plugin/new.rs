//! `world-events plugin new`

use std::path::Path;

use anyhow::Context as _;
use clap::Args;

use crate::cli::print;
use crate::model::EventType;
use crate::model::text::PluginName;
use crate::workshop::new::{NewPlugin, create};
use crate::workshop::project::Language;

/// Make the folder of a new plugin: a rule that does something, with its tests, its cases and its readme.
///
/// In a workspace of plugins it becomes one of them. Anywhere else all that is needed lies beside the rule, so that it builds
/// wherever there are the tools of its language.
#[derive(Debug, Args)]
pub(super) struct New {
    /// Its name: 1 to 64 characters of a-z, 0-9 and '-', starting with a letter
    name: PluginName,
    /// What the rule is written in
    #[arg(long, value_name = "LANGUAGE", value_enum, default_value_t = Language::Rust)]
    lang: Language,
    /// The kind of event that the rule is for
    #[arg(long, value_enum, default_value = "festival")]
    kind: EventType,
}

impl New {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let here = std::env::current_dir().context("cannot tell which folder this is")?;
        let plugin = NewPlugin { name: self.name.clone(), kind: self.kind, language: self.lang };
        let folder = create(&plugin, &here)?;
        let folder = folder.strip_prefix(&here).unwrap_or(&folder);
        print(&next(folder, self.lang))
    }
}

/// What was made, and what to type next.
fn next(folder: &Path, language: Language) -> String {
    let cases = ("world-events plugin test", "its cases, in the server's sandbox");
    let tests = |command| (command, "the rule as a function");
    let [first, second] = match language {
        Language::Rust => [tests("cargo test"), cases],
        // What these need is installed by the first build.
        Language::TypeScript => [cases, tests("npm test")],
        Language::Python => [cases, tests("python3 -m unittest tests/test_*.py")],
    };
    let steps = [first, second, ("world-events plugin watch", "builds and tries it again on every save")];
    let width = steps.iter().map(|(command, _)| command.len()).max().unwrap_or_default();
    let steps = steps.map(|(command, what)| format!("  {command:width$}    # {what}\n")).concat();
    let folder = folder.display();
    format!("made {folder}\n\n  cd {folder}\n{steps}")
}
