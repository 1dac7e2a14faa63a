//! Who may join.

use boss_invasion::{BossInvasion, Parameters};
use world_events_plugin_sdk::prelude::*;
use world_events_plugin_sdk::{json, testing};

fn check(parameters: serde_json::Value, attributes: serde_json::Value) -> Result<Admission, Refusal> {
    let player = testing::player("p1").with_attributes(attributes);
    BossInvasion::check(&testing::application(player), &testing::parameters::<BossInvasion>(parameters))
}

#[track_caller]
fn assert_refused(verdict: Result<Admission, Refusal>, code: &str, message: &str) {
    assert_eq!(verdict, Err(Refusal::new(code, message)));
}

#[test]
fn by_default_everybody_joins() {
    assert_eq!(check(json!({}), json!({})), Ok(Admission::default()));
    assert_eq!(testing::parameters::<BossInvasion>(json!({})), Parameters::default());
}

#[test]
fn the_level_must_be_reached() {
    let parameters = json!({"minLevel": 10});
    assert_eq!(check(parameters.clone(), json!({"level": 10})), Ok(Admission::default()));
    assert_refused(
        check(parameters.clone(), json!({"level": 9})),
        "LEVEL_TOO_LOW",
        "level 9 is too low: the invasion is for 10 and above",
    );
    assert_refused(
        check(parameters, json!({"guild": "owls"})),
        "LEVEL_MISSING",
        "the level is not known: the invasion is for 10 and above",
    );
}

#[test]
fn a_level_that_is_no_level_is_refused_with_the_reason() {
    for level in [json!("ten"), json!(-1), json!(10.5)] {
        let Err(refusal) = check(json!({"minLevel": 10}), json!({"level": level})) else {
            panic!("{level} was let in");
        };
        assert_eq!(refusal.code, "MALFORMED_DATA");
        assert!(refusal.message.starts_with("the player's attribute `level` is malformed"), "{}", refusal.message);
    }
}

#[test]
fn the_faction_must_be_allowed() {
    let parameters = json!({"factions": ["dawn", "dusk"]});
    assert_eq!(check(parameters.clone(), json!({"faction": "dusk"})), Ok(Admission::default()));
    assert_refused(
        check(parameters.clone(), json!({"faction": "noon"})),
        "FACTION_NOT_ALLOWED",
        "noon does not take part: the invasion is for dawn, dusk",
    );
    assert_refused(
        check(parameters, json!({"faction": null})),
        "FACTION_MISSING",
        "the faction is not known: the invasion is for dawn, dusk",
    );
}

#[test]
fn both_conditions_hold_together() {
    let parameters = json!({"minLevel": 10, "factions": ["dawn"]});
    assert_eq!(check(parameters.clone(), json!({"level": 12, "faction": "dawn"})), Ok(Admission::default()));
    assert_ne!(check(parameters.clone(), json!({"level": 12, "faction": "dusk"})), Ok(Admission::default()));
    assert_ne!(check(parameters, json!({"level": 2, "faction": "dawn"})), Ok(Admission::default()));
}
