//! Plugins that do what they are asked by the player's attribute `ask`, and refuse with what came of it.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};
use world_events::rules::{CallResult, Plugin, Rules, Verdict};
use world_events::workshop::build::{BuildError, BuiltPlugin, build};
use world_events::workshop::case::Application;
use world_events::workshop::examine::LocalSandbox;

use crate::language::{Tongue, block_on};

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
                package["config"] = json!({ "wit": wit });
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
        if from.is_dir() { copy(&from, &to) } else { drop(fs::copy(from, to).unwrap()) }
    }
}

/// The probe of a language, built and taken in once for all tests.
fn probe(tongue: &Tongue) -> (Rules, Arc<Plugin>) {
    static PROBES: Mutex<Option<HashMap<&str, (LocalSandbox, Arc<Plugin>)>>> = Mutex::new(None);
    let mut probes = PROBES.lock().unwrap_or_else(PoisonError::into_inner);
    let make = || {
        let built = Project::new(tongue, "probe").build().unwrap();
        let sandbox = LocalSandbox::new().unwrap();
        let admission = block_on(sandbox.examine(&fs::read(built.wasm).unwrap())).unwrap();
        (sandbox, admission.plugin)
    };
    let (sandbox, plugin) = probes.get_or_insert_default().entry(tongue.name).or_insert_with(make);
    (sandbox.rules().clone(), Arc::clone(plugin))
}

/// Asks the probe for something, at a time and with a seed.
pub(crate) fn ask(tongue: &Tongue, what: &str, now: u64, seed: u64) -> CallResult<Verdict> {
    let (rules, plugin) = probe(tongue);
    let application: Application =
        serde_json::from_value(json!({ "player": { "id": "ann", "attributes": { "ask": what } }, "now": now, "seed": seed }))
            .unwrap();
    block_on(rules.check(&plugin, (&application).into()))
}

/// What the probe says to that.
pub(crate) fn told(tongue: &Tongue, what: &str, now: u64, seed: u64) -> String {
    match ask(tongue, what, now, seed).unwrap().answer {
        Verdict::Refuse(refusal) => refusal.message,
        Verdict::Admit(_) => panic!("it admits who asks for {what}"),
    }
}
