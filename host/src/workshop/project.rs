//! What the files in a plugin's folder say about it: its language, and where what it needs lies.

use std::fs;
use std::path::{Path, PathBuf};

use figment::providers::{Format as _, Toml};
use serde::Deserialize;
use strum::{EnumIter, IntoEnumIterator as _};

use crate::model::text::PluginName;

/// What a plugin is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, clap::ValueEnum)]
#[value(rename_all = "lower")]
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
    /// What it is tried with.
    trials: Trials,
}

/// The members for this program, as `config` in `package.json` or `[tool.world-events]` in `pyproject.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Members {
    wit: Option<PathBuf>,
    world: Option<String>,
    cases: Option<PathBuf>,
    check: Option<PathBuf>,
    simulation: Option<PathBuf>,
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
/// What a plugin is checked with, in the same way.
pub const CHECK: &str = "check.toml";
/// What is simulated, in the same way.
pub const SIMULATION: &str = "simulation.toml";
/// Where WIT has the packages that another one uses.
const DEPENDENCIES: &str = "deps";
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
        let Members { wit, world, cases, check, simulation, module } = members;
        let file = |member: &str, named: Option<PathBuf>, usual: &str| match named {
            Some(path) if !folder.join(&path).is_file() => {
                Err(bad(format!("is wrong: its member `{member}` names {}, and there is no such file", path.display())))
            }
            named => Ok(tidy(folder, &named.unwrap_or_else(|| usual.into()))),
        };
        Ok(Self {
            name,
            wit: tidy(folder, &wit.unwrap_or_else(|| WIT.into())),
            module,
            world: world.unwrap_or_else(|| WORLD.to_owned()),
            trials: Trials {
                cases: tidy(folder, &cases.unwrap_or_else(|| CASES.into())),
                check: file("check", check, CHECK)?,
                simulation: file("simulation", simulation, SIMULATION)?,
            },
        })
    }

    /// The folders that the plugin in a folder is built from: itself, the ABI, and what is linked where WIT has the packages
    /// that the ABI of the rule uses.
    pub(super) fn sources(&self, folder: &Path) -> Vec<PathBuf> {
        let linked = fs::read_dir(self.wit.join(DEPENDENCIES)).into_iter().flatten().filter_map(Result::ok);
        let linked = linked.map(|entry| entry.path()).filter(|path| path.is_symlink() && path.is_dir());
        let mut sources = vec![folder.to_owned(), self.wit.clone()];
        sources.extend(linked.filter_map(|path| path.canonicalize().ok()));
        sources.sort();
        sources
    }
}

/// A path from a folder, without the way there and back.
fn tidy(folder: &Path, path: &Path) -> PathBuf {
    let joined = folder.join(path);
    joined.canonicalize().unwrap_or(joined)
}

/// What a plugin is tried with: what lies beside it, or what its manifest names instead, so that plugins which do the same
/// can be tried with the same.
#[derive(Debug, PartialEq, Eq)]
pub struct Trials {
    /// The folder of its cases.
    pub cases: PathBuf,
    /// What it is checked with.
    pub check: PathBuf,
    /// What is simulated.
    pub simulation: PathBuf,
}

impl Trials {
    /// What lies in the folder of a plugin.
    #[must_use]
    pub fn beside(folder: &Path) -> Self {
        let [cases, check, simulation] = [CASES, CHECK, SIMULATION].map(|name| folder.join(name));
        Self { cases, check, simulation }
    }

    /// What the plugin in a folder is tried with.
    ///
    /// # Errors
    /// The manifest cannot be read.
    pub fn of(folder: &Path) -> Result<Self, BadManifest> {
        match Language::of(folder) {
            None | Some(Language::Rust) => Ok(Self::beside(folder)),
            Some(language) => Ok(Project::read(folder, language)?.trials),
        }
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
        assert_eq!(Trials::of(&folder).unwrap(), Trials::beside(&folder));

        let twin = root.path().join("twin");
        fs::create_dir_all(&twin).unwrap();
        fs::write(twin.join("a.toml"), "").unwrap();
        write(
            "package.json",
            r#"{ "name": "b", "config": { "wit": "../wit", "cases": "../twin", "simulation": "../twin/a.toml" } }"#,
        );
        assert_eq!(Language::of(&folder), Some(Language::TypeScript));
        let npm = Project::read(&folder, Language::TypeScript).unwrap();
        assert_eq!((npm.name.as_str(), &*npm.world), ("b", "rules"));
        let Trials { cases, check, simulation } = Trials::of(&folder).unwrap();
        let twin = twin.canonicalize().unwrap();
        assert_eq!((cases, check, simulation), (twin.clone(), folder.join("check.toml"), twin.join("a.toml")));

        write("Cargo.toml", "");
        assert_eq!(Language::of(&folder), Some(Language::Rust));
        assert_eq!(Trials::of(&folder).unwrap(), Trials::beside(&folder));
    }

    #[test]
    fn what_is_linked_among_the_interfaces_is_a_source() {
        let root = tempfile::tempdir().unwrap();
        let (folder, abi) = (root.path().join("plugin"), root.path().join("abi"));
        for path in [&folder.join("wit/deps/mine"), &abi] {
            fs::create_dir_all(path).unwrap();
        }
        std::os::unix::fs::symlink("../../../abi", folder.join("wit/deps/abi")).unwrap();
        fs::write(folder.join("package.json"), r#"{ "name": "a" }"#).unwrap();
        let project = Project::read(&folder, Language::TypeScript).unwrap();
        let expected = [abi.canonicalize().unwrap(), folder.clone(), folder.join("wit").canonicalize().unwrap()];
        assert_eq!(project.sources(&folder), expected);
    }

    #[test]
    fn what_is_wrong_with_a_manifest_is_told() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("package.json"), r#"{ "name": "../b" }"#).unwrap();
        let bad = Trials::of(folder.path()).unwrap_err().to_string();
        assert!(bad.contains("package.json is wrong: must have 1 to 64 characters"), "{bad}");
        fs::write(folder.path().join("package.json"), r#"{ "name": "b", "config": { "check": "../c" } }"#).unwrap();
        let bad = Trials::of(folder.path()).unwrap_err().to_string();
        assert!(bad.contains("its member `check` names ../c, and there is no such file"), "{bad}");
    }
}
