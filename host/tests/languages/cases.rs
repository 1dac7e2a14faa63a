//! The example plugins answer as the one in Rust does.

use std::path::Path;

use world_events::rules::Admission;
use world_events::workshop::case::comparable;
use world_events::workshop::trial::{Finding, Run};

use crate::language::{ORIGINAL, Tongue, plugin};
use crate::workbench::Workbench;

/// The names of a plugin's cases, all of which it passes.
pub(crate) fn passed(workbench: &Workbench, folder: &Path) -> Vec<String> {
    let trials = workbench.try_cases(folder);
    let name = |run: Run| {
        assert!(matches!(run.finding, Finding::Passed), "{}: {:?}", run.case, run.finding);
        run.case
    };
    trials.into_iter().map(|trial| name(trial.result.unwrap())).collect()
}

pub(crate) fn the_twin_passes_the_cases_of_the_original(tongue: &Tongue, workbench: &Workbench) {
    let original = passed(workbench, &plugin(ORIGINAL));
    assert!(original.len() >= 6, "{original:?}");
    assert_eq!(passed(workbench, &tongue.twin_folder()), original);
}

pub(crate) fn the_twin_has_the_parameters_of_the_original(tongue: &Tongue, workbench: &Workbench) {
    let (original, twin) = (workbench.take(&plugin(ORIGINAL)), workbench.take(&tongue.twin_folder()));
    // In which 1 and 1.0 are the same number.
    let schema = |admission: &Admission| comparable(&admission.manifest.parameters_schema);
    assert_eq!(schema(&twin), schema(&original));
    assert_eq!(twin.capabilities, original.capabilities);
    assert_eq!(twin.manifest.name, tongue.twin);
}
