//! What is said of a rule by `world-events plugin simulate`, `check` and `profile`.

use std::path::Path;

use world_events::workshop::check::runner::Effort;
use world_events::workshop::check::{self, Declared};
use world_events::workshop::profile::{self, Selection};
use world_events::workshop::project::{Language, Trials};
use world_events::workshop::simulate::{Plan, Population, Report, run};

use crate::language::{ORIGINAL, Tongue, block_on, plugin};
use crate::workbench::Workbench;

/// The report about an event, without what the calls took and who the plugin is.
pub(crate) fn simulated(workbench: &Workbench, folder: &Path, players: u32) -> serde_json::Value {
    let file = Trials::of(folder).unwrap().simulation;
    let population = Population::load(&file).unwrap();
    let plan = Plan { population: &population, file: &file, players, minutes: 10, seed: 7 };
    let admission = workbench.take(folder);
    let simulated = block_on(run(workbench.sandbox(), &admission, &plan)).unwrap();
    let report = Report::of(simulated, &plan, &admission, workbench.sandbox());
    assert_eq!(report.problems, Vec::<String>::new());
    let mut report: serde_json::Value = serde_json::from_str(&report.json()).unwrap();
    for other in ["plugin", "calls"] {
        assert!(report.as_object_mut().unwrap().remove(other).is_some(), "{other}");
    }
    report
}

pub(crate) fn an_event_of_the_twin_is_one_of_the_original(tongue: &Tongue, workbench: &Workbench) {
    let original = simulated(workbench, &plugin(ORIGINAL), 60);
    assert!(original["reports"]["scored"].as_u64().unwrap() > 100, "{original}");
    assert_eq!(simulated(workbench, &tongue.twin_folder(), 60), original);
}

/// What the plugin in a folder declares, if it has the properties that it should have.
pub(crate) fn checked(workbench: &Workbench, folder: &Path, cases: u32) -> Declared {
    let Trials { check: file, simulation, .. } = Trials::of(folder).unwrap();
    let declared = Declared::load(&file, &simulation).unwrap();
    assert!(!declared.actions.is_empty(), "{declared:?}");
    let effort = Effort { cases, seed: 0 };
    let admission = workbench.take(folder);
    let checked = block_on(async { check::check(workbench.sandbox(), &admission, &declared, effort) }).unwrap();
    assert_eq!(checked.failed(), 0, "{}", check::report::text(&admission.manifest.name, effort, &checked));
    assert!(checked.calls > 100, "{}", checked.calls);
    declared
}

pub(crate) fn the_twin_has_the_properties_of_a_rule(tongue: &Tongue, workbench: &Workbench) {
    assert!(!checked(workbench, &tongue.twin_folder(), 6).budget.is_empty());
}

pub(crate) fn a_profile_shows_the_interpreter(tongue: &Tongue, workbench: &Workbench) {
    let folder = tongue.twin_folder();
    let admission = workbench.take(&folder);
    let selection = Selection::Beside { folder: &folder, filter: Some("veteran") };
    let cases = profile::cases(&selection, &admission).unwrap();
    let wasm = std::fs::read(world_events::workshop::build::build(&folder).unwrap().wasm).unwrap();
    let profile = block_on(profile::run(workbench.sandbox(), &admission, &wasm, &cases, 1_000)).unwrap();
    assert!(profile.samples > 500 && profile.functions.len() > 10, "{}", profile.samples);
    let is_named = profile.functions.iter().any(|function| function.name.contains("PyEval_EvalFrame"));
    assert_eq!(is_named, tongue.language == Language::Python);
}
