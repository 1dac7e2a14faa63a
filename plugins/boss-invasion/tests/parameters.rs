//! What a designer can set, and what the schema keeps out.

use boss_invasion::{BossInvasion, Parameters};
use serde_json::{Value, json};
use world_events_plugin_sdk::testing;

/// Whether a server lets it in; if so, the rule has to be able to read it.
fn is_valid(parameters: &Value) -> bool {
    let valid = jsonschema::draft202012::is_valid(&testing::schema::<BossInvasion>(), parameters);
    if valid {
        let _ = testing::parameters::<BossInvasion>(parameters.clone());
    }
    valid
}

#[test]
fn the_defaults_and_nothing_at_all_are_valid() {
    assert!(is_valid(&json!({})));
    assert!(is_valid(&serde_json::to_value(Parameters::default()).unwrap()));
}

#[test]
fn all_can_be_set() {
    assert!(is_valid(&json!({
        "minLevel": 10,
        "factions": ["dawn"],
        "maxHit": 500,
        "elementPercent": {"fire": 150, "void": 0},
        "supportPercent": 0,
        "maxSupport": 10,
        "completionScore": 1_000,
        "milestones": [{"id": "scratch", "damage": 1}],
        "participation": [],
        "tiers": [{"name": "gold", "minSharePercent": 2.5, "minScore": 10, "prizes": [{"rewardType": "xp"}]}],
        "ranks": [{"top": 10, "prizes": [{"rewardType": "item", "rewardId": "cup", "amount": 2}]}],
    })));
}

#[test]
fn what_makes_no_sense_is_refused() {
    let prizes = json!([{"rewardType": "xp"}]);
    for parameters in [
        json!({"minLvl": 10}),
        json!({"minLevel": -1}),
        json!({"factions": [""]}),
        json!({"maxHit": 0}),
        json!({"elementPercent": {"fire": -50}}),
        json!({"elementPercent": {"fire": "weak"}}),
        json!({"elementPercent": {"": 50}}),
        json!({"supportPercent": 1_001}),
        json!({"completionScore": 0}),
        json!({"milestones": [{"id": "scratch"}]}),
        json!({"tiers": [{"name": "gold", "minSharePercent": 101, "prizes": prizes}]}),
        json!({"tiers": [{"name": "gold", "prizes": []}]}),
        json!({"ranks": [{"top": 0, "prizes": prizes}]}),
        json!({"participation": [{"rewardType": "gold"}]}),
        json!({"participation": [{"rewardType": "xp", "amount": 0}]}),
        json!({"participation": [{"rewardType": "xp", "amount": 9_007_199_254_740_992_u64}]}),
    ] {
        assert!(!is_valid(&parameters), "{parameters} was let in");
    }
}
