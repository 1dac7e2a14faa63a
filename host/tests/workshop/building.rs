//! `world-events plugin build`

use crate::fixture::{OwnPlugin, assert_has, root, run, world_events};

#[test]
fn a_plugin_is_built_in_its_folder() {
    let folder = root().join("plugins/harvest-festival");
    let built = run(world_events().args(["plugin", "build"]).current_dir(folder)).success();
    assert_has(&built, &["harvest-festival 1.0.0\n", "decides  scoring\n", "harvest_festival.wasm\n"]);

    let line = |label: &str| built.lines().find_map(|line| line.trim().strip_prefix(label)).unwrap().trim().to_owned();
    let bytes = std::fs::read(line("wasm")).unwrap();
    assert!(bytes.starts_with(b"\0asm"));
    let size: String = line("size").chars().take_while(|&c| c != ' ').filter(char::is_ascii_digit).collect();
    assert_eq!(size, bytes.len().to_string());
    assert_eq!(line("digest"), world_events::rules::PluginDigest::of(&bytes).to_string());
}

#[test]
fn several_are_built_by_name_and_by_path() {
    let mut command = world_events();
    command.args(["plugin", "build", "boss-invasion", "../plugins/ranked-tournament"]).current_dir(root().join("host"));
    let built = run(&mut command).success();
    assert_has(&built, &["boss-invasion 1.0.0", "eligibility, scoring, rewards", "ranked-tournament 1.0.0"]);
}

#[test]
fn what_is_no_plugin_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let build =
        |arg: &[&str]| run(world_events().args(["plugin", "build"]).args(arg).current_dir(folder.path())).failure().1;
    assert_has(
        &build(&[]),
        &["is no plugin's folder: it has no Cargo.toml, package.json or pyproject.toml", "name a plugin"],
    );
    assert_has(&build(&["kraken"]), &["there is no plugin kraken", "plugins/kraken"]);
    assert_has(&build(&["./kraken"]), &["is no plugin's folder"]);
}

#[test]
fn the_compilers_complaints_are_shown() {
    let plugin = OwnPlugin::new("wrong", "pub fn wrong() -> u8 { \"no number\" }", "");
    let (_, complaints) = run(&mut plugin.command("build")).failure();
    assert_has(&complaints, &["wrong does not build", "mismatched types", "src/lib.rs:1"]);
}

#[test]
fn what_no_server_would_take_is_told() {
    let plugin = OwnPlugin::new("empty", "", "");
    let (_, refused) = run(&mut plugin.command("build")).failure();
    assert_has(&refused, &["no server would take", "empty.wasm", "PLUGIN_"]);
}

#[test]
fn missing_tools_are_named_with_what_brings_them() {
    let folder = tempfile::tempdir().unwrap();
    let write = |file: &str, text: &str| std::fs::write(folder.path().join(file), text).unwrap();
    let build = || {
        let mut command = world_events();
        command.args(["plugin", "build"]).current_dir(folder.path()).env("PATH", "/nonexistent");
        run(&mut command).failure().1
    };
    std::fs::create_dir(folder.path().join("wit")).unwrap();
    write("pyproject.toml", "[project]\nname = \"snake\"\n");
    assert_has(&build(), &["does not say which module the rule is", "[tool.world-events]"]);
    write("pyproject.toml", "[project]\nname = \"snake\"\n[tool.world-events]\nmodule = \"rule\"\n");
    assert_has(&build(), &["it has no requirements.txt", "componentize-py"]);
    write("requirements.txt", "componentize-py==0.25.1\n");
    assert_has(&build(), &["cannot run python3", "install Python 3.10 or newer, with venv and pip"]);

    // Whatever else lies there, a package of npm is built by npm.
    write("package.json", r#"{ "name": "Snake" }"#);
    assert_has(&build(), &["package.json", "must have 1 to 64 characters of a-z, 0-9 and '-'"]);
    write("package.json", r#"{ "name": "snake", "config": { "wit": "abi" } }"#);
    assert_has(&build(), &["there is no folder", "abi", "which should hold the ABI"]);
    write("package.json", r#"{ "name": "snake" }"#);
    assert_has(&build(), &["it has no package-lock.json; make one with: npm install"]);
    write("package-lock.json", "{}");
    assert_has(&build(), &["cannot run npm", "install Node.js 20 or newer, with npm"]);
}
