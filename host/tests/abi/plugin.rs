//! A plugin that was built from a released copy of the ABI alone runs on this server.

use std::fs;
use std::path::Path;

use semver::Version;
use world_events::rules::abi::{self, Participation, RewardType};
use world_events::rules::{Assessment, LogLevel, Verdict};
use world_events::workshop::build;

use crate::fixture::{Sandbox, application, page, participation, scorecard};
use crate::released::{Release, compatible, releases, root};

/// Builds the plugin from a folder that holds its source and the released copy, and nothing else of this repository.
fn built(Release { folder, package }: &Release) -> Vec<u8> {
    let plugin = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("released-{}", package.version));
    let _ = fs::remove_dir_all(&plugin);
    for part in ["src", "wit", ".cargo"] {
        fs::create_dir_all(plugin.join(part)).unwrap();
    }
    for file in fs::read_dir(folder).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), plugin.join("wit").join(file.file_name())).unwrap();
    }
    let source = include_str!("guest/lib.rs").replace("@VERSION", &format!("@{}", package.version));
    fs::write(plugin.join("src/lib.rs"), source).unwrap();
    fs::write(plugin.join("Cargo.toml"), manifest()).unwrap();
    // The versions of this workspace, and its folder for what is compiled, so that nothing has to be fetched or done twice.
    fs::copy(root().join("Cargo.lock"), plugin.join("Cargo.lock")).unwrap();
    let linker = fs::read_to_string(root().join("plugins/.cargo/config.toml")).unwrap();
    let config = format!("{linker}\n[build]\ntarget-dir = {:?}\n", root().join("target"));
    fs::write(plugin.join(".cargo/config.toml"), config).unwrap();
    fs::read(build::build(&plugin).unwrap().wasm).unwrap()
}

/// A crate whose only dependency is what makes bindings of WIT, as in this workspace.
fn manifest() -> String {
    let workspace = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let bindgen = workspace.lines().find(|line| line.starts_with("wit-bindgen = ")).unwrap();
    let (_, profile) = workspace.split_once("[profile.guest]").unwrap();
    let profile = profile.split("\n[").next().unwrap();
    format!(
        "[package]\nname = \"released-guest\"\nversion = \"1.0.0\"\nedition = \"2024\"\n\n\
         [lib]\ncrate-type = [\"cdylib\"]\n\n[dependencies]\n{bindgen}\n\n[profile.guest]{profile}\n[workspace]\n"
    )
}

/// The releases whose plugins this server runs.
fn running() -> Vec<Release> {
    releases().into_iter().filter(|release| compatible(&release.package.version, &abi::VERSION)).collect()
}

#[test]
fn compatible_versions_are_those_that_the_linker_matches() {
    let compatible =
        |one: &str, other: &str| compatible(&Version::parse(one).unwrap(), &Version::parse(other).unwrap());
    assert!(compatible("0.1.0", "0.1.9") && compatible("0.1.9", "0.1.0") && compatible("1.0.0", "1.7.0"));
    assert!(!compatible("0.1.0", "0.2.0") && !compatible("0.1.0", "1.1.0") && !compatible("1.0.0", "2.0.0"));
}

#[tokio::test]
async fn a_plugin_from_a_released_copy_alone_keeps_running() {
    let newest = releases().pop().unwrap().package.version;
    let releases = running();
    assert!(
        !releases.is_empty() || abi::VERSION > newest,
        "this server is older than the newest release of its own ABI, {newest}"
    );
    for release in releases {
        let wasm = tokio::task::spawn_blocking(move || built(&release)).await.unwrap();
        play(&wasm).await;
    }
}

/// Makes every call there is. The plugin answers with what it was handed, so that each member is seen to arrive and to come
/// back.
async fn play(wasm: &[u8]) {
    let sandbox = Sandbox::new();
    let admitted = sandbox.rules.admit(wasm).await.unwrap();
    assert_eq!(admitted.manifest.label(), "released-guest@1.0.0");
    assert_eq!(admitted.manifest.parameters_schema.unwrap()["properties"]["level"]["type"], "integer");
    assert_eq!(admitted.capabilities.len(), 3);
    let plugin = admitted.plugin;

    let call = sandbox.rules.check(&plugin, application()).await.unwrap();
    let Verdict::Admit(admission) = call.answer else { panic!("refused") };
    assert_eq!(admission.progress["region"], "north");
    assert_eq!(admission.progress["now"], 1_700_000_100_000_u64);
    assert_eq!(admission.counters.get("joined"), Some(&1));
    assert_eq!((call.logs.lines[0].level, call.logs.lines[0].message.as_str()), (LogLevel::Warn, "ann is at the door"));

    let returning = Participation { score: 7, ..participation("ann") };
    let back = abi::Application { participation: Some(returning), ..application() };
    let Verdict::Refuse(refusal) = sandbox.rules.check(&plugin, back).await.unwrap().answer else { panic!("admitted") };
    assert_eq!((refusal.code.as_str(), refusal.message.as_str()), ("HAS_PLAYED", "ann left with 7 points"));
    assert_eq!(refusal.details["level"], 3);

    let mut card = scorecard(42);
    card.report.progress = Some(r#"{"step": 2}"#.into());
    let call = sandbox.rules.score(&plugin, card).await.unwrap();
    let Assessment::Scored(outcome) = call.answer else { panic!("refused") };
    assert_eq!((outcome.score, outcome.completed), (15, true));
    assert_eq!(outcome.progress["step"], 2);
    assert_eq!(outcome.achievements[0]["first"], "hit");
    // The first number of the seed 42.
    assert_eq!(outcome.achievements[0]["roll"], "15021278609987233951");
    assert_eq!(outcome.counters.get("damage"), Some(&-5));
    let mut nothing = scorecard(42);
    nothing.report.actions.clear();
    let Assessment::Refused(refusal) = sandbox.rules.score(&plugin, nothing).await.unwrap().answer else {
        panic!("scored");
    };
    assert_eq!(refusal.code, "NOTHING_DONE");

    let grants = sandbox.rules.payout(&plugin, page(&["ann", "bob"])).await.unwrap().answer;
    let grants: Vec<_> = grants
        .iter()
        .map(|grant| (grant.player.as_str(), grant.reward_type, grant.reward_id.as_deref(), grant.amount))
        .collect();
    let expected = [("ann", RewardType::Item, Some("cup-1"), 20), ("bob", RewardType::Item, Some("cup-2"), 10)];
    assert_eq!(grants, expected);
}
