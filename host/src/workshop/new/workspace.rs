//! What this repository's workspace gives to its plugins, for one that has a workspace of its own.

use toml_edit::{DocumentMut, Item, Table};

use super::{Content, NewError, NewFile};

const MANIFEST: &str = include_str!("../../../../Cargo.toml");

/// The manifest of this repository's workspace.
pub(super) struct Workspace(DocumentMut);

impl Workspace {
    pub(super) fn read() -> Result<Self, NewError> {
        Ok(Self(MANIFEST.parse()?))
    }

    fn get(&self, path: &[&str]) -> Result<&Item, NewError> {
        let found = path.iter().try_fold(self.0.as_item(), |item, name| item.get(name));
        found.ok_or_else(|| NewError::Broken(format!("the workspace has no {}", path.join("."))))
    }

    /// The edition of Rust that plugins are written in.
    pub(super) fn edition(&self) -> Result<&str, NewError> {
        Ok(self.get(&["workspace", "package", "edition"])?.as_str().unwrap_or_default())
    }

    /// The version and the features of a crate, as a manifest has them.
    pub(super) fn dependency(&self, name: &str) -> Result<String, NewError> {
        Ok(self.get(&["workspace", "dependencies", name])?.to_string().trim().to_owned())
    }

    /// The profile that plugins are built with, as a manifest has it.
    pub(super) fn guest_profile(&self) -> Result<String, NewError> {
        let mut profiles = Table::new();
        profiles.set_implicit(true);
        profiles.insert("guest", self.get(&["profile", "guest"])?.clone());
        let mut manifest = DocumentMut::new();
        manifest.insert("profile", Item::Table(profiles));
        Ok(manifest.to_string().trim_start().to_owned())
    }

    /// Writes out what a member's manifest inherits from the workspace.
    pub(super) fn resolve(&self, member: &mut DocumentMut) -> Result<(), NewError> {
        for table in ["package", "dependencies"] {
            let Some(items) = member.get_mut(table).and_then(Item::as_table_mut) else { continue };
            for (name, item) in items.iter_mut() {
                if item.get("workspace").is_some() {
                    *item = self.get(&["workspace", table, name.get()])?.clone();
                }
            }
        }
        Ok(())
    }
}

/// The files that Cargo, rustup and git read in a plugin's folder.
pub(super) fn files() -> Vec<NewFile> {
    [
        (".cargo/config.toml", include_str!("../../../../plugins/.cargo/config.toml")),
        (".gitignore", "/target\n"),
        ("rust-toolchain.toml", include_str!("../../../../rust-toolchain.toml")),
        ("rustfmt.toml", include_str!("../../../../rustfmt.toml")),
    ]
    .map(|(path, text)| (path.into(), Content::Text(text.to_owned())))
    .into()
}
