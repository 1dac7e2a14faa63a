//! Who may join.

use relief_drive::{Parameters, ReliefDrive};
use serde_json::Value;
use world_events_plugin_sdk::prelude::*;
use world_events_plugin_sdk::{json, testing};

fn check(parameters: Value, attributes: Value) -> Result<Admission, Refusal> {
    let player = testing::player("p1").with_attributes(attributes);
    ReliefDrive::check(&testing::application(player), &testing::parameters::<ReliefDrive>(parameters))
}

#[test]
fn by_default_everybody_joins() {
    assert_eq!(check(json!({}), json!({})), Ok(Admission::default()));
    assert_eq!(check(json!({}), json!({"level": "unknown"})), Ok(Admission::default()));
    assert_eq!(testing::parameters::<ReliefDrive>(json!({})), Parameters::default());
}

#[test]
fn the_level_must_be_reached() {
    let parameters = json!({"minLevel": 10});
    assert_eq!(check(parameters.clone(), json!({"level": 10})), Ok(Admission::default()));
    assert_eq!(
        check(parameters.clone(), json!({"level": 9})),
        Err(Refusal::new("LEVEL_TOO_LOW", "level 9 is too low: the relief drive is for 10 and above"))
    );
    assert_eq!(
        check(parameters, json!({})),
        Err(Refusal::new("LEVEL_MISSING", "the level is not known: the relief drive is for 10 and above"))
    );
}

#[test]
fn a_level_that_is_no_level_is_refused_with_the_reason() {
    let Err(refusal) = check(json!({"minLevel": 10}), json!({"level": -1})) else {
        panic!("was let in");
    };
    assert_eq!(refusal.code, "MALFORMED_DATA");
    assert!(refusal.message.starts_with("the player's attribute `level` is malformed"), "{}", refusal.message);
}
