//! Runs the tools that build plugins.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

use super::BuildError;

/// What must not leak from the build that we may be run by into the build of a plugin.
const FOREIGN: [&str; 5] =
    ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER", "CARGO_TARGET_DIR"];

/// A program that is to run in the folder of a plugin.
pub(super) fn command(program: impl AsRef<OsStr>, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).stdin(Stdio::null());
    for variable in FOREIGN {
        command.env_remove(variable);
    }
    command
}

pub(super) struct Output {
    pub(super) success: bool,
    pub(super) text: String,
}

/// Runs a program of a toolchain and collects what it says: its result if it has one, else its complaints.
pub(super) fn run(mut command: Command, program: &str, toolchain: &'static str) -> Result<Output, BuildError> {
    let output =
        command.output().map_err(|source| BuildError::NoProgram { program: program.to_owned(), toolchain, source })?;
    let success = output.status.success();
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    if !success {
        // Some complain on the one stream, some on the other.
        text.push_str(&String::from_utf8_lossy(&output.stderr));
    }
    Ok(Output { success, text })
}

/// Runs a step of a build.
///
/// # Errors
/// It cannot be run, or does not succeed.
pub(super) fn step(command: Command, program: &str, toolchain: &'static str, plugin: &str) -> Result<(), BuildError> {
    let Output { success, text } = run(command, program, toolchain)?;
    if success { Ok(()) } else { Err(BuildError::Failed { name: plugin.to_owned(), output: text }) }
}
