//! Who is paid what.

use serde_json::Value;
use story_quest::{FINISHED, Parameters, StoryQuest};
use world_events_plugin_sdk::prelude::*;
use world_events_plugin_sdk::{json, testing};

fn gold(amount: u64) -> Value {
    json!({"rewardType": "currency", "rewardId": "gold", "amount": amount})
}

/// A quest of two objectives, and what else the test sets.
fn quest(completion: Value, pool: Value) -> Value {
    json!({
        "objectives": [
            {"id": "map", "kind": "find", "prizes": [gold(10)]},
            {"id": "wolves", "kind": "slay", "prizes": [gold(20), {"rewardType": "item", "rewardId": "pelt"}]},
        ],
        "completion": completion,
        "pool": pool,
    })
}

fn payout(parameters: Value, finishers: i64, players: &[(&str, Value)]) -> Vec<Grant> {
    let rows = players.iter().map(|(player, progress)| testing::participation(*player).with_progress(progress.clone()));
    let page = testing::page(rows).with_event(testing::event().with_counter(FINISHED, finishers));
    StoryQuest::payout(&page, &testing::parameters::<StoryQuest>(parameters))
}

fn finished() -> Value {
    json!({"done": 2, "count": 0, "doneAt": 5_000, "finished": true})
}

fn amounts(grants: &[Grant]) -> Vec<(&str, u64)> {
    grants.iter().map(|grant| (grant.player.as_str(), grant.amount)).collect()
}

#[test]
fn what_was_done_is_paid_also_without_the_rest() {
    let players = [("p1", json!({"done": 1, "count": 4})), ("p2", json!({})), ("p3", json!({"count": 3}))];
    let grants = payout(quest(json!([gold(500)]), gold(1_000)), 1, &players);
    assert_eq!(grants, [Grant::currency("p1", "gold", 10).because("map")]);
}

#[test]
fn who_finished_is_paid_for_all_of_it() {
    let grants = payout(quest(json!([gold(500)]), json!(null)), 1, &[("p1", finished())]);
    assert_eq!(
        grants,
        [
            Grant::currency("p1", "gold", 530).because("map, wolves, finished the quest"),
            Grant::item("p1", "pelt", 1).because("wolves"),
        ]
    );
}

#[test]
fn the_pool_is_divided_equally_among_all_finishers_of_the_event() {
    let mut parameters = quest(json!([]), gold(1_000));
    if let Some(parameters) = parameters.as_object_mut() {
        parameters.insert("objectives".to_owned(), json!([{"id": "map", "kind": "find"}]));
    }
    let players = [("p1", finished()), ("p2", finished()), ("p3", json!({"done": 1}))];
    // The page shows two of three: a third of 1,000 is rounded down, and one piece of gold is nobody's.
    assert_eq!(amounts(&payout(parameters.clone(), 3, &players)), [("p1", 333), ("p2", 333)]);
    // Where there is less than one for each, there is nothing.
    assert_eq!(payout(parameters, 1_001, &players), []);
}

#[test]
fn progress_that_cannot_be_read_is_paid_nothing_and_keeps_nobody_else_waiting() {
    let players = [("p1", json!({"done": "all"})), ("p2", json!({"done": 1}))];
    assert_eq!(amounts(&payout(quest(json!([]), json!(null)), 0, &players)), [("p2", 10)]);
}

#[test]
fn a_quest_that_became_shorter_pays_for_what_is_in_it() {
    let grants = payout(quest(json!([]), json!(null)), 1, &[("p1", json!({"done": 7, "finished": true}))]);
    assert_eq!(amounts(&grants), [("p1", 30), ("p1", 1)]);
}

#[test]
fn by_default_experience_is_paid() {
    let page = testing::page([testing::participation("p1").with_progress(json!({"done": 3, "finished": true}))]);
    let grants = StoryQuest::payout(&page, &Parameters::default());
    assert_eq!(amounts(&grants), [("p1", 50 + 150 + 300 + 500)]);
}
