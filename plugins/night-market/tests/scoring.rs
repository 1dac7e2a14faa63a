//! What a visit is worth.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "clippy does not see that a test's helper is a test")]

use std::collections::BTreeMap;

use night_market::{NightMarket, Progress, VISITS, visits_to};
use serde_json::Value;
use world_events_plugin_sdk::prelude::*;
use world_events_plugin_sdk::{MAX_COUNTER, json, testing};

/// Two stalls, one of them with a limit, and a track that ends at 300 points.
fn market() -> Value {
    let step = |score: u64| json!({"score": score, "prizes": [{"rewardType": "xp", "amount": 10}]});
    json!({
        "stalls": {"dumplings": {"points": 10, "limit": 5}, "ring-toss": {"points": 3}},
        "track": [step(300), step(50)],
        "achievement": "been-everywhere",
    })
}

fn score(participation: &Participation, actions: &[(&str, i64)]) -> Result<Outcome, Refusal> {
    let card = testing::scorecard(participation.clone(), actions.iter().copied());
    NightMarket::score(&card, &testing::parameters::<NightMarket>(market()))
}

fn newcomer() -> Participation {
    testing::participation("p1")
}

/// The same player, after a report.
fn after(outcome: &Outcome) -> Participation {
    let achievements = Value::Array(outcome.achievements().unwrap());
    newcomer().with_score(outcome.score).with_progress(outcome.progress().unwrap()).with_achievements(achievements)
}

fn achieved(outcome: &Outcome) -> Vec<String> {
    let achievements: Vec<Value> = outcome.achievements().unwrap();
    achievements.iter().map(|achievement| achievement["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn visits_score_and_come_together() {
    let outcome = score(&newcomer(), &[("dumplings", 2), ("ring-toss", 4), ("dumplings", 1)]).unwrap();
    assert_eq!(outcome.score, 3 * 10 + 4 * 3);
    let counters = [VISITS.to_owned(), visits_to("dumplings"), visits_to("ring-toss")];
    assert_eq!(counters.map(|counter| outcome.counter(&counter)), [7, 3, 4]);
    let visits = BTreeMap::from([("dumplings".to_owned(), 3), ("ring-toss".to_owned(), 4)]);
    assert_eq!(outcome.progress::<Progress>().unwrap(), Progress { visits });
    assert!(!outcome.completed);
}

#[test]
fn only_so_many_visits_count_however_they_are_split() {
    let first = score(&newcomer(), &[("dumplings", 3), ("dumplings", 3)]).unwrap();
    assert_eq!((first.score, first.counter(VISITS)), (50, 5));
    let second = score(&after(&first), &[("dumplings", 1), ("ring-toss", 1)]).unwrap();
    assert_eq!((second.score, second.counter(VISITS), second.counter(&visits_to("dumplings"))), (53, 1, 0));
    assert_eq!(second.progress::<Progress>().unwrap().visits["dumplings"], 5);
}

#[test]
fn a_report_with_one_bad_action_is_refused_as_a_whole() {
    let refusal = score(&newcomer(), &[("dumplings", 1), ("ring-toss", -1)]).unwrap_err();
    assert_eq!(refusal, Refusal::new("NEGATIVE_AMOUNT", "ring-toss of -1: an amount cannot be negative"));
    let refusal = score(&newcomer(), &[("dumplings", 1), ("Dumplings", 1)]).unwrap_err();
    let message = "Dumplings is no stall of this market: visit dumplings, ring-toss";
    assert_eq!(refusal, Refusal::new("UNKNOWN_ACTION", message));
}

#[test]
fn who_has_been_everywhere_is_told_so_once() {
    let first = score(&newcomer(), &[("dumplings", 1), ("ring-toss", 0)]).unwrap();
    assert_eq!(achieved(&first), Vec::<String>::new());
    let second = score(&after(&first), &[("ring-toss", 1)]).unwrap();
    assert_eq!(achieved(&second), ["been-everywhere"]);
    let third = score(&after(&second), &[("dumplings", 1), ("ring-toss", 1)]).unwrap();
    assert_eq!(achieved(&third), Vec::<String>::new());
}

#[test]
fn the_last_prize_completes_the_event_wherever_it_stands() {
    assert!(!score(&newcomer().with_score(290), &[("ring-toss", 3)]).unwrap().completed);
    assert!(score(&newcomer().with_score(290), &[("dumplings", 1)]).unwrap().completed);
}

#[test]
fn a_report_without_actions_changes_nothing() {
    let first = score(&newcomer(), &[("dumplings", 2), ("ring-toss", 1)]).unwrap();
    let outcome = score(&after(&first), &[]).unwrap();
    assert_eq!(outcome, Outcome::from(&after(&first)));
}

#[test]
fn the_largest_amounts_do_no_harm() {
    // One wrong report must not fill the counter so far that nobody else has room in it.
    let parameters = json!({"stalls": {"ring-toss": {"points": 1_000_000}}});
    let card = testing::scorecard(newcomer(), [("ring-toss", MAX_COUNTER), ("ring-toss", MAX_COUNTER)]);
    let outcome = NightMarket::score(&card, &testing::parameters::<NightMarket>(parameters)).unwrap();
    assert_eq!((outcome.score, outcome.counter(VISITS)), (1_000_000_000_000, 1_000_000));
    assert_eq!(outcome.progress::<Progress>().unwrap().visits["ring-toss"], 1_000_000);
}

#[test]
fn progress_that_the_rule_did_not_write_is_refused_with_the_reason() {
    let participation = newcomer().with_progress(json!({"visits": 7}));
    assert_eq!(score(&participation, &[("dumplings", 1)]).unwrap_err().code, "MALFORMED_DATA");
}
