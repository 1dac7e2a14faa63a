//! The command line: one file per command.

mod compile_plugin;
mod demo;
mod migrate;
mod openapi;
mod plugin;
mod serve;
mod setting_flags;
mod token;

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use anyhow::Context as _;
use clap::{Parser, Subcommand};
pub use setting_flags::{Selection, SettingFlags};

use crate::config::SettingsError;

/// What a shell takes for "you called it wrongly".
const USAGE: u8 = 2;

/// A server for timed game events whose rules are WebAssembly plugins.
#[derive(Debug, Parser)]
#[command(name = "world-events", version, propagate_version = true, max_term_width = 110)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Serve),
    Demo(demo::Demo),
    Migrate(migrate::Migrate),
    Token(token::Token),
    Openapi(openapi::Openapi),
    Plugin(plugin::Plugin),
    CompilePlugin(compile_plugin::CompilePlugin),
}

/// Runs the command that the arguments name.
#[must_use]
pub fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Serve(command) => command.run(),
        Command::Demo(command) => command.run(),
        Command::Migrate(command) => command.run(),
        Command::Token(command) => command.run(),
        Command::Openapi(command) => command.run(),
        Command::Plugin(command) => command.run(),
        Command::CompilePlugin(command) => return command.run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => report(&error),
    }
}

/// Prints an error with all its causes, and gives the exit code.
fn report(error: &anyhow::Error) -> ExitCode {
    remark(&format!("error: {}", with_causes(error)));
    match error.downcast_ref::<SettingsError>() {
        Some(error) if error.is_usage() => ExitCode::from(USAGE),
        _ => ExitCode::FAILURE,
    }
}

/// An error with all its causes, each once: many an error says its cause itself.
fn with_causes(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !text.ends_with(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

/// Prints a command's result, and nothing else, on standard output.
fn print(text: &str) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    let text = text.strip_suffix('\n').unwrap_or(text);
    writeln!(stdout, "{text}").and_then(|()| stdout.flush()).context("cannot write to standard output")
}

/// Says something beside a command's result, on standard error.
fn remark(text: &str) {
    // Nobody is left to be told when this fails.
    let _ = writeln!(io::stderr(), "{text}");
}

/// Runs a command that waits for things.
fn block_on(command: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?
        .block_on(command)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn errors_show_their_causes_once() {
        for innermost in ["cannot read a.toml", "cannot read a.toml: no such file"] {
            let error = anyhow::anyhow!("no such file").context(innermost).context("cannot start");
            assert_eq!(with_causes(&error), "cannot start: cannot read a.toml: no such file");
        }
    }
}
