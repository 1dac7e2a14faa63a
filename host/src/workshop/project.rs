//! What the files in a plugin's folder say about it: its language, and where what it needs lies.

use std::fs;
use std::path::{Path, PathBuf};

use figment::providers::{Format as _, Toml};
use serde::Deserialize;
use strum::{EnumIter, IntoEnumIterator as _};

use crate::model::text::PluginName;

/// What a plugin is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter)]
pub enum Language {
    /// A Cargo package.
    Rust,
    /// An npm package.
    TypeScript,
    /// A Python project.
    Python,
}

impl Language {
    /// The file that makes a folder one of this language.
    #[must_use]
    pub const fn manifest(self) -> &'static str {
        match self {
            Self::Rust => "Cargo.toml",
            Self::TypeScript => "package.json",
            Self::Python => "pyproject.toml",
        }
    }

    /// The language of the plugin in a folder, if there is one. A folder with several manifests, such as a crate with tools
    /// from npm, is of the first.
    #[must_use]
    pub fn of(folder: &Path) -> Option<Self> {
        Self::iter().find(|language| folder.join(language.manifest()).is_file())
    }
}

/// The manifest of a plugin cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{} {why}", file.display())]
pub struct BadManifest {
    file: PathBuf,
    why: String,
}

/// What the manifest of a plugin in TypeScript or Python says.
#[derive(Debug)]
pub(super) struct Project {
    /// The plugin's name.
    pub(super) name: PluginName,
    /// The folder of the ABI that it is built against.
    pub(super) wit: PathBuf,
    /// The Python module that holds the rule.
    pub(super) module: Option<String>,
    /// The world that it is built for.
    pub(super) world: String,
    /// The folder of its cases.
    cases: PathBuf,
}

/// The members for this program, as `config` in `package.json` or `[tool.world-events]` in `pyproject.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Members {
    wit: Option<PathBuf>,
    world: Option<String>,
    cases: Option<PathBuf>,
    module: Option<String>,
}

#[derive(Deserialize)]
struct Package {
    name: PluginName,
    #[serde(default)]
    config: Members,
}

#[derive(Deserialize)]
struct PyProject {
    project: Named,
    #[serde(default)]
    tool: Tool,
}

#[derive(Deserialize)]
struct Named {
    name: PluginName,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct Tool {
    world_events: Members,
}

/// The folder that a plugin has its cases in, unless its manifest names another.
pub const CASES: &str = "cases";
/// The folder of the ABI, unless the manifest names another.
const WIT: &str = "wit";
/// The world with everything that a rule may decide.
const WORLD: &str = "rules";

impl Project {
    /// Reads the manifest of a plugin that is not a crate.
    pub(super) fn read(folder: &Path, language: Language) -> Result<Self, BadManifest> {
        let file = folder.join(language.manifest());
        let bad = |why: String| BadManifest { file: file.clone(), why };
        let text = fs::read_to_string(&file).map_err(|error| bad(format!("cannot be read: {error}")))?;
        let (name, members) = if language == Language::Python {
            let manifest: PyProject = Toml::from_str(&text).map_err(|error| bad(format!("is wrong: {error}")))?;
            (manifest.project.name, manifest.tool.world_events)
        } else {
            let manifest: Package = serde_json::from_str(&text).map_err(|error| bad(format!("is wrong: {error}")))?;
            (manifest.name, manifest.config)
        };
        let Members { wit, world, cases, module } = members;
        Ok(Self {
            name,
            wit: tidy(folder, &wit.unwrap_or_else(|| WIT.into())),
            module,
            world: world.unwrap_or_else(|| WORLD.to_owned()),
            cases: tidy(folder, &cases.unwrap_or_else(|| CASES.into())),
        })
    }
}

/// A path from a folder, without the way there and back.
fn tidy(folder: &Path, path: &Path) -> PathBuf {
    let joined = folder.join(path);
    joined.canonicalize().unwrap_or(joined)
}

/// The folder of the cases of a plugin: `cases` beside it, or the one that the manifest names, so that plugins which do the
/// same can be tried with the same cases.
///
/// # Errors
/// The manifest cannot be read.
pub fn cases(folder: &Path) -> Result<PathBuf, BadManifest> {
    match Language::of(folder) {
        None | Some(Language::Rust) => Ok(folder.join(CASES)),
        Some(language) => Ok(Project::read(folder, language)?.cases),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_says_where_things_are() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("plugin");
        fs::create_dir_all(&folder).unwrap();
        let write = |file: &str, text: &str| fs::write(folder.join(file), text).unwrap();
        assert_eq!(Language::of(&folder), None);

        write("pyproject.toml", "[project]\nname = \"a\"\n[tool.world-events]\nmodule = \"rule\"\nworld = \"mine\"\n");
        assert_eq!(Language::of(&folder), Some(Language::Python));
        let python = Project::read(&folder, Language::Python).unwrap();
        assert_eq!((python.name.as_str(), python.module.as_deref(), &*python.world), ("a", Some("rule"), "mine"));
        assert_eq!(cases(&folder).unwrap(), folder.join("cases"));

        write(
            "package.json",
            r#"{ "name": "b", "version": "1.0.0", "config": { "wit": "../wit", "cases": "../twin" } }"#,
        );
        assert_eq!(Language::of(&folder), Some(Language::TypeScript));
        let npm = Project::read(&folder, Language::TypeScript).unwrap();
        assert_eq!((npm.name.as_str(), &*npm.world), ("b", "rules"));
        fs::create_dir_all(root.path().join("twin")).unwrap();
        assert_eq!(cases(&folder).unwrap(), root.path().join("twin").canonicalize().unwrap());

        write("Cargo.toml", "");
        assert_eq!(Language::of(&folder), Some(Language::Rust));
        assert_eq!(cases(&folder).unwrap(), folder.join("cases"));
    }

    #[test]
    fn what_is_wrong_with_a_manifest_is_told() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("package.json"), r#"{ "name": "../b" }"#).unwrap();
        let bad = cases(folder.path()).unwrap_err().to_string();
        assert!(bad.contains("package.json is wrong: must have 1 to 64 characters"), "{bad}");
    }
}
