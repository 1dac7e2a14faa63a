//! Finds a plugin's folder by its path or its name.

use std::path::{Component, Path, PathBuf};

use strum::IntoEnumIterator as _;

use super::project::Language;

/// The folder that a workspace has its plugins in.
pub(super) const PLUGINS: &str = "plugins";

/// There is no such plugin.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum LocateError {
    /// The folder that was given is none of a plugin.
    #[error(
        "{} is no plugin's folder: it has no {}; name a plugin, or run this in its folder",
        folder.display(), manifests()
    )]
    NoPlugin {
        /// The folder.
        folder: PathBuf,
    },
    /// Neither a folder nor a plugin of a workspace has the name.
    #[error(
        "there is no plugin {name}: neither a folder {name} in {}, nor {PLUGINS}/{name} there or above, has a {}",
        from.display(), manifests()
    )]
    Unknown {
        /// What was looked for.
        name: String,
        /// Where the search began.
        from: PathBuf,
    },
}

/// Finds the folder of a plugin. A path is taken from the folder `from`; a plain name is that of a folder there, else of
/// one in a folder `plugins` there or above.
///
/// # Errors
/// There is no such folder with the manifest of a plugin in any [`Language`].
pub fn locate(plugin: &Path, from: &Path) -> Result<PathBuf, LocateError> {
    let is_plugin = |folder: &PathBuf| Language::of(folder).is_some();
    // Collecting the components drops a lone `.`, which would stay in every path that is shown.
    let here: PathBuf = from.join(plugin).components().collect();
    if is_plugin(&here) {
        return Ok(here);
    }
    let mut components = plugin.components();
    let (Some(Component::Normal(name)), None) = (components.next(), components.next()) else {
        return Err(LocateError::NoPlugin { folder: here });
    };
    let unknown = || LocateError::Unknown { name: name.display().to_string(), from: from.to_owned() };
    from.ancestors().map(|folder| folder.join(PLUGINS).join(name)).find(is_plugin).ok_or_else(unknown)
}

/// What one of makes a folder a plugin's.
fn manifests() -> String {
    let [names @ .., last] = &Language::iter().map(Language::manifest).collect::<Vec<_>>()[..] else {
        return String::new();
    };
    format!("{} or {last}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn plugins_are_found_by_path_and_by_name() {
        let root = tempfile::tempdir().unwrap();
        let (hydra, deep) = (root.path().join("plugins/hydra"), root.path().join("a/b"));
        for folder in [&hydra, &deep] {
            fs::create_dir_all(folder).unwrap();
        }
        fs::write(hydra.join("Cargo.toml"), "").unwrap();
        let find = |plugin: &str, from: &Path| locate(Path::new(plugin), from);

        assert_eq!(find(".", &hydra), Ok(hydra.clone()));
        assert_eq!(find("hydra", &root.path().join("plugins")), Ok(hydra.clone()));
        assert_eq!(find("hydra", root.path()), Ok(hydra.clone()));
        assert_eq!(find("hydra", &deep), Ok(hydra.clone()));
        assert_eq!(find("plugins/hydra", root.path()), Ok(hydra.clone()));
        assert_eq!(find(hydra.to_str().unwrap(), &deep), Ok(hydra));

        assert_eq!(find(".", &deep), Err(LocateError::NoPlugin { folder: deep.clone() }));
        assert!(matches!(find("plugins/hydra", &deep), Err(LocateError::NoPlugin { .. })));
        let error = find("kraken", &deep).unwrap_err().to_string();
        assert!(error.starts_with("there is no plugin kraken: neither a folder kraken in /"), "{error}");
        assert!(error.ends_with("has a Cargo.toml, package.json or pyproject.toml"), "{error}");
    }
}
