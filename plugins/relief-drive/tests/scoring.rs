//! What aid is worth.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "clippy does not see that a test's helper is a test")]

use std::collections::BTreeMap;

use relief_drive::{Progress, RELIEF, ReliefDrive, given};
use serde_json::Value;
use world_events_plugin_sdk::prelude::*;
use world_events_plugin_sdk::{MAX_COUNTER, json, testing};

const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;

/// When the event of these tests starts.
const START: u64 = 1_000 * HOUR;

/// A report at a time after the start of the event.
struct Given {
    event: Event,
    participation: Participation,
    after: u64,
}

impl Given {
    fn score(&self, parameters: Value, actions: &[(&str, i64)]) -> Result<Outcome, Refusal> {
        let event = self.event.clone().with_times(START, None);
        let mut card = testing::scorecard(self.participation.clone(), actions.iter().copied()).with_event(event);
        card.report.at = START + self.after;
        ReliefDrive::score(&card, &testing::parameters::<ReliefDrive>(parameters))
    }

    /// The same player, later.
    fn then(&self, outcome: &Outcome, after: u64) -> Self {
        let participation =
            self.participation.clone().with_score(outcome.score).with_progress(outcome.progress().unwrap());
        Self { event: self.event.clone(), participation, after }
    }
}

/// Somebody who has just joined, when it is too late to be a first responder.
fn newcomer() -> Given {
    Given { event: testing::event(), participation: testing::participation("p1"), after: 45 * MINUTE }
}

fn aid() -> Value {
    json!({
        "aid": {
            "food": {"worth": 2, "needed": 1_000, "maxPerHour": 100},
            "rescue": {"worth": 25, "maxPerHour": 4},
        },
        "surplusPercent": 25,
        "milestones": [],
    })
}

fn achieved(outcome: &Outcome) -> Vec<String> {
    let achievements: Vec<Value> = outcome.achievements().unwrap();
    achievements.iter().map(|achievement| achievement["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn aid_scores_and_comes_together() {
    let outcome = newcomer().score(aid(), &[("food", 30), ("rescue", 2), ("food", 5)]).unwrap();
    assert_eq!(outcome.score, 35 * 2 + 2 * 25);
    assert_eq!(outcome.counter(RELIEF), 120);
    assert_eq!((outcome.counter(&given("food")), outcome.counter(&given("rescue"))), (35, 2));
    let amounts = BTreeMap::from([("food".to_owned(), 35), ("rescue".to_owned(), 2)]);
    assert_eq!(
        outcome.progress::<Progress>().unwrap(),
        Progress { given: amounts.clone(), hour: 0, given_this_hour: amounts }
    );
    assert!(!outcome.completed);
}

#[test]
fn only_so_much_counts_in_an_hour_however_it_is_split() {
    let first = newcomer().score(aid(), &[("food", 60), ("food", 60)]).unwrap();
    assert_eq!((first.score, first.counter(&given("food"))), (200, 100));
    let same_hour = newcomer().then(&first, 59 * MINUTE);
    let second = same_hour.score(aid(), &[("food", 1), ("rescue", 1)]).unwrap();
    assert_eq!((second.score, second.counter(&given("food"))), (225, 0));
    let next_hour = same_hour.then(&second, 61 * MINUTE).score(aid(), &[("food", 1_000)]).unwrap();
    assert_eq!(next_hour.score, 425);
    let progress: Progress = next_hour.progress().unwrap();
    assert_eq!((progress.hour, progress.given["food"], progress.given_this_hour["food"]), (1, 200, 100));
}

#[test]
fn a_clock_that_goes_back_opens_no_hour_again() {
    let late = Given { after: 2 * HOUR, ..newcomer() };
    let first = late.score(aid(), &[("food", 100)]).unwrap();
    let again = late.then(&first, HOUR).score(aid(), &[("food", 100)]).unwrap();
    assert_eq!((again.score, again.counter(RELIEF)), (200, 0));
}

#[test]
fn what_nobody_needs_any_more_is_worth_less() {
    let event = testing::event().with_counter(&given("food"), 990);
    let almost = Given { event, ..newcomer() };
    // Ten at 2 points; then 21 at half a point, rounded down.
    let outcome = almost.score(aid(), &[("food", 4), ("food", 27)]).unwrap();
    assert_eq!((outcome.score, outcome.counter(RELIEF), outcome.counter(&given("food"))), (30, 30, 31));
    let mut worthless = aid();
    worthless["surplusPercent"] = json!(0);
    assert_eq!(almost.score(worthless, &[("food", 50)]).unwrap().score, 20);
}

#[test]
fn what_is_always_needed_never_becomes_surplus() {
    let event = testing::event().with_counter(&given("rescue"), MAX_COUNTER);
    assert_eq!(Given { event, ..newcomer() }.score(aid(), &[("rescue", 4)]).unwrap().score, 100);
}

#[test]
fn a_report_with_one_bad_action_is_refused_as_a_whole() {
    let refusal = newcomer().score(aid(), &[("food", 10), ("food", -1)]).unwrap_err();
    assert_eq!(refusal, Refusal::new("NEGATIVE_AMOUNT", "food of -1: an amount cannot be negative"));
    let refusal = newcomer().score(aid(), &[("food", 10), ("gold", 5)]).unwrap_err();
    assert_eq!(refusal, Refusal::new("UNKNOWN_ACTION", "gold is no aid here: what counts is food, rescue"));
}

#[test]
fn the_first_to_come_are_first_responders() {
    let early = Given { after: 29 * MINUTE, ..newcomer() };
    let nothing = early.score(aid(), &[("food", 0)]).unwrap();
    assert_eq!(achieved(&nothing), Vec::<String>::new());
    let first = early.then(&nothing, 29 * MINUTE).score(aid(), &[("food", 1)]).unwrap();
    assert_eq!(achieved(&first), ["first-responder"]);
    assert_eq!(achieved(&early.then(&first, 29 * MINUTE).score(aid(), &[("food", 1)]).unwrap()), Vec::<String>::new());
    let late = Given { after: 30 * MINUTE, ..newcomer() };
    assert_eq!(achieved(&late.score(aid(), &[("food", 1)]).unwrap()), Vec::<String>::new());
    let mut never = aid();
    never["firstResponseMinutes"] = json!(0);
    assert_eq!(achieved(&Given { after: 0, ..newcomer() }.score(never, &[("food", 1)]).unwrap()), Vec::<String>::new());
}

#[test]
fn who_gave_of_everything_is_an_all_rounder_once() {
    let first = newcomer().score(aid(), &[("food", 1)]).unwrap();
    let next = newcomer().then(&first, 50 * MINUTE);
    let second = next.score(aid(), &[("rescue", 1)]).unwrap();
    assert_eq!((achieved(&first), achieved(&second)), (vec![], vec!["all-rounder".to_owned()]));
    let third = next.then(&second, 50 * MINUTE).score(aid(), &[("food", 1), ("rescue", 1)]).unwrap();
    assert_eq!(achieved(&third), Vec::<String>::new());
    let only = json!({"aid": {"food": {"worth": 1, "maxPerHour": 9}}, "milestones": []});
    assert_eq!(achieved(&newcomer().score(only, &[("food", 1)]).unwrap()), Vec::<String>::new());
}

#[test]
fn milestones_come_once() {
    let mut parameters = aid();
    parameters["milestones"] = json!([{"id": "hand", "score": 50}, {"id": "arm", "score": 100}]);
    let first = newcomer().score(parameters.clone(), &[("food", 30)]).unwrap();
    assert_eq!(achieved(&first), ["hand"]);
    let second = newcomer().then(&first, 50 * MINUTE).score(parameters, &[("food", 30)]).unwrap();
    assert_eq!(achieved(&second), ["arm"]);
}

#[test]
fn a_score_can_complete_the_event() {
    let mut parameters = aid();
    parameters["completionScore"] = json!(100);
    assert!(!newcomer().score(parameters.clone(), &[("food", 49)]).unwrap().completed);
    assert!(newcomer().score(parameters, &[("food", 50)]).unwrap().completed);
}

#[test]
fn a_report_without_actions_changes_nothing() {
    let first = newcomer().score(aid(), &[("food", 30), ("rescue", 1)]).unwrap();
    let same = newcomer().then(&first, 50 * MINUTE);
    let outcome = same.score(aid(), &[]).unwrap();
    assert_eq!((outcome.score, outcome.counter(RELIEF), outcome.counter(&given("food"))), (85, 0, 0));
    assert_eq!(outcome.progress::<Progress>().unwrap(), first.progress::<Progress>().unwrap());
    assert_eq!(achieved(&outcome), Vec::<String>::new());
}

#[test]
fn the_largest_amounts_do_no_harm() {
    let parameters = json!({
        "aid": {"gold": {"worth": 1_000_000, "needed": 1, "maxPerHour": 1_000_000_000}},
        "surplusPercent": 100,
    });
    let outcome = newcomer().score(parameters, &[("gold", MAX_COUNTER), ("gold", MAX_COUNTER)]).unwrap();
    assert_eq!((outcome.score, outcome.counter(RELIEF)), (1_000_000_000_000_000, 1_000_000_000_000_000));
}

#[test]
fn progress_that_the_rule_did_not_write_is_refused_with_the_reason() {
    let participation = testing::participation("p1").with_progress(json!({"given": 7}));
    let refusal = Given { participation, ..newcomer() }.score(aid(), &[("food", 1)]).unwrap_err();
    assert_eq!(refusal.code, "MALFORMED_DATA");
}
