//! What a designer can set, and what the schema keeps out.

use serde_json::{Value, json};
use story_quest::{Parameters, StoryQuest};
use world_events_plugin_sdk::testing;

/// Whether a server lets it in; if so, the rule has to be able to read it.
fn is_valid(parameters: &Value) -> bool {
    let valid = jsonschema::draft202012::is_valid(&testing::schema::<StoryQuest>(), parameters);
    if valid {
        let _ = testing::parameters::<StoryQuest>(parameters.clone());
    }
    valid
}

#[test]
fn the_defaults_and_nothing_at_all_are_valid() {
    assert!(is_valid(&json!({})));
    assert!(is_valid(&serde_json::to_value(Parameters::default()).unwrap()));
    assert!(is_valid(&json!({"pool": null, "speedBonus": null})));
}

#[test]
fn all_can_be_set() {
    assert!(is_valid(&json!({
        "minLevel": 10,
        "requires": ["the-call"],
        "objectives": [
            {"id": "map", "kind": "find"},
            {
                "id": "wolves", "kind": "slay", "target": "wolf", "count": 5, "score": 100, "minSeconds": 60,
                "achievement": "hunter", "prizes": [{"rewardType": "item", "rewardId": "pelt"}],
            },
        ],
        "strictOrder": false,
        "speedBonus": {"score": 1_000, "withinMinutes": 90},
        "achievement": "hero",
        "completion": [],
        "pool": {"rewardType": "currency", "rewardId": "gold", "amount": 10_000},
    })));
}

#[test]
fn what_makes_no_sense_is_refused() {
    for parameters in [
        json!({"objective": []}),
        json!({"minLevel": -1}),
        json!({"requires": [""]}),
        json!({"objectives": []}),
        json!({"objectives": [{"id": "map"}]}),
        json!({"objectives": [{"id": "", "kind": "find"}]}),
        json!({"objectives": [{"id": "a".repeat(81), "kind": "find"}]}),
        json!({"objectives": [{"id": "map", "kind": ""}]}),
        json!({"objectives": [{"id": "map", "kind": "find", "target": ""}]}),
        json!({"objectives": [{"id": "map", "kind": "find", "count": 0}]}),
        json!({"objectives": [{"id": "map", "kind": "find", "score": -5}]}),
        json!({"objectives": [{"id": "map", "kind": "find", "minSeconds": 0.5}]}),
        json!({"objectives": [{"id": "map", "kind": "find", "reward": 7}]}),
        json!({"strictOrder": "yes"}),
        json!({"speedBonus": {"score": 10}}),
        json!({"speedBonus": {"score": 10, "withinMinutes": 0}}),
        json!({"achievement": ""}),
        json!({"pool": {"rewardType": "achievement", "rewardId": "hero"}}),
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
