//! What a designer can set, and what the schema keeps out.

use ranked_tournament::{Parameters, RankedTournament};
use serde_json::{Value, json};
use world_events_plugin_sdk::testing;

/// Whether a server lets it in; if so, the rule has to be able to read it.
fn is_valid(parameters: &Value) -> bool {
    let valid = jsonschema::draft202012::is_valid(&testing::schema::<RankedTournament>(), parameters);
    if valid {
        let _ = testing::parameters::<RankedTournament>(parameters.clone());
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
        "attempts": 5,
        "minRating": -10,
        "maxRating": 2_000,
        "podium": [{"rank": 1, "prizes": [{"rewardType": "item", "rewardId": "cup"}]}],
        "brackets": [{"topPercent": 10, "prizes": [{"rewardType": "currency", "rewardId": "gold", "amount": 5}]}],
    })));
}

#[test]
fn what_makes_no_sense_is_refused() {
    let prizes = json!([{"rewardType": "xp"}]);
    for parameters in [
        json!({"attemps": 5}),
        json!({"attempts": 0}),
        json!({"attempts": 101}),
        json!({"minRating": "low"}),
        json!({"podium": [{"rank": 0, "prizes": prizes}]}),
        json!({"podium": [{"rank": 1, "prizes": []}]}),
        json!({"brackets": [{"topPercent": 0, "prizes": prizes}]}),
        json!({"brackets": [{"topPercent": 101, "prizes": prizes}]}),
        json!({"brackets": [{"topPercent": 10}]}),
    ] {
        assert!(!is_valid(&parameters), "{parameters} was let in");
    }
}
