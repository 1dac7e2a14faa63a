//! Makes the folder of a new plugin: one that builds, with a rule that does something, its tests, its cases and its
//! readme.
//!
//! In a workspace of plugins, such as this repository, it uses what is there: a crate becomes a member, with the
//! workspace's SDK. Anywhere else all that is needed lies beside the rule: the [SDK](sdk), or the [interfaces](abi), that
//! are embedded in this program.

mod abi;
mod embedded;
mod example;
mod name;
mod place;
mod sdk;
mod template;
mod workspace;

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use self::place::Place;
use self::workspace::Workspace;
use super::project::Language;
use crate::model::EventType;
use crate::model::text::PluginName;

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
    /// The workspace cannot be told that the plugin is no crate.
    #[error("cannot exclude {name} from the crates of {}: {why}", manifest.display())]
    NotExcluded {
        /// The plugin.
        name: PluginName,
        /// The workspace's manifest.
        manifest: PathBuf,
        /// Why not.
        why: String,
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

/// A file of a plugin: where in its folder, and what it is.
type NewFile = (PathBuf, Content);

/// What a file is.
enum Content {
    Text(String),
    /// A link to something that is there already.
    Link(PathBuf),
}

/// Makes the folder of a plugin where the other commands find it by its name when they are run in `from`: among the
/// plugins of the workspace that `from` lies in, else in `from` itself. Gives the folder.
///
/// # Errors
/// The folder exists, the name cannot be used, or the file system does not let us. Then nothing was changed.
pub fn create(plugin: &NewPlugin, from: &Path) -> Result<PathBuf, NewError> {
    name::check(&plugin.name, plugin.language)?;
    let place = Place::of(from);
    let folder = place.folder().join(plugin.name.as_str());
    if folder.symlink_metadata().is_ok() {
        return Err(NewError::Exists(folder));
    }
    let files = files(plugin, &place)?;
    let io = |source| NewError::Io { folder: folder.clone(), source };
    write(&files, &folder, &place).map_err(io)?;
    if plugin.language != Language::Rust
        && let Err(error) = place.exclude(&plugin.name)
    {
        fs::remove_dir_all(&folder).map_err(io)?;
        return Err(error);
    }
    Ok(folder)
}

/// All that is to be written.
fn files(plugin: &NewPlugin, place: &Place) -> Result<Vec<NewFile>, NewError> {
    let workspace = Workspace::read()?;
    let mut files = template::files(plugin, place, &workspace)?;
    match plugin.language {
        Language::Rust if matches!(place, Place::Workspace { .. }) => return Ok(files),
        Language::Rust => {
            files.extend(workspace::files());
            files.extend(sdk::files(&workspace)?);
            return Ok(files);
        }
        Language::TypeScript => files.extend(example::typescript(plugin)?),
        Language::Python => files.extend(example::python()?),
    }
    files.extend(abi::files(place)?);
    Ok(files)
}

/// Writes the folder beside its place and moves it there, so that it is there whole or not at all.
fn write(files: &[NewFile], folder: &Path, place: &Place) -> io::Result<()> {
    let making = tempfile::Builder::new().prefix(".new-plugin-").tempdir_in(place.root())?;
    let whole = making.path().join("whole");
    for (path, content) in files {
        let path = whole.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        match content {
            Content::Text(text) => fs::write(path, text)?,
            Content::Link(to) => symlink(to, path)?,
        }
    }
    fs::create_dir_all(place.folder())?;
    fs::rename(whole, folder)
}
