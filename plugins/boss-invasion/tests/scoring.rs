//! What actions are worth.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "clippy does not see that a test's helper is a test")]

use boss_invasion::{BOSS_DAMAGE, BossInvasion, CONTRIBUTION, Progress};
use serde_json::Value;
use world_events_plugin_sdk::prelude::*;
use world_events_plugin_sdk::{MAX_COUNTER, json, testing};

fn score(
    parameters: Value,
    participation: Participation,
    actions: impl IntoIterator<Item = impl Into<Action>>,
) -> Result<Outcome, Refusal> {
    let parameters = testing::parameters::<BossInvasion>(parameters);
    BossInvasion::score(&testing::scorecard(participation, actions), &parameters)
}

fn newcomer() -> Participation {
    testing::participation("p1")
}

fn achieved(outcome: &Outcome) -> Vec<String> {
    let achievements: Vec<Value> = outcome.achievements().unwrap();
    achievements.iter().map(|achievement| achievement["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn hits_score_and_wear_the_boss_down() {
    let outcome = score(json!({}), newcomer(), [("hit", 120), ("hit", 80)]).unwrap();
    assert_eq!(outcome.score, 200);
    assert_eq!(outcome.counter(BOSS_DAMAGE), 200);
    assert_eq!(outcome.counter(CONTRIBUTION), 200);
    assert_eq!(outcome.progress::<Progress>().unwrap(), Progress { hits: 2, damage: 200, best_hit: 120, support: 0 });
    assert!(!outcome.completed);
}

#[test]
fn progress_goes_on_from_the_last_report() {
    let before = newcomer().with_score(200).with_progress(json!({"hits": 2, "damage": 200, "bestHit": 120}));
    let outcome = score(json!({}), before, [("hit", 90)]).unwrap();
    assert_eq!((outcome.score, outcome.counter(BOSS_DAMAGE)), (290, 90));
    assert_eq!(outcome.progress::<Progress>().unwrap(), Progress { hits: 3, damage: 290, best_hit: 120, support: 0 });
}

#[test]
fn a_hit_is_capped_before_its_element_counts() {
    let parameters = json!({"maxHit": 100, "elementPercent": {"fire": 150}});
    let outcome = score(parameters, newcomer(), [("hit", 5_000, json!({"element": "fire"}))]).unwrap();
    assert_eq!(outcome.score, 150);
}

#[test]
fn the_element_is_the_actions_or_else_the_players() {
    let parameters = json!({"elementPercent": {"fire": 150, "water": 25, "void": 0}});
    let mut mage = newcomer();
    mage.player = mage.player.with_attributes(json!({"element": "fire"}));
    let points = |attributes: Value| score(parameters.clone(), mage.clone(), [("hit", 11, attributes)]).unwrap().score;
    assert_eq!(points(json!({})), 16);
    assert_eq!(points(json!({"element": "water"})), 2);
    assert_eq!(points(json!({"element": "void"})), 0);
    assert_eq!(points(json!({"element": "air"})), 11);
}

#[test]
fn a_hit_without_damage_is_no_hit() {
    let outcome = score(json!({}), newcomer(), [("hit", 0)]).unwrap();
    assert_eq!(outcome.progress::<Progress>().unwrap(), Progress::default());
    assert_eq!(achieved(&outcome), Vec::<String>::new());
}

#[test]
fn support_is_worth_its_share_and_does_no_damage() {
    let parameters = json!({"supportPercent": 30, "maxSupport": 1_000});
    let outcome = score(parameters, newcomer(), [("heal", 5_000), ("support", 99)]).unwrap();
    assert_eq!(outcome.score, 329);
    assert_eq!((outcome.counter(BOSS_DAMAGE), outcome.counter(CONTRIBUTION)), (0, 329));
    assert_eq!(outcome.progress::<Progress>().unwrap().support, 1_099);
}

#[test]
fn a_report_with_one_bad_action_is_refused_as_a_whole() {
    let refusal = score(json!({}), newcomer(), [("hit", 120), ("hit", -1)]).unwrap_err();
    assert_eq!(refusal, Refusal::new("NEGATIVE_AMOUNT", "hit of -1: an amount cannot be negative"));
    let refusal = score(json!({}), newcomer(), [("hit", 120), ("dance", 1)]).unwrap_err();
    assert_eq!(refusal, Refusal::new("UNKNOWN_ACTION", "dance is no action of the invasion: use hit, heal or support"));
}

#[test]
fn achievements_come_once() {
    let parameters = json!({"milestones": [{"id": "scratch", "damage": 100}, {"id": "wound", "damage": 300}]});
    let first = score(parameters.clone(), newcomer(), [("hit", 150)]).unwrap();
    assert_eq!(achieved(&first), ["first-blood", "scratch"]);
    let next = newcomer().with_score(150).with_progress(first.progress().unwrap());
    let second = score(parameters, next, [("hit", 150)]).unwrap();
    assert_eq!(achieved(&second), ["wound"]);
}

#[test]
fn a_score_can_complete_the_event() {
    let parameters = json!({"completionScore": 200});
    assert!(!score(parameters.clone(), newcomer(), [("hit", 199)]).unwrap().completed);
    assert!(score(parameters, newcomer().with_score(100), [("hit", 100)]).unwrap().completed);
}

#[test]
fn a_report_without_actions_changes_nothing() {
    let before = newcomer().with_score(5).with_progress(json!({"hits": 1, "damage": 5, "bestHit": 5, "support": 0}));
    let outcome = score(json!({}), before.clone(), Vec::<Action>::new()).unwrap();
    assert_eq!((outcome.score, outcome.completed), (5, false));
    assert_eq!(outcome.progress::<Progress>().unwrap(), before.progress::<Progress>().unwrap());
    assert_eq!((outcome.counter(BOSS_DAMAGE), outcome.counter(CONTRIBUTION)), (0, 0));
    assert_eq!(achieved(&outcome), Vec::<String>::new());
}

#[test]
fn the_largest_amounts_do_no_harm() {
    let parameters = json!({"maxHit": 1_000_000_000, "elementPercent": {"fire": 1_000}});
    let actions = vec![("hit", MAX_COUNTER, json!({"element": "fire"})); 100];
    assert_eq!(score(parameters, newcomer(), actions).unwrap().score, 1_000_000_000_000);
}

#[test]
fn progress_that_the_rule_did_not_write_is_refused_with_the_reason() {
    let refusal = score(json!({}), newcomer().with_progress(json!({"hits": "many"})), [("hit", 1)]).unwrap_err();
    assert_eq!(refusal.code, "MALFORMED_DATA");
    assert!(refusal.message.starts_with("the player's progress is malformed"), "{}", refusal.message);
}
