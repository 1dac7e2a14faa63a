//! Plugins in Rust, with the toolchain that is installed.

use std::ffi::OsString;
use std::path::Path;

use cargo_metadata::{CrateType, MetadataCommand, Package};

use super::program::{command, run};
use super::{BuildError, BuiltPlugin};

/// What plugins are compiled to: WebAssembly that knows nothing of its surroundings.
pub(super) const TARGET: &str = "wasm32-unknown-unknown";
/// The profile in `Cargo.toml` that plugins are built with.
const PROFILE: &str = "guest";
/// What is missing where its programs are.
const TOOLCHAIN: &str = "Rust by rustup";

/// Builds the crate in a folder. Installs the wasm target if it is missing.
pub(super) fn build(folder: &Path) -> Result<BuiltPlugin, BuildError> {
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
    let output = run(cargo, "cargo", TOOLCHAIN)?;
    if !output.success {
        return Err(BuildError::Failed { name: package.name.to_string(), output: output.text });
    }
    let file = format!("{}.wasm", library.name.replace('-', "_"));
    let wasm = target_dir.join(TARGET).join(PROFILE).join(file).into_std_path_buf();
    Ok(BuiltPlugin { name: package.name.to_string(), wasm })
}

/// Makes sure that the toolchain of this folder can build for the target.
fn ensure_target(folder: &Path) -> Result<(), BuildError> {
    let mut rustc = command("rustc", folder);
    rustc.args(["--print", "target-libdir", "--target", TARGET]);
    let output = run(rustc, "rustc", TOOLCHAIN)?;
    if output.success && Path::new(output.text.trim()).is_dir() {
        return Ok(());
    }
    let mut rustup = command("rustup", folder);
    rustup.args(["target", "add", TARGET]);
    match run(rustup, "rustup", TOOLCHAIN) {
        Ok(output) if output.success => Ok(()),
        Ok(output) => Err(BuildError::NoTarget { why: output.text }),
        Err(error) => Err(BuildError::NoTarget { why: error.to_string() }),
    }
}

fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}
