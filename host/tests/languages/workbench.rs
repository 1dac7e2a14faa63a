//! What the tests have in common: one sandbox, and the plugins that were taken into it, as compiling one takes long.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use world_events::rules::{Admission, Rules};
use world_events::workshop::build::build;
use world_events::workshop::examine::LocalSandbox;
use world_events::workshop::trial::{self, Trial};

use crate::language::block_on;

pub(crate) struct Workbench {
    sandbox: LocalSandbox,
    taken: Mutex<HashMap<PathBuf, Arc<OnceLock<Admission>>>>,
}

impl Workbench {
    pub(crate) fn new() -> Self {
        Self { sandbox: LocalSandbox::unhurried().unwrap(), taken: Mutex::default() }
    }

    /// Builds the plugin in a folder and takes it in, once for all tests.
    pub(crate) fn take(&self, folder: &Path) -> Admission {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let admission = Arc::clone(taken.entry(folder.to_owned()).or_default());
        drop(taken);
        let take = || {
            let wasm = std::fs::read(build(folder).unwrap().wasm).unwrap();
            block_on(self.sandbox.examine(&wasm)).unwrap()
        };
        admission.get_or_init(take).clone()
    }

    /// Tries the plugin in a folder with its cases.
    pub(crate) fn try_cases(&self, folder: &Path) -> Vec<Trial> {
        block_on(trial::run(&self.sandbox, &self.take(folder), folder)).unwrap()
    }

    pub(crate) fn sandbox(&self) -> &LocalSandbox {
        &self.sandbox
    }

    pub(crate) fn rules(&self) -> &Rules {
        self.sandbox.rules()
    }
}
