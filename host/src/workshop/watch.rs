//! Tells when the files that a plugin is made of were saved.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cargo_metadata::MetadataCommand;
use notify_debouncer_full::notify::event::ModifyKind;
use notify_debouncer_full::notify::{self, EventKind, RecommendedWatcher, RecursiveMode};
use notify_debouncer_full::{DebounceEventResult, Debouncer, RecommendedCache, new_debouncer};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::build::{DIST, GENERATED};
use super::project::Trials;

/// How long nothing may have been saved before it is told: editors save in several steps, and several files at once.
const QUIET: Duration = Duration::from_millis(200);
/// Folders whose files are made, not written.
const MADE: [&str; 5] = ["__pycache__", DIST, GENERATED, "node_modules", "target"];
/// The one hidden folder that Cargo reads.
const CARGO: &str = ".cargo";
/// Written by Cargo in the first build.
const LOCK: &str = "Cargo.lock";

/// Why nothing can be watched.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// The system does not tell what happens to files.
    #[error("cannot watch {}: {source}", folder.display())]
    Unwatched {
        /// The folder.
        folder: PathBuf,
        /// Why not.
        source: notify::Error,
    },
    /// The folder cannot be read.
    #[error("cannot read {}: {source}", folder.display())]
    Unreadable {
        /// The folder.
        folder: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Something that was watched is not any more.
    #[error("saves are not seen any more: {0}")]
    Lost(String),
}

/// Sees saves in a plugin's folder, in that of its cases, and in those of the crates that it depends on by their path, such
/// as the SDK's.
pub struct Watch {
    folders: Vec<PathBuf>,
    watched: BTreeSet<PathBuf>,
    debouncer: Debouncer<RecommendedWatcher, RecommendedCache>,
    events: UnboundedReceiver<DebounceEventResult>,
}

impl Watch {
    /// Begins to watch.
    ///
    /// # Errors
    /// A folder cannot be read or watched.
    pub fn of(folder: &Path) -> Result<Self, WatchError> {
        let (tell, events) = unbounded_channel();
        let debouncer = new_debouncer(QUIET, None, move |result| _ = tell.send(result))
            .map_err(|source| WatchError::Unwatched { folder: folder.to_owned(), source })?;
        let mut folders = vec![folder.to_owned()];
        folders.extend(dependencies(folder));
        folders.extend(cases_elsewhere(folder));
        let mut watch = Self { folders, watched: BTreeSet::new(), debouncer, events };
        watch.follow()?;
        Ok(watch)
    }

    /// Waits for saves, and gives the files, by name. What was saved since the last time counts.
    ///
    /// # Errors
    /// Saves are not seen any more.
    pub async fn saved(&mut self) -> Result<BTreeSet<PathBuf>, WatchError> {
        loop {
            let mut saved = BTreeSet::new();
            let mut result = self.events.recv().await;
            while let Some(events) = result {
                let events = events.map_err(|errors| {
                    WatchError::Lost(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
                })?;
                for event in events {
                    // Too much has happened at once to be told one by one.
                    if event.need_rescan() {
                        saved.extend(self.folders.iter().cloned());
                    } else if is_save(event.kind) {
                        saved.extend(event.event.paths.into_iter().filter(|path| self.is_source(path)));
                    }
                }
                result = self.events.try_recv().ok();
            }
            self.follow()?;
            if !saved.is_empty() {
                return Ok(saved);
            }
            if self.events.is_closed() {
                return Err(WatchError::Lost("the watcher has ended".to_owned()));
            }
        }
    }

    /// Watches the folders, and what is in them that is not yet watched. What is made by builds is not even looked at:
    /// there are too many files.
    fn follow(&mut self) -> Result<(), WatchError> {
        for folder in self.folders.clone() {
            self.add(&folder, RecursiveMode::NonRecursive)?;
            let unreadable = |source| WatchError::Unreadable { folder: folder.clone(), source };
            for entry in folder.read_dir().map_err(unreadable)? {
                let path = entry.map_err(unreadable)?.path();
                if path.is_dir() && !path.file_name().is_some_and(is_ignored) {
                    self.add(&path, RecursiveMode::Recursive)?;
                }
            }
        }
        self.watched.retain(|path| path.is_dir());
        Ok(())
    }

    fn add(&mut self, path: &Path, mode: RecursiveMode) -> Result<(), WatchError> {
        if self.watched.insert(path.to_owned()) {
            let unwatched = |source| WatchError::Unwatched { folder: path.to_owned(), source };
            self.debouncer.watch(path, mode).map_err(unwatched)?;
        }
        Ok(())
    }

    /// Whether somebody writes this file, by its place below the folders.
    fn is_source(&self, path: &Path) -> bool {
        let below = self.folders.iter().filter_map(|folder| path.strip_prefix(folder).ok());
        below.min_by_key(|path| path.as_os_str().len()).is_some_and(|path| !path.iter().any(is_ignored))
    }
}

/// Reading is no save, and nor is what a reader does to the time of the last access.
fn is_save(kind: EventKind) -> bool {
    match kind {
        EventKind::Create(_) | EventKind::Remove(_) => true,
        EventKind::Modify(change) => !matches!(change, ModifyKind::Metadata(_)),
        EventKind::Any | EventKind::Access(_) | EventKind::Other => false,
    }
}

/// Whether a file or a folder of this name is none that is written by hand: hidden ones and those that end in `~` are an
/// editor's or a tool's own.
fn is_ignored(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    (name.starts_with('.') && name != CARGO) || name.ends_with('~') || name == LOCK || MADE.contains(&&*name)
}

/// The folder of the cases, if it is not the plugin's own. A manifest that cannot be read is for the build to tell.
fn cases_elsewhere(folder: &Path) -> Option<PathBuf> {
    let cases = Trials::of(folder).ok()?.cases.canonicalize().ok()?;
    let is_own = folder.canonicalize().is_ok_and(|folder| cases.starts_with(folder));
    (!is_own).then_some(cases)
}

/// The folders of the crates that a crate depends on by their path, directly or not. None, if it is no crate: then that
/// is for the build to tell.
fn dependencies(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut next = vec![folder.to_owned()];
    while let Some(folder) = next.pop() {
        let Ok(metadata) = MetadataCommand::new().current_dir(&folder).no_deps().exec() else { continue };
        let manifest = folder.join("Cargo.toml").canonicalize().ok();
        let is_its = |path: &Path| path.canonicalize().ok() == manifest;
        let package = metadata.packages.into_iter().find(|package| is_its(package.manifest_path.as_std_path()));
        for path in package.into_iter().flat_map(|package| package.dependencies).filter_map(|crate_| crate_.path) {
            let path = path.into_std_path_buf();
            if !found.contains(&path) {
                next.push(path.clone());
                found.push(path);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_is_made_is_no_source() {
        for name in ["target", "node_modules", "generated", ".git", ".lib.rs.swp", "lib.rs~", "Cargo.lock"] {
            assert!(is_ignored(OsStr::new(name)), "{name}");
        }
        for name in ["src", "cases", "Cargo.toml", ".cargo", "lib.rs", "targets"] {
            assert!(!is_ignored(OsStr::new(name)), "{name}");
        }
    }

    #[test]
    fn crates_that_are_depended_on_by_path_are_found() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        assert_eq!(dependencies(&root.join("plugins/harvest-festival")), [root.join("plugin-sdk")]);
        assert!(dependencies(tempfile::tempdir().unwrap().path()).is_empty());
    }

    #[test]
    fn cases_that_lie_elsewhere_are_found() {
        let plugins = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("plugins");
        assert_eq!(cases_elsewhere(&plugins.join("boss-invasion-ts")), Some(plugins.join("boss-invasion/cases")));
        assert_eq!(cases_elsewhere(&plugins.join("boss-invasion")), None);
    }

    /// Long enough for a busy machine; nothing waits for it where all is well.
    const PATIENCE: Duration = Duration::from_secs(60);

    async fn saved(watch: &mut Watch) -> Vec<PathBuf> {
        tokio::time::timeout(PATIENCE, watch.saved()).await.expect("a save is seen").unwrap().into_iter().collect()
    }

    #[tokio::test]
    async fn saves_are_told_and_reading_and_building_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir_all(path("src/deep")).unwrap();
        fs::create_dir(path("target")).unwrap();
        fs::write(path("src/deep/a.rs"), "1").unwrap();
        let mut watch = Watch::of(folder.path()).unwrap();

        fs::write(path("target/made"), "2").unwrap();
        fs::write(path("Cargo.lock"), "2").unwrap();
        fs::read(path("src/deep/a.rs")).unwrap();
        fs::write(path("src/deep/a.rs"), "2").unwrap();
        assert_eq!(saved(&mut watch).await, [path("src/deep/a.rs")]);

        // As many an editor saves: another file takes the place of the old one.
        fs::write(path("src/.a.new"), "3").unwrap();
        fs::rename(path("src/.a.new"), path("src/deep/a.rs")).unwrap();
        assert!(saved(&mut watch).await.contains(&path("src/deep/a.rs")));

        fs::create_dir(path("cases")).unwrap();
        assert_eq!(saved(&mut watch).await, [path("cases")]);
        fs::write(path("cases/new.json"), "{}").unwrap();
        assert_eq!(saved(&mut watch).await, [path("cases/new.json")]);
        fs::remove_dir_all(path("cases")).unwrap();
        assert!(saved(&mut watch).await.contains(&path("cases")));
    }
}
