//! What a designer can set, and what the schema keeps out.

use night_market::{NightMarket, Parameters};
use serde_json::{Value, json};
use world_events_plugin_sdk::testing;

/// Whether a server lets it in; if so, the rule has to be able to read it.
fn is_valid(parameters: &Value) -> bool {
    let valid = jsonschema::draft202012::is_valid(&testing::schema::<NightMarket>(), parameters);
    if valid {
        let _ = testing::parameters::<NightMarket>(parameters.clone());
    }
    valid
}

#[test]
fn the_defaults_and_nothing_at_all_are_valid() {
    assert!(is_valid(&json!({})));
    assert!(is_valid(&serde_json::to_value(Parameters::default()).unwrap()));
    assert!(is_valid(&json!({"crowd": null})));
}

#[test]
fn the_default_track_can_be_walked_to_its_end() {
    let Parameters { stalls, track, .. } = Parameters::default();
    let most: u64 = stalls.values().map(|stall| u64::from(stall.points) * u64::from(stall.limit)).sum();
    assert!(track.iter().all(|step| step.score <= most), "{most} points are not enough");
}

#[test]
fn all_can_be_set() {
    assert!(is_valid(&json!({
        "stalls": {"dumplings": {"points": 10, "limit": 6}, "ring-toss": {"points": 5}},
        "track": [{"score": 50, "prizes": [{"rewardType": "item", "rewardId": "paper-lantern"}]}],
        "crowd": {"visits": 60_000, "bonusPercent": 50},
        "achievement": "been-everywhere",
    })));
}

#[test]
fn what_makes_no_sense_is_refused() {
    let prizes = json!([{"rewardType": "xp"}]);
    for parameters in [
        json!({"stall": {}}),
        json!({"stalls": {}}),
        json!({"stalls": {"": {"points": 1}}}),
        json!({"stalls": {"a".repeat(81): {"points": 1}}}),
        json!({"stalls": {"dumplings": {}}}),
        json!({"stalls": {"dumplings": {"points": 0}}}),
        json!({"stalls": {"dumplings": {"points": 1_000_001}}}),
        json!({"stalls": {"dumplings": {"points": 1, "limit": 0}}}),
        json!({"stalls": {"dumplings": {"points": 1, "limit": 1_000_001}}}),
        json!({"stalls": {"dumplings": {"points": 1, "limits": 1}}}),
        json!({"track": []}),
        json!({"track": [{"score": 0, "prizes": prizes}]}),
        json!({"track": [{"score": 1, "prizes": []}]}),
        json!({"track": [{"score": 1, "prizes": [{"rewardType": "gold"}]}]}),
        json!({"crowd": {"visits": 0, "bonusPercent": 10}}),
        json!({"crowd": {"visits": 10, "bonusPercent": 0}}),
        json!({"crowd": {"visits": 10, "bonusPercent": 1_001}}),
        json!({"crowd": {"visits": 10}}),
        json!({"achievement": ""}),
    ] {
        assert!(!is_valid(&parameters), "{parameters} was let in");
    }
}

#[test]
fn the_example_of_the_readme_is_valid() {
    let readme = include_str!("../README.md");
    let example = readme.split("```").find_map(|part| part.strip_prefix("json\n")).unwrap();
    let template: Value = serde_json::from_str(example).unwrap();
    let parameters = template.pointer("/rules/parameters").unwrap();
    assert!(is_valid(parameters), "{parameters}");
}
