//! What attempts are worth.

use ranked_tournament::{Progress, RankedTournament};
use serde_json::Value;
use world_events_plugin_sdk::prelude::*;
use world_events_plugin_sdk::{MAX_COUNTER, MAX_SCORE, json, testing};

fn score(parameters: Value, participation: Participation, actions: &[(&str, i64)]) -> Result<Outcome, Refusal> {
    let parameters = testing::parameters::<RankedTournament>(parameters);
    RankedTournament::score(&testing::scorecard(participation, actions.iter().copied()), &parameters)
}

fn newcomer() -> Participation {
    testing::participation("p1")
}

#[test]
fn the_best_attempt_counts() {
    let first = score(json!({}), newcomer(), &[("attempt", 70)]).unwrap();
    assert_eq!((first.score, first.completed), (70, false));
    let before = newcomer().with_score(70).with_progress(first.progress().unwrap());
    let second = score(json!({}), before, &[("attempt", 40)]).unwrap();
    assert_eq!((second.score, second.completed), (70, false));
    assert_eq!(second.progress::<Progress>().unwrap(), Progress { results: vec![70, 40], attempts_left: 1 });
}

#[test]
fn the_last_attempt_completes() {
    let outcome = score(json!({"attempts": 2}), newcomer(), &[("attempt", 5), ("attempt", 9)]).unwrap();
    assert_eq!((outcome.score, outcome.completed), (9, true));
    assert_eq!(outcome.progress::<Progress>().unwrap().attempts_left, 0);
}

#[test]
fn an_attempt_too_many_is_refused_with_the_whole_report() {
    let before = newcomer().with_score(5).with_progress(json!({"results": [5], "attemptsLeft": 1}));
    let actions = [("attempt", 9), ("attempt", 99)];
    let refusal = score(json!({"attempts": 2}), before, &actions).unwrap_err();
    assert_eq!(refusal, Refusal::new("NO_ATTEMPTS_LEFT", "there are 2 attempts in all"));
}

#[test]
fn fewer_attempts_than_were_made_leave_none() {
    let before = newcomer().with_score(8).with_progress(json!({"results": [5, 8, 7]}));
    assert_eq!(score(json!({"attempts": 2}), before.clone(), &[("attempt", 9)]).unwrap_err().code, "NO_ATTEMPTS_LEFT");
    let unchanged = score(json!({"attempts": 2}), before, &[]).unwrap();
    assert_eq!((unchanged.score, unchanged.completed), (8, true));
}

#[test]
fn an_attempt_may_come_to_nothing() {
    let outcome = score(json!({}), newcomer(), &[("attempt", 0)]).unwrap();
    assert_eq!(outcome.score, 0);
    assert_eq!(outcome.progress::<Progress>().unwrap(), Progress { results: vec![0], attempts_left: 2 });
}

#[test]
fn other_actions_and_negative_results_are_refused() {
    let refusal = score(json!({}), newcomer(), &[("attempt", 5), ("cheer", 1)]).unwrap_err();
    assert_eq!(refusal, Refusal::new("UNKNOWN_ACTION", "cheer is no action of the tournament: use attempt"));
    let refusal = score(json!({}), newcomer(), &[("attempt", -5)]).unwrap_err();
    assert_eq!(refusal, Refusal::new("NEGATIVE_RESULT", "a result of -5: a result cannot be negative"));
}

#[test]
fn the_largest_result_is_a_score() {
    assert_eq!(score(json!({}), newcomer(), &[("attempt", MAX_COUNTER)]).unwrap().score, MAX_SCORE);
}

#[test]
fn no_actions_are_no_attempt() {
    let outcome = score(json!({}), newcomer(), &[]).unwrap();
    assert_eq!((outcome.score, outcome.completed), (0, false));
    assert_eq!(outcome.progress::<Progress>().unwrap(), Progress { results: vec![], attempts_left: 3 });
}
