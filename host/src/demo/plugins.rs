//! The example plugins: where they are, and their WebAssembly.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tokio::sync::oneshot;

use crate::workshop::build::{BuiltPlugin, build};

/// The plugins that the demonstration plays with.
pub const PLUGINS: [&str; 3] = ["boss-invasion", "ranked-tournament", "harvest-festival"];

/// What `cargo run` tells where the package is that it runs.
const MANIFEST_DIR: &str = "CARGO_MANIFEST_DIR";

/// Finds the folder of the example plugins: from the current folder upwards, then from the package that Cargo runs.
///
/// # Errors
///
/// When neither leads to it.
pub fn find() -> anyhow::Result<PathBuf> {
    let here = std::env::current_dir().context("cannot tell the current folder")?;
    let package = std::env::var_os(MANIFEST_DIR).map(PathBuf::from);
    let starts = [Some(here.as_path()), package.as_deref()];
    starts.into_iter().flatten().find_map(find_from).with_context(|| {
        format!(
            "the example plugins are neither in {} nor above it; run the demo inside the repository of World Events, which \
             has them in plugins/",
            here.display()
        )
    })
}

fn find_from(start: &Path) -> Option<PathBuf> {
    let has_all = |folder: &PathBuf| PLUGINS.iter().all(|plugin| folder.join(plugin).join("Cargo.toml").is_file());
    start.ancestors().map(|folder| folder.join("plugins")).find(has_all)
}

/// A plugin, ready to be published.
#[derive(Debug)]
pub struct Module {
    /// The plugin's name.
    pub name: String,
    /// Its WebAssembly.
    pub wasm: Vec<u8>,
}

/// Builds all the plugins in `folder`.
///
/// # Errors
///
/// When one of them does not build, or the toolchain is not complete and cannot be completed.
pub async fn build_all(folder: PathBuf) -> anyhow::Result<Vec<Module>> {
    let (built, building) = oneshot::channel();
    // A thread of its own rather than one of the runtime's, which would wait for it if the demonstration ends early.
    std::thread::Builder::new()
        .name("plugins".to_owned())
        .spawn(move || {
            // Nobody waits any more when the demonstration has ended.
            let _ = built.send(PLUGINS.map(|plugin| module(&folder.join(plugin))).into_iter().collect());
        })
        .context("cannot start a thread")?;
    building.await.context("the thread that builds the plugins is gone")?
}

fn module(folder: &Path) -> anyhow::Result<Module> {
    let BuiltPlugin { name, wasm } = build(folder)?;
    let wasm = std::fs::read(&wasm).with_context(|| format!("cannot read {}", wasm.display()))?;
    Ok(Module { name, wasm })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plugins_are_found_from_anywhere_in_the_repository() {
        let package = Path::new(env!("CARGO_MANIFEST_DIR"));
        let expected = package.parent().unwrap().join("plugins");
        for start in [package.to_owned(), package.join("src/demo"), expected.join("boss-invasion/src")] {
            assert_eq!(find_from(&start), Some(expected.clone()));
        }
        assert_eq!(find_from(tempfile::tempdir().unwrap().path()), None);
    }
}
