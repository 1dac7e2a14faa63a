//! What a designer can set, and what the schema keeps out.

use faction_war::{FactionWar, Parameters};
use serde_json::{Value, json};
use world_events_plugin_sdk::testing;

/// Whether a server lets it in; if so, the rule has to be able to read it.
fn is_valid(parameters: &Value) -> bool {
    let valid = jsonschema::draft202012::is_valid(&testing::schema::<FactionWar>(), parameters);
    if valid {
        let _ = testing::parameters::<FactionWar>(parameters.clone());
    }
    valid
}

#[test]
fn the_defaults_and_nothing_at_all_are_valid() {
    assert!(is_valid(&json!({})));
    assert!(is_valid(&serde_json::to_value(Parameters::default()).unwrap()));
    assert!(is_valid(&json!({"pool": null})));
}

#[test]
fn all_can_be_set() {
    assert!(is_valid(&json!({
        "sides": ["red", "blue"],
        "minLevel": 10,
        "maxLead": 20,
        "maxLeadPercent": 0,
        "deeds": {"capture-flag": {"worth": 50, "max": 1}},
        "maxScorePerHour": 1_000,
        "medals": [{"id": "bronze-star", "score": 100}],
        "minScore": 50,
        "victory": [{"rewardType": "item", "rewardId": "laurel"}],
        "consolation": [],
        "pool": {"rewardType": "currency", "rewardId": "gold", "amount": 10_000},
        "maxSharePercent": 5,
    })));
}

#[test]
fn what_makes_no_sense_is_refused() {
    for parameters in [
        json!({"side": ["red", "blue"]}),
        json!({"sides": ["red"]}),
        json!({"sides": ["red", "blue", "green"]}),
        json!({"sides": ["red", "red"]}),
        json!({"sides": ["red", ""]}),
        json!({"sides": ["red", "b".repeat(81)]}),
        json!({"minLevel": -1}),
        json!({"maxLead": 0}),
        json!({"maxLeadPercent": -10}),
        json!({"deeds": {}}),
        json!({"deeds": {"": {"worth": 1, "max": 1}}}),
        json!({"deeds": {"kill": {"worth": 0, "max": 1}}}),
        json!({"deeds": {"kill": {"worth": 1, "max": 0}}}),
        json!({"deeds": {"kill": {"worth": 1}}}),
        json!({"maxScorePerHour": 0}),
        json!({"medals": [{"id": "", "score": 1}]}),
        json!({"minScore": 0}),
        json!({"victory": [{"rewardType": "gold"}]}),
        json!({"pool": {"rewardType": "achievement", "rewardId": "victor"}}),
        json!({"maxSharePercent": 101}),
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
