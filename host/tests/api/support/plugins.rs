//! The example plugins, built from source once for all tests of this process.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use world_events::workshop::build;

/// The WebAssembly of an example plugin.
pub async fn wasm(plugin: &str) -> Vec<u8> {
    let plugin = plugin.to_owned();
    tokio::task::spawn_blocking(move || built(&plugin)).await.unwrap()
}

fn built(plugin: &str) -> Vec<u8> {
    static BUILT: Mutex<Option<HashMap<String, Vec<u8>>>> = Mutex::new(None);
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    let build = || {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins").join(plugin);
        std::fs::read(build::build(&folder).unwrap().wasm).unwrap()
    };
    built.get_or_insert_default().entry(plugin.to_owned()).or_insert_with(build).clone()
}
