//! What counts, and for which objective.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "clippy does not see that a test's helper is a test")]

use serde_json::Value;
use story_quest::{FINISHED, Progress, StoryQuest, done};
use world_events_plugin_sdk::prelude::*;
use world_events_plugin_sdk::{MAX_COUNTER, json, testing};

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;

/// When the players of these tests joined.
const JOINED: u64 = 100 * MINUTE;

fn quest() -> Value {
    json!({
        "objectives": [
            {"id": "map", "kind": "find", "score": 10},
            {"id": "wolves", "kind": "slay", "target": "wolf", "count": 5, "score": 50, "achievement": "hunter"},
            {"id": "door", "kind": "open", "target": "door", "score": 20},
            {"id": "den", "kind": "slay", "target": "wolf", "count": 2, "score": 30, "achievement": "hunter"},
        ],
        "achievement": "hero",
    })
}

/// A report so long after joining.
fn score_at(
    after: u64,
    parameters: Value,
    participation: &Participation,
    actions: impl IntoIterator<Item = (&'static str, i64, Value)>,
) -> Result<Outcome, Refusal> {
    let participation = Participation { joined_at: JOINED, ..participation.clone() };
    let mut card = testing::scorecard(participation, actions);
    card.report.at = JOINED + after;
    StoryQuest::score(&card, &testing::parameters::<StoryQuest>(parameters))
}

fn score(
    parameters: Value,
    participation: &Participation,
    actions: impl IntoIterator<Item = (&'static str, i64, Value)>,
) -> Result<Outcome, Refusal> {
    score_at(MINUTE, parameters, participation, actions)
}

fn newcomer() -> Participation {
    testing::participation("p1")
}

/// The same player after a report.
fn then(before: &Participation, outcome: &Outcome) -> Participation {
    let known: Vec<Value> = before.achievements().unwrap();
    let all: Vec<Value> = known.into_iter().chain(outcome.achievements::<Value>().unwrap()).collect();
    let progress = outcome.progress().unwrap();
    before.clone().with_score(outcome.score).with_progress(progress).with_achievements(json!(all))
}

fn find() -> (&'static str, i64, Value) {
    ("find", 1, json!({}))
}

fn wolves(count: i64) -> (&'static str, i64, Value) {
    ("slay", count, json!({"target": "wolf"}))
}

fn open() -> (&'static str, i64, Value) {
    ("open", 1, json!({"target": "door"}))
}

fn progress(outcome: &Outcome) -> (usize, u64) {
    let progress: Progress = outcome.progress().unwrap();
    (progress.done, progress.count)
}

fn achieved(outcome: &Outcome) -> Vec<String> {
    let achievements: Vec<Value> = outcome.achievements().unwrap();
    achievements.iter().map(|achievement| achievement["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn objectives_are_done_one_after_the_other() {
    let first = score(quest(), &newcomer(), [find()]).unwrap();
    assert_eq!((first.score, progress(&first), first.counter(&done("map"))), (10, (1, 0), 1));
    let player = then(&newcomer(), &first);
    let second = score(quest(), &player, [wolves(3)]).unwrap();
    assert_eq!((second.score, progress(&second), second.counter(&done("wolves"))), (10, (1, 3), 0));
    let player = then(&player, &second);
    let third = score(quest(), &player, [wolves(1), wolves(1)]).unwrap();
    assert_eq!((third.score, progress(&third), third.counter(&done("wolves"))), (60, (2, 0), 1));
    assert_eq!(achieved(&third), ["hunter"]);
    assert!(!third.completed);
}

#[test]
fn the_last_objective_completes_the_quest() {
    let outcome = score(quest(), &newcomer(), [find(), wolves(5), open(), wolves(2)]).unwrap();
    assert_eq!((outcome.score, outcome.completed), (110, true));
    assert_eq!(outcome.counter(FINISHED), 1);
    assert_eq!(["map", "wolves", "door", "den"].map(|id| outcome.counter(&done(id))), [1, 1, 1, 1]);
    // Two objectives share an achievement, which is had once.
    assert_eq!(achieved(&outcome), ["hunter", "hero"]);
}

#[test]
fn what_is_done_does_not_count_twice() {
    let all = score(quest(), &newcomer(), [find(), wolves(5), open(), wolves(2)]).unwrap();
    let player = then(&newcomer(), &all);
    let again = score(quest(), &player, [find(), wolves(5), open(), wolves(2)]).unwrap();
    assert_eq!((again.score, again.completed, again.counter(FINISHED)), (110, true, 0));
    assert_eq!(["map", "wolves", "door", "den"].map(|id| again.counter(&done(id))), [0; 4]);
    assert_eq!(achieved(&again), Vec::<String>::new());
    assert_eq!(again.progress::<Progress>().unwrap(), all.progress::<Progress>().unwrap());
}

#[test]
fn what_is_too_much_is_not_carried_over() {
    let player = then(&newcomer(), &score(quest(), &newcomer(), [find()]).unwrap());
    let outcome = score(quest(), &player, [wolves(500), open()]).unwrap();
    assert_eq!((outcome.score, progress(&outcome)), (80, (3, 0)));
    // Wolves that came before the door are no wolves of the den.
    let early = score(quest(), &player, [wolves(5), wolves(2), open()]).unwrap();
    assert_eq!(progress(&early), (3, 0));
}

#[test]
fn a_shared_achievement_is_had_once_over_reports_too() {
    let first = score(quest(), &newcomer(), [find(), wolves(5), open()]).unwrap();
    let last = score(quest(), &then(&newcomer(), &first), [wolves(2)]).unwrap();
    assert_eq!((achieved(&first), achieved(&last)), (vec!["hunter".to_owned()], vec!["hero".to_owned()]));
}

#[test]
fn a_later_objective_out_of_order_refuses_the_report_or_does_not_count() {
    let refusal = score(quest(), &newcomer(), [find(), open()]).unwrap_err();
    assert_eq!(
        (refusal.code.as_str(), refusal.message.as_str()),
        ("OUT_OF_ORDER", "door comes later: the next objective is wolves")
    );
    assert_eq!(refusal.details, r#"{"next":"wolves","objective":"door"}"#);
    let mut lenient = quest();
    lenient["strictOrder"] = json!(false);
    let outcome = score(lenient, &newcomer(), [open(), find(), open()]).unwrap();
    assert_eq!((outcome.score, progress(&outcome)), (10, (1, 0)));
}

#[test]
fn another_target_does_not_count() {
    let player = then(&newcomer(), &score(quest(), &newcomer(), [find()]).unwrap());
    let outcome = score(quest(), &player, [("slay", 5, json!({"target": "sheep"})), ("slay", 5, json!({}))]).unwrap();
    assert_eq!(progress(&outcome), (1, 0));
    // Whatever is found is the map, as the objective names no target.
    let outcome = score(quest(), &newcomer(), [("find", 1, json!({"target": "sock"}))]).unwrap();
    assert_eq!(progress(&outcome), (1, 0));
}

#[test]
fn a_report_with_one_bad_action_is_refused_as_a_whole() {
    let refusal = score(quest(), &newcomer(), [find(), wolves(-5)]).unwrap_err();
    assert_eq!(refusal, Refusal::new("NEGATIVE_AMOUNT", "slay of -5: an amount cannot be negative"));
    let refusal = score(quest(), &newcomer(), [find(), ("dance", 1, json!({}))]).unwrap_err();
    assert_eq!(refusal, Refusal::new("UNKNOWN_ACTION", "no objective is about dance: use find, open, slay"));
    let refusal = score(quest(), &newcomer(), [("find", 1, json!({"target": 5}))]).unwrap_err();
    assert_eq!(refusal.code, "MALFORMED_DATA");
}

#[test]
fn nobody_is_done_sooner_than_an_objective_takes() {
    let mut slow = quest();
    slow["objectives"][0]["minSeconds"] = json!(30);
    slow["objectives"][1]["minSeconds"] = json!(90);
    let refusal = score_at(29_999, slow.clone(), &newcomer(), [find()]).unwrap_err();
    assert_eq!(refusal.message, "map takes 30 seconds at least, but only 29 have passed");
    assert_eq!(refusal.details, r#"{"minSeconds":30,"objective":"map","seconds":29}"#);
    let first = score_at(30 * SECOND, slow.clone(), &newcomer(), [find()]).unwrap();
    let player = then(&newcomer(), &first);
    // The work may be under way, but is not done; and the time is that since the objective before.
    assert_eq!(progress(&score_at(60 * SECOND, slow.clone(), &player, [wolves(4)]).unwrap()), (1, 4));
    assert_eq!(score_at(119 * SECOND, slow.clone(), &player, [wolves(5)]).unwrap_err().code, "TOO_SOON");
    assert_eq!(progress(&score_at(120 * SECOND, slow, &player, [wolves(5)]).unwrap()), (2, 0));
}

#[test]
fn being_quick_is_worth_points() {
    let mut race = quest();
    race["speedBonus"] = json!({"score": 100, "withinMinutes": 90});
    let all = || [find(), wolves(5), open(), wolves(2)];
    let points = |after| score_at(after, race.clone(), &newcomer(), all()).unwrap().score;
    assert_eq!(points(0), 110 + 100);
    assert_eq!(points(30 * MINUTE), 110 + 66);
    assert_eq!(points(90 * MINUTE), 110);
    assert_eq!(points(900 * MINUTE), 110);
    // Only for the whole quest.
    assert_eq!(score_at(0, race, &newcomer(), [find()]).unwrap().score, 10);
}

#[test]
fn a_quest_that_became_shorter_is_finished_by_the_next_report() {
    let player = then(&newcomer(), &score(quest(), &newcomer(), [find(), wolves(5)]).unwrap());
    let shorter = json!({"objectives": [{"id": "map", "kind": "find", "score": 10}]});
    let outcome = score(shorter, &player, []).unwrap();
    assert_eq!((outcome.score, outcome.completed, outcome.counter(FINISHED)), (60, true, 1));
}

#[test]
fn a_report_without_actions_changes_nothing() {
    let player = then(&newcomer(), &score(quest(), &newcomer(), [find(), wolves(3)]).unwrap());
    let outcome = score(quest(), &player, []).unwrap();
    assert_eq!((outcome.score, progress(&outcome), outcome.completed), (10, (1, 3), false));
    assert_eq!(achieved(&outcome), Vec::<String>::new());
}

#[test]
fn the_largest_amounts_do_no_harm() {
    let huge = json!({
        "objectives": [{"id": "gold", "kind": "mine", "count": 1_000_000_000, "score": 1_000_000_000}],
        "speedBonus": {"score": 1_000_000_000, "withinMinutes": 525_600},
    });
    let actions = [("mine", MAX_COUNTER, json!({})), ("mine", MAX_COUNTER, json!({}))];
    assert_eq!(score_at(0, huge, &newcomer(), actions).unwrap().score, 2_000_000_000);
}

#[test]
fn progress_that_the_rule_did_not_write_is_refused_with_the_reason() {
    let refusal = score(quest(), &newcomer().with_progress(json!({"done": -1})), [find()]).unwrap_err();
    assert_eq!(refusal.code, "MALFORMED_DATA");
}
