//! Builds plugins from source, with the tools of their language that are installed.

mod dist;
mod freshness;
mod program;
mod python;
mod rust;
mod typescript;

use std::io;
use std::path::{Path, PathBuf};

use self::dist::Dist;
use super::project::{BadManifest, Language, Project};

pub(super) use self::dist::DIST;

/// Where the tools of a language write down what rules and the server share, in the plugin's folder.
pub(super) const GENERATED: &str = "generated";

/// Why a plugin could not be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The folder holds none.
    #[error("{} holds no plugin that can be built: {why}", folder.display())]
    NoPackage {
        /// The folder.
        folder: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The manifest cannot be used.
    #[error(transparent)]
    Manifest(#[from] BadManifest),
    /// The wasm target is missing and cannot be installed.
    #[error("the Rust toolchain cannot build for {target}: {why}; install it with: rustup target add {target}", target = rust::TARGET)]
    NoTarget {
        /// Why it could not be installed.
        why: String,
    },
    /// A program of the language's could not be run.
    #[error("cannot run {program}: {source}; install {toolchain}")]
    NoProgram {
        /// What was to be run.
        program: String,
        /// What it comes with.
        toolchain: &'static str,
        /// Why not.
        source: io::Error,
    },
    /// The tools refused the plugin.
    #[error("{name} does not build:\n{output}")]
    Failed {
        /// The plugin.
        name: String,
        /// What they said.
        output: String,
    },
    /// What is built cannot be read or written.
    #[error("{} cannot be used: {source}", path.display())]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// A plugin that was built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltPlugin {
    /// The package's name, which is the plugin's.
    pub name: String,
    /// Where the WebAssembly is.
    pub wasm: PathBuf,
}

/// Builds the plugin in a folder, whatever its [`Language`]. What the language's own packages lack is installed into the
/// folder; one that was built and has not changed since is not built again. Blocks for as long as it takes.
///
/// # Errors
/// The folder holds no plugin, the tools of its language are not complete and cannot be completed, or the plugin does not
/// compile.
pub fn build(folder: &Path) -> Result<BuiltPlugin, BuildError> {
    let project = |language| Project::read(folder, language);
    match Language::of(folder) {
        // Cargo says best what is wrong with a folder that has no manifest: it looks above as well.
        None | Some(Language::Rust) => rust::build(folder),
        Some(language @ Language::TypeScript) => typescript::build(folder, &project(language)?),
        Some(language @ Language::Python) => python::build(folder, &project(language)?),
    }
}
