//! Where a new plugin belongs.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tempfile::NamedTempFile;
use toml_edit::{Array, DocumentMut, Item, value};

use super::NewError;
use crate::model::text::PluginName;
use crate::workshop::locate::PLUGINS;

/// The crate that rules are written with.
const SDK: &str = "world-events-plugin-sdk";

/// Where a new plugin belongs.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In a workspace of plugins that shares its SDK with them.
    Workspace {
        /// The workspace's folder.
        root: PathBuf,
        /// The folder of its plugins.
        plugins: PathBuf,
    },
    /// In a workspace of its own.
    Alone {
        /// The folder that its folder is to be in.
        folder: PathBuf,
    },
}

impl Place {
    /// The workspace of plugins that a folder lies in, or else the folder itself.
    pub(super) fn of(from: &Path) -> Self {
        match from.ancestors().find(|folder| is_workspace_of_plugins(folder)) {
            Some(root) => Self::Workspace { root: root.to_owned(), plugins: root.join(PLUGINS) },
            None => Self::Alone { folder: from.to_owned() },
        }
    }

    /// The folder that the plugin's is to be in.
    pub(super) fn folder(&self) -> &Path {
        match self {
            Self::Workspace { plugins, .. } => plugins,
            Self::Alone { folder } => folder,
        }
    }

    /// A folder that is there, in the same file system, and whose content means nothing to Cargo.
    pub(super) fn root(&self) -> &Path {
        match self {
            Self::Workspace { root, .. } => root,
            Self::Alone { folder } => folder,
        }
    }

    /// Tells the workspace, if there is one, that a folder among its plugins is no crate. Cargo takes each for one, and
    /// builds nothing any more if it is none.
    pub(super) fn exclude(&self, plugin: &PluginName) -> Result<(), NewError> {
        let Self::Workspace { root, .. } = self else { return Ok(()) };
        let manifest = root.join("Cargo.toml");
        let excluded = format!("{PLUGINS}/{plugin}");
        let write = || {
            let text = with_excluded(&fs::read_to_string(&manifest)?, &excluded)?;
            let mut file = NamedTempFile::new_in(root)?;
            file.write_all(text.as_bytes())?;
            fs::set_permissions(file.path(), fs::metadata(&manifest)?.permissions())?;
            file.persist(&manifest)?;
            anyhow::Ok(())
        };
        write().map_err(|error| NewError::NotExcluded { name: plugin.clone(), manifest, why: format!("{error:#}") })
    }
}

/// The manifest of a workspace, with a folder more that is no crate.
fn with_excluded(manifest: &str, folder: &str) -> anyhow::Result<String> {
    let mut manifest: DocumentMut = manifest.parse()?;
    let workspace =
        manifest.get_mut("workspace").and_then(Item::as_table_mut).context("it has no table [workspace]")?;
    let excluded = workspace.entry("exclude").or_insert_with(|| value(Array::new()));
    let excluded = excluded.as_array_mut().context("its `exclude` is no list")?;
    if !excluded.iter().any(|known| known.as_str() == Some(folder)) {
        excluded.push(folder);
    }
    Ok(manifest.to_string())
}

/// Whether each folder among its plugins is a member of this workspace, to which it lends the SDK.
fn is_workspace_of_plugins(folder: &Path) -> bool {
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).ok().and_then(|text| text.parse::<DocumentMut>().ok());
    let Some(workspace) = manifest.as_ref().and_then(|manifest| manifest.get("workspace")) else { return false };
    let members = workspace.get("members").and_then(Item::as_array);
    let all = format!("{PLUGINS}/*");
    members.is_some_and(|members| members.iter().any(|member| member.as_str() == Some(&all)))
        && workspace.get("dependencies").is_some_and(|dependencies| dependencies.get(SDK).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workspace_of_plugins_is_found_from_below() {
        let root = tempfile::tempdir().unwrap();
        let (root, deep) = (root.path(), root.path().join("a/b"));
        fs::create_dir_all(&deep).unwrap();
        let write = |manifest: &str| fs::write(root.join("Cargo.toml"), manifest).unwrap();
        let alone = Place::Alone { folder: deep.clone() };
        assert_eq!(Place::of(&deep), alone);
        write("[workspace]\nmembers = [\"plugins/*\"]");
        assert_eq!(Place::of(&deep), alone);
        write("[workspace]\nmembers = [\"host\"]\n[workspace.dependencies]\nworld-events-plugin-sdk = \"1\"");
        assert_eq!(Place::of(&deep), alone);
        write(
            "[workspace]\nmembers = [\"host\", \"plugins/*\"]\n[workspace.dependencies]\nworld-events-plugin-sdk = \"1\"",
        );
        let found = Place::Workspace { root: root.to_owned(), plugins: root.join("plugins") };
        assert_eq!(Place::of(&deep), found);
        write("no manifest");
        assert_eq!(Place::of(&deep), alone);
    }

    #[test]
    fn what_is_no_crate_is_excluded_and_the_rest_of_the_manifest_stays() {
        let manifest = "[workspace]\nmembers = [\"plugins/*\"]\n# Why.\nexclude = [\"a\"]\n\n[profile.dev]\n";
        let excluded = with_excluded(manifest, "plugins/b").unwrap();
        assert_eq!(excluded, manifest.replace("[\"a\"]", "[\"a\", \"plugins/b\"]"));
        assert_eq!(with_excluded(&excluded, "plugins/b").unwrap(), excluded);
        let without = with_excluded("[workspace]\nmembers = [\"plugins/*\"]\n", "plugins/b").unwrap();
        assert_eq!(without, "[workspace]\nmembers = [\"plugins/*\"]\nexclude = [\"plugins/b\"]\n");
        assert!(with_excluded("[workspace]\nexclude = 5\n", "plugins/b").is_err());
    }
}
