//! `world-events plugin inspect`

use std::fs;
use std::os::unix::fs::MetadataExt as _;

use crate::fixture::{assert_has, root, run, world_events};

#[test]
fn a_plugin_is_shown_with_all_that_there_is_to_know() {
    let shown = run(world_events().args(["plugin", "inspect", "boss-invasion"])).success();
    assert_has(&shown, &["boss-invasion 1.0.0", "decides  eligibility, scoring, rewards", "boss_invasion.wasm"]);
    assert_has(&shown, &["imports  world-events:rules/host@0.1.0: ", " code, ", " data, ", " names, "]);
    assert_has(&shown, &["memory   128 KiB at the beginning of a call, of 16 MiB"]);
    let (_, schema) = shown.split_once("parameters, as JSON Schema:\n").unwrap();
    let schema: serde_json::Value = serde_json::from_str(schema).unwrap();
    assert_eq!(schema["properties"]["minLevel"]["type"], "integer");
}

#[test]
fn a_file_is_shown_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let built = run(world_events().args(["plugin", "build", "harvest-festival"])).success();
    let wasm = built.lines().find_map(|line| line.trim().strip_prefix("wasm")).unwrap().trim();
    let file = folder.path().join("from-a-friend.wasm");
    fs::copy(root().join(wasm), &file).unwrap();
    let shown = run(world_events().args(["plugin", "inspect"]).arg(&file)).success();
    assert_has(&shown, &["harvest-festival 1.0.0", "from-a-friend.wasm", "decides  scoring\n"]);

    fs::write(&file, "no WebAssembly").unwrap();
    let (_, refused) = run(world_events().args(["plugin", "inspect"]).arg(&file)).failure();
    assert_has(&refused, &["from-a-friend.wasm", "PLUGIN_NOT_WASM"]);
}

#[test]
fn what_a_command_has_compiled_is_kept_for_the_next_one() {
    let folder = tempfile::tempdir().unwrap();
    let kept = || {
        let files = fs::read_dir(folder.path().join("world-events")).unwrap();
        files
            .map(|file| file.unwrap())
            .map(|file| (file.file_name(), file.metadata().unwrap().ino()))
            .collect::<Vec<_>>()
    };
    let mut inspect = world_events();
    inspect.args(["plugin", "inspect", "harvest-festival"]).env("XDG_CACHE_HOME", folder.path());
    run(&mut inspect).success();
    let first = kept();
    assert_eq!(first.len(), 1);
    let mut test = world_events();
    run(test.args(["plugin", "test", "harvest-festival"]).env("XDG_CACHE_HOME", folder.path())).success();
    assert_eq!(kept(), first, "it was compiled again");
    // Where nothing can be kept, it is compiled each time.
    run(inspect.env("XDG_CACHE_HOME", "/dev/null")).success();
}
