//! Plugins in TypeScript, with Node.js: `npm ci`, then the script `build` of the package.

use std::path::Path;

use super::freshness::Stamp;
use super::program::{command, step};
use super::{BuildError, BuiltPlugin, Dist};
use crate::workshop::project::Project;

/// What is missing where there is no npm.
const TOOLCHAIN: &str = "Node.js 20 or newer, with npm";

/// Builds the npm package in a folder. Its script `build` has to leave a component in `dist/<name>.wasm`.
pub(super) fn build(folder: &Path, project: &Project) -> Result<BuiltPlugin, BuildError> {
    let dist = Dist::open(folder, project)?;
    let built = dist.stamp(&project.sources(folder), "")?;
    if dist.is_done(&built)? {
        return Ok(dist.plugin());
    }
    install(folder, &dist)?;
    let mut npm = command("npm", folder);
    npm.args(["run", "--silent", "build"]);
    step(npm, "npm", TOOLCHAIN, project.name.as_str())?;
    dist.finish(&built)
}

/// Installs what the lock file says, unless that has been done.
fn install(folder: &Path, dist: &Dist) -> Result<(), BuildError> {
    let lock = folder.join("package-lock.json");
    if !lock.is_file() {
        let why = "it has no package-lock.json; make one with: npm install".to_owned();
        return Err(BuildError::NoPackage { folder: folder.to_owned(), why });
    }
    // In the folder that `npm ci` begins by removing.
    let file = folder.join("node_modules/.installed");
    let installed = Stamp::of(file.clone(), &[&lock], "").map_err(|source| BuildError::Io { path: lock, source })?;
    if installed.is_fresh() {
        return Ok(());
    }
    let mut npm = command("npm", folder);
    npm.args(["ci", "--no-audit", "--no-fund"]);
    step(npm, "npm", TOOLCHAIN, dist.name())?;
    installed.set().map_err(|source| BuildError::Io { path: file, source })
}
