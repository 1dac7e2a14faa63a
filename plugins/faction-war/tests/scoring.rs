//! What deeds are worth.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "clippy does not see that a test's helper is a test")]

use faction_war::{FactionWar, Progress, points};
use serde_json::Value;
use world_events_plugin_sdk::prelude::*;
use world_events_plugin_sdk::{MAX_COUNTER, json, testing};

const HOUR: u64 = 3_600_000;

/// A report so long after the start of the event.
fn score_at(
    after: u64,
    parameters: Value,
    participation: &Participation,
    actions: &[(&str, i64)],
) -> Result<Outcome, Refusal> {
    let start = 100 * HOUR;
    let event = testing::event().with_times(start, None);
    let mut card = testing::scorecard(participation.clone(), actions.iter().copied()).with_event(event);
    card.report.at = start + after;
    FactionWar::score(&card, &testing::parameters::<FactionWar>(parameters))
}

fn score(parameters: Value, participation: &Participation, actions: &[(&str, i64)]) -> Result<Outcome, Refusal> {
    score_at(0, parameters, participation, actions)
}

fn fighter(side: &str) -> Participation {
    testing::participation("p1").with_progress(json!({"side": side}))
}

fn then(before: &Participation, outcome: &Outcome) -> Participation {
    before.clone().with_score(outcome.score).with_progress(outcome.progress().unwrap())
}

fn achieved(outcome: &Outcome) -> Vec<String> {
    let achievements: Vec<Value> = outcome.achievements().unwrap();
    achievements.iter().map(|achievement| achievement["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn deeds_score_for_the_player_and_the_side() {
    let outcome = score(json!({}), &fighter("dusk"), &[("capture", 1), ("defeat", 3), ("support", 7)]).unwrap();
    assert_eq!(outcome.score, 100 + 30 + 7);
    assert_eq!((outcome.counter(&points("dusk")), outcome.counter(&points("dawn"))), (137, 0));
    assert_eq!(
        outcome.progress::<Progress>().unwrap(),
        Progress { side: "dusk".to_owned(), hour: 0, score_this_hour: 137 }
    );
    assert!(!outcome.completed);
}

#[test]
fn who_changes_the_faction_fights_on_for_the_side_of_the_door() {
    let mut turncoat = fighter("dusk");
    turncoat.player = turncoat.player.with_attributes(json!({"faction": "dawn"}));
    let outcome = score(json!({}), &turncoat, &[("capture", 1)]).unwrap();
    assert_eq!((outcome.counter(&points("dusk")), outcome.counter(&points("dawn"))), (100, 0));
    assert_eq!(outcome.progress::<Progress>().unwrap().side, "dusk");
}

#[test]
fn one_action_has_its_limit() {
    let outcome = score(json!({}), &fighter("dawn"), &[("defeat", 500), ("capture", 2)]).unwrap();
    assert_eq!(outcome.score, 50 + 100);
}

#[test]
fn an_hour_has_its_limit_however_it_is_split() {
    let parameters = json!({"maxScorePerHour": 120});
    let first = score(parameters.clone(), &fighter("dawn"), &[("capture", 1), ("defeat", 1)]).unwrap();
    assert_eq!(first.score, 110);
    let player = then(&fighter("dawn"), &first);
    let second = score_at(HOUR - 1, parameters.clone(), &player, &[("capture", 1)]).unwrap();
    assert_eq!((second.score, second.counter(&points("dawn"))), (120, 10));
    let player = then(&player, &second);
    let third = score_at(HOUR, parameters.clone(), &player, &[("capture", 1)]).unwrap();
    assert_eq!((third.score, third.counter(&points("dawn"))), (220, 100));
    assert_eq!(third.progress::<Progress>().unwrap().hour, 1);
    // A clock that goes back opens no hour again.
    let player = then(&player, &third);
    assert_eq!(score_at(HOUR - 1, parameters, &player, &[("capture", 1)]).unwrap().score, 240);
}

#[test]
fn a_limit_that_was_lowered_takes_nothing_back() {
    let player = fighter("dawn").with_score(500).with_progress(json!({"side": "dawn", "scoreThisHour": 500}));
    let outcome = score(json!({"maxScorePerHour": 100}), &player, &[("capture", 1)]).unwrap();
    assert_eq!((outcome.score, outcome.counter(&points("dawn"))), (500, 0));
}

#[test]
fn medals_come_once() {
    let parameters = json!({"medals": [{"id": "star", "score": 100}, {"id": "cross", "score": 150}]});
    let first = score(parameters.clone(), &fighter("dawn"), &[("capture", 1)]).unwrap();
    let second = score(parameters, &then(&fighter("dawn"), &first), &[("defeat", 5)]).unwrap();
    assert_eq!((achieved(&first), achieved(&second)), (vec!["star".to_owned()], vec!["cross".to_owned()]));
}

#[test]
fn a_report_with_one_bad_action_is_refused_as_a_whole() {
    let refusal = score(json!({}), &fighter("dawn"), &[("capture", 1), ("defeat", -3)]).unwrap_err();
    assert_eq!(refusal, Refusal::new("NEGATIVE_AMOUNT", "defeat of -3: an amount cannot be negative"));
    let refusal = score(json!({}), &fighter("dawn"), &[("capture", 1), ("dance", 1)]).unwrap_err();
    let message = "dance is no deed of the war: use capture, defeat, support";
    assert_eq!(refusal, Refusal::new("UNKNOWN_ACTION", message));
}

#[test]
fn who_has_no_side_scores_for_none() {
    for participation in [testing::participation("p1"), fighter("noon")] {
        let refusal = score(json!({}), &participation, &[("capture", 1)]).unwrap_err();
        assert_eq!(refusal.code, "SIDE_MISSING");
    }
    let malformed = testing::participation("p1").with_progress(json!({"side": ["dawn", "dusk"]}));
    assert_eq!(score(json!({}), &malformed, &[]).unwrap_err().code, "MALFORMED_DATA");
}

#[test]
fn a_report_without_actions_changes_nothing() {
    let player = fighter("dawn").with_score(5).with_progress(json!({"side": "dawn", "hour": 0, "scoreThisHour": 5}));
    let outcome = score(json!({}), &player, &[]).unwrap();
    assert_eq!((outcome.score, outcome.counter(&points("dawn"))), (5, 0));
    assert_eq!(outcome.progress::<Progress>().unwrap(), player.progress::<Progress>().unwrap());
    assert_eq!(achieved(&outcome), Vec::<String>::new());
}

#[test]
fn the_largest_amounts_do_no_harm() {
    let parameters = json!({
        "deeds": {"storm": {"worth": 1_000_000, "max": 1_000_000}},
        "maxScorePerHour": 9_007_199_254_740_991_u64,
    });
    let actions = [("storm", MAX_COUNTER); 100];
    assert_eq!(score(parameters, &fighter("dawn"), &actions).unwrap().score, 100_000_000_000_000);
}
