//! Makes the folder of a new plugin: one that builds, with a rule that does something, its tests, its cases and its
//! readme.
//!
//! In a workspace of plugins, such as this repository, it becomes a member and uses the workspace's SDK. Anywhere else it
//! is a workspace of its own, with the [SDK](sdk) that is embedded in this program beside the rule.

mod embedded;
mod place;
mod sdk;
mod template;
mod workspace;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use self::place::Place;
use self::workspace::Workspace;
use crate::model::EventType;
use crate::model::text::PluginName;

/// What a rule is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Language {
    /// Rust.
    Rust,
}

/// What is to be made.
#[derive(Debug, Clone)]
pub struct NewPlugin {
    /// Its name, which its folder has as well.
    pub name: PluginName,
    /// The kind of event that the rule is for.
    pub kind: EventType,
    /// What the rule is written in.
    pub language: Language,
}

/// Why no folder was made. None is left behind, not even a part of one.
#[derive(Debug, thiserror::Error)]
pub enum NewError {
    /// There is something already.
    #[error("{} exists already; nothing in it was changed", .0.display())]
    Exists(PathBuf),
    /// The name means something else to the compiler.
    #[error("{name} cannot be the name of a crate: {why}; take another name, such as {name}-rule")]
    Taken {
        /// The name.
        name: PluginName,
        /// What it means.
        why: &'static str,
    },
    /// The file system does not let us.
    #[error("cannot make {}: {source}", folder.display())]
    Io {
        /// The plugin's folder.
        folder: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// What is embedded in this program is not what it should be.
    #[error("this program is broken: {0}")]
    Broken(String),
}

impl From<minijinja::Error> for NewError {
    fn from(error: minijinja::Error) -> Self {
        Self::Broken(format!("{error:#}"))
    }
}

impl From<toml_edit::TomlError> for NewError {
    fn from(error: toml_edit::TomlError) -> Self {
        Self::Broken(error.to_string())
    }
}

/// A file of a plugin: where in its folder, and what is in it.
type NewFile = (PathBuf, String);

/// Makes the folder of a plugin where the other commands find it by its name when they are run in `from`: among the
/// plugins of the workspace that `from` lies in, else in `from` itself. Gives the folder.
///
/// # Errors
/// The folder exists, the name cannot be used, or the file system does not let us. Then nothing was changed.
pub fn create(plugin: &NewPlugin, from: &Path) -> Result<PathBuf, NewError> {
    check_name(&plugin.name)?;
    let place = Place::of(from);
    let folder = place.folder().join(plugin.name.as_str());
    if folder.symlink_metadata().is_ok() {
        return Err(NewError::Exists(folder));
    }
    let files = files(plugin, &place)?;
    write(&files, &folder, &place).map_err(|source| NewError::Io { folder: folder.clone(), source })?;
    Ok(folder)
}

/// All that is to be written.
fn files(plugin: &NewPlugin, place: &Place) -> Result<Vec<NewFile>, NewError> {
    let workspace = Workspace::read()?;
    let mut files = template::files(plugin, place, &workspace)?;
    if let Place::Alone { .. } = place {
        files.extend(workspace::files());
        files.extend(sdk::files(&workspace)?);
    }
    Ok(files)
}

/// Writes the folder beside its place and moves it there, so that it is there whole or not at all.
fn write(files: &[NewFile], folder: &Path, place: &Place) -> io::Result<()> {
    let making = tempfile::Builder::new().prefix(".new-plugin-").tempdir_in(place.root())?;
    let whole = making.path().join("whole");
    for (path, text) in files {
        let path = whole.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, text)?;
    }
    fs::create_dir_all(place.folder())?;
    fs::rename(whole, folder)
}

/// Words of Rust, which cannot be the name of a crate.
const KEYWORDS: [&str; 51] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod",
    "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super", "trait", "true",
    "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];
/// Crates that a plugin is built with.
const CRATES: [&str; 9] =
    ["alloc", "core", "proc-macro", "schemars", "serde", "serde-json", "std", "test", "world-events-plugin-sdk"];

fn check_name(name: &PluginName) -> Result<(), NewError> {
    let taken = |why| Err(NewError::Taken { name: name.clone(), why });
    let name = name.as_str();
    if KEYWORDS.contains(&name) {
        return taken("it is a word of Rust's");
    }
    if CRATES.contains(&name) {
        return taken("a crate has that name which plugins are built with");
    }
    Ok(())
}
