//! `world-events compile-plugin`

use std::process::ExitCode;

use clap::Args;

/// Compile one plugin from standard input: what the server runs as a child process, with limits, for each upload.
#[derive(Debug, Args)]
#[command(hide = true)]
pub(super) struct CompilePlugin {}

impl CompilePlugin {
    #[expect(clippy::unused_self, reason = "as every command")]
    pub(super) fn run(&self) -> ExitCode {
        crate::rules::compile_child::run()
    }
}
