//! What the export macro makes of a crate, seen in the example plugins as they are built for the server.

#![allow(clippy::unwrap_used, clippy::panic, reason = "clippy does not see that a test's helper is a test")]

use std::path::{Path, PathBuf};
use std::process::Command;

use wasmparser::{Parser, Payload};
use wit_component::{ComponentEncoder, DecodedWasm};

/// Builds a plugin of this repository as its readme says, and reads the module.
fn build(plugin: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins").join(plugin);
    // Not the target directory of the tests: the cargo that runs them may hold its lock.
    let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("plugins");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--locked", "--profile", "guest", "--target", "wasm32-unknown-unknown", "--target-dir"]);
    cargo.arg(&target).current_dir(folder);
    // What is meant for the tests must not change how plugins are built.
    for variable in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "RUSTC_WRAPPER", "CARGO_TARGET_DIR"] {
        cargo.env_remove(variable);
    }
    let output = cargo.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let module = format!("{}.wasm", plugin.replace('-', "_"));
    std::fs::read(target.join("wasm32-unknown-unknown/guest").join(module)).unwrap()
}

/// The interfaces that the plugin imports and exports as a component, in alphabetical order.
fn interfaces(module: &[u8]) -> (Vec<String>, Vec<String>) {
    let component = ComponentEncoder::default().validate(true).module(module).unwrap().encode().unwrap();
    let DecodedWasm::Component(resolve, world) = wit_component::decode(&component).unwrap() else {
        panic!("not a component");
    };
    let world = resolve.worlds.get(world).unwrap();
    let imports = world.imports.keys().map(|key| resolve.name_world_key(key));
    let exports = world.exports.keys().map(|key| resolve.name_world_key(key));
    (sorted(imports), sorted(exports))
}

fn sorted(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

fn named(interfaces: &[&str]) -> Vec<String> {
    interfaces.iter().map(|interface| format!("world-events:rules/{interface}@0.1.0")).collect()
}

/// Pages of 64 KiB that an instance begins with.
fn initial_pages(module: &[u8]) -> u64 {
    let memories = Parser::new(0).parse_all(module).find_map(|payload| match payload.unwrap() {
        Payload::MemorySection(memories) => Some(memories),
        _ => None,
    });
    memories.unwrap().into_iter().map(|memory| memory.unwrap().initial).sum()
}

#[test]
fn a_plugin_exports_the_capabilities_that_it_names() {
    for (plugin, capabilities) in
        [("harvest-festival", &["manifest", "scoring"][..]), ("night-market", &["manifest", "rewards", "scoring"])]
    {
        let module = build(plugin);
        let (imports, exports) = interfaces(&module);
        assert_eq!(exports, named(capabilities), "{plugin}");
        // `types` has no functions; it is imported for the names of its types.
        assert_eq!(imports, named(&["host", "types"]), "{plugin}");
    }
}

#[test]
fn a_plugin_exports_all_capabilities_if_it_names_them() {
    for plugin in ["boss-invasion", "faction-war", "ranked-tournament", "relief-drive", "story-quest"] {
        let module = build(plugin);
        let (imports, exports) = interfaces(&module);
        assert_eq!(exports, named(&["eligibility", "manifest", "rewards", "scoring"]), "{plugin}");
        assert_eq!(imports, named(&["host", "types"]), "{plugin}");
    }
}

#[test]
fn a_plugin_is_small_and_starts_small() {
    let module = build("harvest-festival");
    assert!(module.len() < 64 * 1024, "the smallest plugin has {} bytes", module.len());
    // One page of stack, one of data: the linker's default stack alone would be 16.
    assert!(initial_pages(&module) <= 2, "starts with {} pages", initial_pages(&module));
}
