//! Where a new plugin belongs.

use std::fs;
use std::path::{Path, PathBuf};

use toml_edit::{DocumentMut, Item};

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
}
