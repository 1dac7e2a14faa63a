//! The example plugins answer as the one in Rust does.

use std::path::Path;

use world_events::rules::Admission;
use world_events::workshop::build::build;
use world_events::workshop::examine::LocalSandbox;
use world_events::workshop::trial::{self, Finding, Trial};

use crate::language::{Tongue, block_on, plugin};

const ORIGINAL: &str = "boss-invasion";

async fn examine(sandbox: &LocalSandbox, folder: &Path) -> Admission {
    let built = build(folder).unwrap();
    sandbox.examine(&std::fs::read(built.wasm).unwrap()).await.unwrap()
}

async fn tried(sandbox: &LocalSandbox, folder: &Path) -> Vec<Trial> {
    let admission = examine(sandbox, folder).await;
    trial::run(sandbox, &admission, folder).await.unwrap()
}

pub(crate) fn the_twin_passes_the_cases_of_the_original(tongue: &Tongue) {
    let sandbox = LocalSandbox::new().unwrap();
    let names = |trials: &[Trial]| {
        let name = |trial: &Trial| {
            let run = trial.result.as_ref().unwrap();
            assert!(matches!(run.finding, Finding::Passed), "{}: {:?}", run.case, run.finding);
            run.case.clone()
        };
        trials.iter().map(name).collect::<Vec<_>>()
    };
    let original = names(&block_on(tried(&sandbox, &plugin(ORIGINAL))));
    assert!(original.len() >= 6, "{original:?}");
    assert_eq!(names(&block_on(tried(&sandbox, &tongue.twin_folder()))), original);
}

pub(crate) fn the_twin_has_the_parameters_of_the_original(tongue: &Tongue) {
    let sandbox = LocalSandbox::new().unwrap();
    let original = block_on(examine(&sandbox, &plugin(ORIGINAL)));
    let twin = block_on(examine(&sandbox, &tongue.twin_folder()));
    assert_eq!(twin.manifest.parameters_schema, original.manifest.parameters_schema);
    assert_eq!(twin.capabilities, original.capabilities);
    assert_eq!(twin.manifest.name.to_string(), tongue.twin);
}
