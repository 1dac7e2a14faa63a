//! Builds plugins from source with the Rust toolchain that is installed.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cargo_metadata::{CrateType, MetadataCommand, Package};

/// What plugins are compiled to: WebAssembly that knows nothing of its surroundings.
const TARGET: &str = "wasm32-unknown-unknown";
/// The profile in `Cargo.toml` that plugins are built with.
const PROFILE: &str = "guest";
/// What must not leak from the build that we may be run by into the build of a plugin.
const FOREIGN: [&str; 5] =
    ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER", "CARGO_TARGET_DIR"];

/// Why a plugin could not be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The folder is no Cargo package.
    #[error("{} holds no plugin that can be built: {why}", folder.display())]
    NoPackage {
        /// The folder.
        folder: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The wasm target is missing and cannot be installed.
    #[error("the Rust toolchain cannot build for {TARGET}: {why}; install it with: rustup target add {TARGET}")]
    NoTarget {
        /// Why it could not be installed.
        why: String,
    },
    /// Cargo could not be run.
    #[error("cannot run {program}: {source}")]
    NoProgram {
        /// What was to be run.
        program: String,
        /// Why not.
        source: std::io::Error,
    },
    /// The compiler refused the plugin.
    #[error("{name} does not build:\n{output}")]
    Failed {
        /// The plugin.
        name: String,
        /// What cargo said.
        output: String,
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

/// Builds the plugin in a folder. Installs the wasm target if it is missing. Blocks for as long as it takes.
///
/// # Errors
/// The folder holds no plugin, the toolchain is not complete and cannot be completed, or the plugin does not compile.
pub fn build(folder: &Path) -> Result<BuiltPlugin, BuildError> {
    ensure_target(folder)?;
    let no_package = |why: String| BuildError::NoPackage { folder: folder.to_owned(), why };
    let manifest = folder.join("Cargo.toml");
    let metadata = MetadataCommand::new()
        .cargo_path(cargo())
        .current_dir(folder)
        .no_deps()
        .exec()
        .map_err(|error| no_package(error.to_string()))?;
    let same_file = |package: &&Package| {
        let path = package.manifest_path.as_std_path();
        path.canonicalize().ok() == manifest.canonicalize().ok()
    };
    let package = metadata
        .packages
        .iter()
        .find(same_file)
        .ok_or_else(|| no_package("there is no Cargo.toml with a [package]".to_owned()))?;
    let library = package
        .targets
        .iter()
        .find(|target| target.crate_types.contains(&CrateType::CDyLib))
        .ok_or_else(|| no_package(r#"its Cargo.toml lacks: [lib] crate-type = ["cdylib", "rlib"]"#.to_owned()))?;

    // A folder of its own, so that this never waits for a build that we are part of.
    let target_dir = metadata.target_directory.join("plugins");
    let mut cargo = command(cargo(), folder);
    cargo.args(["build", "--lib", "--profile", PROFILE, "--target", TARGET, "--target-dir"]).arg(&target_dir);
    // The linker's arguments come from the plugin's .cargo/config.toml, which Cargo reads from the folder it runs in.
    let output = run(cargo, "cargo")?;
    if !output.success {
        return Err(BuildError::Failed { name: package.name.to_string(), output: output.text });
    }
    let file = format!("{}.wasm", library.name.replace('-', "_"));
    let wasm = target_dir.join(TARGET).join(PROFILE).join(file).into_std_path_buf();
    Ok(BuiltPlugin { name: package.name.to_string(), wasm })
}

/// Makes sure that the toolchain of this folder can build for the target.
fn ensure_target(folder: &Path) -> Result<(), BuildError> {
    let mut rustc = command("rustc".into(), folder);
    rustc.args(["--print", "target-libdir", "--target", TARGET]);
    let output = run(rustc, "rustc")?;
    if output.success && Path::new(output.text.trim()).is_dir() {
        return Ok(());
    }
    let mut rustup = command("rustup".into(), folder);
    rustup.args(["target", "add", TARGET]);
    match run(rustup, "rustup") {
        Ok(output) if output.success => Ok(()),
        Ok(output) => Err(BuildError::NoTarget { why: output.text }),
        Err(error) => Err(BuildError::NoTarget { why: error.to_string() }),
    }
}

fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

fn command(program: OsString, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).stdin(Stdio::null());
    for variable in FOREIGN {
        command.env_remove(variable);
    }
    command
}

struct Output {
    success: bool,
    text: String,
}

/// Runs a program and collects what it says: its result if it has one, else its complaints.
fn run(mut command: Command, program: &str) -> Result<Output, BuildError> {
    let output = command.output().map_err(|source| BuildError::NoProgram { program: program.to_owned(), source })?;
    let text = if output.status.success() { &output.stdout } else { &output.stderr };
    Ok(Output { success: output.status.success(), text: String::from_utf8_lossy(text).into_owned() })
}
