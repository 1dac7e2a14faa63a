//! Who may join, and for which side.

#![allow(clippy::unwrap_used, reason = "clippy does not see that a test's helper is a test")]

use faction_war::{FactionWar, Parameters, Progress, members};
use serde_json::Value;
use world_events_plugin_sdk::prelude::*;
use world_events_plugin_sdk::{json, testing};

/// Somebody of these attributes at the door, when so many are in for dawn and dusk.
fn check(parameters: Value, attributes: Value, [dawn, dusk]: [i64; 2]) -> Result<Admission, Refusal> {
    let event = testing::event().with_counter(&members("dawn"), dawn).with_counter(&members("dusk"), dusk);
    let application = testing::application(testing::player("p1").with_attributes(attributes)).with_event(event);
    FactionWar::check(&application, &testing::parameters::<FactionWar>(parameters))
}

fn of(faction: &str) -> Value {
    json!({"faction": faction})
}

#[test]
fn the_door_notes_the_side_and_counts_its_members() {
    let admission = check(json!({}), of("dusk"), [0, 0]).unwrap();
    assert_eq!((admission.counter(&members("dusk")), admission.counter(&members("dawn"))), (1, 0));
    assert_eq!(admission.progress::<Progress>().unwrap(), Progress { side: "dusk".to_owned(), ..Progress::default() });
    assert_eq!(testing::parameters::<FactionWar>(json!({})), Parameters::default());
}

#[test]
fn who_comes_back_comes_back_to_the_same_side() {
    let turncoat = testing::participation(testing::player("p1").with_attributes(of("dawn")))
        .with_progress(json!({"side": "dusk"}));
    let application = testing::coming_back(turncoat);
    let admission = FactionWar::check(&application, &testing::parameters::<FactionWar>(json!({}))).unwrap();
    assert_eq!((admission.counter(&members("dusk")), admission.counter(&members("dawn"))), (1, 0));
}

#[test]
fn the_side_that_is_too_far_ahead_has_to_wait() {
    let parameters = json!({"maxLead": 3, "maxLeadPercent": 0});
    assert!(check(parameters.clone(), of("dawn"), [12, 10]).is_ok());
    assert!(check(parameters.clone(), of("dusk"), [13, 10]).is_ok());
    let refusal = check(parameters, of("dawn"), [13, 10]).unwrap_err();
    let message = "dawn has 13 members and dusk 10: come back when the sides are more even";
    assert_eq!((refusal.code.as_str(), refusal.message.as_str()), ("SIDE_AHEAD", message));
    assert_eq!(refusal.details, r#"{"enemies":10,"maxLead":3,"members":13,"side":"dawn"}"#);
}

#[test]
fn a_large_war_may_be_less_even_than_a_small_one() {
    let parameters = json!({"maxLead": 5, "maxLeadPercent": 10});
    assert!(check(parameters.clone(), of("dusk"), [0, 4]).is_ok());
    assert!(check(parameters.clone(), of("dusk"), [0, 5]).is_err());
    assert!(check(parameters.clone(), of("dusk"), [1_009, 1_108]).is_ok());
    assert!(check(parameters, of("dusk"), [1_009, 1_109]).is_err());
}

#[test]
fn an_even_war_is_open_to_both() {
    let parameters = json!({"maxLead": 1, "maxLeadPercent": 0});
    for (members, is_open) in [([7, 7], [true, true]), ([8, 7], [false, true]), ([7, 8], [true, false])] {
        let open = ["dawn", "dusk"].map(|side| check(parameters.clone(), of(side), members).is_ok());
        assert_eq!(open, is_open, "{members:?}");
    }
}

#[test]
fn a_war_plays_out_evenly_when_one_faction_is_more_popular() {
    let mut inside = [0, 0];
    for n in 0..300 {
        // Two of three want to fight for dawn.
        let side = usize::from(n % 3 == 0);
        if check(json!({"maxLead": 4, "maxLeadPercent": 0}), of(["dawn", "dusk"][side]), inside).is_ok() {
            inside[side] += 1;
        }
        assert!((inside[0] - inside[1]).abs() <= 4, "{inside:?}");
    }
    assert_eq!(inside, [104, 100]);
}

#[test]
fn who_is_of_neither_side_stays_out() {
    let sides = json!({"sides": ["red", "blue"]});
    assert!(check(sides.clone(), of("blue"), [0, 0]).is_ok());
    assert_eq!(
        check(sides.clone(), of("dusk"), [0, 0]),
        Err(Refusal::new("FACTION_NOT_AT_WAR", "dusk is not at war: the war is between red and blue"))
    );
    assert_eq!(
        check(sides.clone(), json!({}), [0, 0]),
        Err(Refusal::new("FACTION_MISSING", "the faction is not known: the war is between red and blue"))
    );
    assert_eq!(check(sides, json!({"faction": 5}), [0, 0]).unwrap_err().code, "MALFORMED_DATA");
}

#[test]
fn the_level_must_be_reached() {
    let parameters = json!({"minLevel": 10});
    assert!(check(parameters.clone(), json!({"faction": "dawn", "level": 10}), [0, 0]).is_ok());
    assert_eq!(
        check(parameters.clone(), json!({"faction": "dawn", "level": 9}), [0, 0]),
        Err(Refusal::new("LEVEL_TOO_LOW", "level 9 is too low: the war is for 10 and above"))
    );
    assert_eq!(
        check(parameters, of("dawn"), [0, 0]),
        Err(Refusal::new("LEVEL_MISSING", "the level is not known: the war is for 10 and above"))
    );
}
