//! What a designer can set, and what the schema keeps out.

use relief_drive::{Parameters, ReliefDrive};
use serde_json::{Value, json};
use world_events_plugin_sdk::testing;

/// Whether a server lets it in; if so, the rule has to be able to read it.
fn is_valid(parameters: &Value) -> bool {
    let valid = jsonschema::draft202012::is_valid(&testing::schema::<ReliefDrive>(), parameters);
    if valid {
        let _ = testing::parameters::<ReliefDrive>(parameters.clone());
    }
    valid
}

#[test]
fn the_defaults_and_nothing_at_all_are_valid() {
    assert!(is_valid(&json!({})));
    assert!(is_valid(&serde_json::to_value(Parameters::default()).unwrap()));
    assert!(is_valid(&json!({"pool": null, "completionScore": null})));
}

#[test]
fn all_can_be_set() {
    assert!(is_valid(&json!({
        "minLevel": 10,
        "target": 5_000,
        "aid": {"sandbags": {"worth": 2, "needed": 1_000, "maxPerHour": 50}, "rescue": {"worth": 25, "maxPerHour": 5}},
        "surplusPercent": 0,
        "firstResponseMinutes": 0,
        "milestones": [{"id": "helping-hand", "score": 1}],
        "completionScore": 1_000,
        "minScore": 10,
        "stages": [{"name": "dry feet", "percent": 150, "prizes": [{"rewardType": "item", "rewardId": "boots"}]}],
        "pool": {"rewardType": "currency", "rewardId": "gold", "amount": 10_000},
        "maxSharePercent": 5,
    })));
}

#[test]
fn what_makes_no_sense_is_refused() {
    let prizes = json!([{"rewardType": "xp"}]);
    for parameters in [
        json!({"targets": 10}),
        json!({"minLevel": -1}),
        json!({"target": 0}),
        json!({"aid": {}}),
        json!({"aid": {"": {"worth": 1, "maxPerHour": 1}}}),
        json!({"aid": {"a".repeat(81): {"worth": 1, "maxPerHour": 1}}}),
        json!({"aid": {"food": {"worth": 0, "maxPerHour": 1}}}),
        json!({"aid": {"food": {"worth": 1, "maxPerHour": 0}}}),
        json!({"aid": {"food": {"worth": 1}}}),
        json!({"aid": {"food": {"worth": 1, "maxPerHour": 1, "needed": 0}}}),
        json!({"surplusPercent": 101}),
        json!({"milestones": [{"id": "", "score": 1}]}),
        json!({"completionScore": 0}),
        json!({"minScore": 0}),
        json!({"stages": [{"name": "shelter", "percent": 0, "prizes": prizes}]}),
        json!({"stages": [{"name": "shelter", "percent": 50, "prizes": []}]}),
        json!({"pool": {"rewardType": "gold"}}),
        json!({"pool": {"rewardType": "achievement", "rewardId": "saviour"}}),
        json!({"maxSharePercent": 0}),
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
