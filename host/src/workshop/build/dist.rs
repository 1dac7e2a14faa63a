//! The folder that a plugin in TypeScript or Python is built into.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::freshness::Stamp;
use super::{BuildError, BuiltPlugin};
use crate::workshop::project::Project;

/// Its name, in the plugin's folder.
pub(in crate::workshop) const DIST: &str = "dist";

/// The folder, for as long as the build goes on. Another build of the same plugin waits.
pub(super) struct Dist {
    plugin: PathBuf,
    folder: PathBuf,
    name: String,
    _lock: File,
}

impl Dist {
    pub(super) fn open(plugin: &Path, project: &Project) -> Result<Self, BuildError> {
        let folder = plugin.join(DIST);
        let open = || {
            fs::create_dir_all(&folder)?;
            let lock = File::create(folder.join(".lock"))?;
            lock.lock()?;
            Ok(lock)
        };
        let lock = open().map_err(|source| BuildError::Io { path: folder.clone(), source })?;
        Ok(Self { plugin: plugin.to_owned(), folder, name: project.name.to_string(), _lock: lock })
    }

    /// The plugin's name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Where its component is, or will be.
    pub(super) fn wasm(&self) -> PathBuf {
        let file = self.folder.join(format!("{}.wasm", self.name));
        std::path::absolute(&file).unwrap_or(file)
    }

    /// A digest of its sources, and of `how` it is built.
    pub(super) fn stamp(&self, sources: &[PathBuf], how: &str) -> Result<Stamp, BuildError> {
        if let Some(missing) = sources.iter().find(|source| !source.is_dir()) {
            let why = format!("there is no folder {}, which should hold the ABI", missing.display());
            return Err(BuildError::NoPackage { folder: self.plugin.clone(), why });
        }
        Stamp::of(self.folder.join(".built"), sources, how)
            .map_err(|source| BuildError::Io { path: self.folder.clone(), source })
    }

    /// Whether the component is there and was made of just these sources. If not, it is about to be.
    pub(super) fn is_done(&self, built: &Stamp) -> Result<bool, BuildError> {
        if built.is_fresh() && self.wasm().is_file() {
            return Ok(true);
        }
        built.clear().map_err(|source| BuildError::Io { path: self.folder.clone(), source })?;
        Ok(false)
    }

    /// Notes that the component was made, if it was.
    pub(super) fn finish(self, built: &Stamp) -> Result<BuiltPlugin, BuildError> {
        let wasm = self.wasm();
        if !wasm.is_file() {
            let output = format!("its build left no {DIST}/{}.wasm", self.name);
            return Err(BuildError::Failed { name: self.name, output });
        }
        built.set().map_err(|source| BuildError::Io { path: self.folder.clone(), source })?;
        Ok(self.plugin())
    }

    /// The plugin, when it is built.
    pub(super) fn plugin(&self) -> BuiltPlugin {
        BuiltPlugin { name: self.name.clone(), wasm: self.wasm() }
    }
}
