//! Plugins that do what they are asked by the player's attribute `ask`, and refuse with what came of it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};
use world_events::rules::{CallResult, Verdict};
use world_events::workshop::build::{BuildError, BuiltPlugin, build};
use world_events::workshop::case::Application;

use crate::language::{Tongue, block_on};
use crate::workbench::Workbench;

/// A plugin's folder outside of the repository, with the tools that were installed for the example plugin.
pub(crate) struct Project {
    pub(crate) folder: PathBuf,
}

impl Project {
    /// A plugin of this name with the rule of the probe.
    pub(crate) fn new(tongue: &Tongue, name: &str) -> Self {
        let twin = tongue.twin_folder();
        build(&twin).unwrap();
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{name}", tongue.name));
        let _ = fs::remove_dir_all(&folder);
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/languages/probes").join(tongue.probe);
        copy(&sources, &folder);
        let wit = twin.join("../../wit").canonicalize().unwrap();
        match tongue.probe {
            "typescript" => {
                let mut package: Value = serde_json::from_slice(&fs::read(twin.join("package.json")).unwrap()).unwrap();
                package["name"] = json!(name);
                package["config"] = json!({ "wit": wit, "world": "rules" });
                fs::write(folder.join("package.json"), package.to_string()).unwrap();
                for file in ["package-lock.json", "tsconfig.json"] {
                    fs::copy(twin.join(file), folder.join(file)).unwrap();
                }
                symlink(twin.join("node_modules"), folder.join("node_modules")).unwrap();
            }
            _ => {
                let manifest = format!(
                    "[project]\nname = \"{name}\"\nversion = \"1.0.0\"\n\n[tool.world-events]\nmodule = \"rule\"\nwit = {wit:?}\n"
                );
                fs::write(folder.join("pyproject.toml"), manifest).unwrap();
                fs::copy(twin.join("requirements.txt"), folder.join("requirements.txt")).unwrap();
                symlink(twin.join(".venv"), folder.join(".venv")).unwrap();
            }
        }
        Self { folder }
    }

    pub(crate) fn build(&self) -> Result<BuiltPlugin, BuildError> {
        build(&self.folder)
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() { copy(&from, &to) } else { assert!(fs::copy(from, to).is_ok()) }
    }
}

/// Asks the probe for something, at a time and with a seed.
pub(crate) fn ask(tongue: &Tongue, workbench: &Workbench, what: &str, now: u64, seed: u64) -> CallResult<Verdict> {
    static PROBES: Mutex<Vec<(&str, PathBuf)>> = Mutex::new(Vec::new());
    let mut probes = PROBES.lock().unwrap_or_else(PoisonError::into_inner);
    let known = probes.iter().find(|(name, _)| *name == tongue.name).map(|(_, folder)| folder.clone());
    let folder = known.unwrap_or_else(|| {
        let folder = Project::new(tongue, "probe").folder;
        probes.push((tongue.name, folder.clone()));
        folder
    });
    drop(probes);
    let plugin = workbench.take(&folder).plugin;
    let attributes = json!({ "ask": what });
    let input = json!({ "player": { "id": "ann", "attributes": attributes }, "now": now, "seed": seed });
    let application: Application = serde_json::from_value(input).unwrap();
    block_on(workbench.rules().check(&plugin, (&application).into()))
}

/// What the probe says to that.
pub(crate) fn told(tongue: &Tongue, workbench: &Workbench, what: &str, now: u64, seed: u64) -> String {
    match ask(tongue, workbench, what, now, seed).unwrap().answer {
        Verdict::Refuse(refusal) => refusal.message,
        Verdict::Admit(_) => panic!("it admits who asks for {what}"),
    }
}
