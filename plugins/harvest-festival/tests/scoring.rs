//! The rule of the festival, called directly.

#![allow(clippy::unwrap_used, reason = "clippy does not see that a test's helper is a test")]

use harvest_festival::HarvestFestival;
use world_events_plugin_sdk::prelude::*;
use world_events_plugin_sdk::{MAX_SCORE, json, testing};

fn score(participation: Participation, actions: &[(&str, i64)]) -> Outcome {
    let card = testing::scorecard(participation, actions.iter().copied());
    HarvestFestival::score(&card, &NoParameters {}).unwrap()
}

#[test]
fn harvests_add_up() {
    assert_eq!(score(testing::participation("p1").with_score(10), &[("harvest", 5), ("harvest", 7)]).score, 22);
}

#[test]
fn one_harvest_is_worth_0_to_100() {
    assert_eq!(score(testing::participation("p1"), &[("harvest", 100)]).score, 100);
    assert_eq!(score(testing::participation("p1"), &[("harvest", 101)]).score, 100);
    assert_eq!(score(testing::participation("p1").with_score(3), &[("harvest", -50)]).score, 3);
}

#[test]
fn other_actions_change_nothing() {
    let participation = testing::participation("p1").with_score(3).with_progress(json!({"note": "kept"}));
    let outcome = score(participation.clone(), &[("dance", 50), ("Harvest", 50)]);
    assert_eq!(outcome, Outcome::from(&participation));
}

#[test]
fn the_score_ends_at_its_limit() {
    assert_eq!(score(testing::participation("p1").with_score(MAX_SCORE - 1), &[("harvest", 9)]).score, MAX_SCORE);
}
