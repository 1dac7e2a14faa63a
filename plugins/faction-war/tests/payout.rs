//! Who is paid what.

use faction_war::{FactionWar, Parameters, points};
use serde_json::Value;
use world_events_plugin_sdk::prelude::*;
use world_events_plugin_sdk::{MAX_COUNTER, json, testing};

fn gold(amount: u64) -> Value {
    json!({"rewardType": "currency", "rewardId": "gold", "amount": amount})
}

fn silver(amount: u64) -> Value {
    json!({"rewardType": "currency", "rewardId": "silver", "amount": amount})
}

fn only_the_pool(amount: u64) -> Value {
    json!({"victory": [], "consolation": [], "pool": gold(amount)})
}

/// The end of a war of so many points, and what a page of its players is paid.
fn payout(parameters: Value, [dawn, dusk]: [i64; 2], players: &[(&str, &str, u64)]) -> Vec<Grant> {
    let rows = players.iter().map(|(player, side, score)| {
        testing::participation(*player).with_score(*score).with_progress(json!({"side": side}))
    });
    let event = testing::event().with_counter(&points("dawn"), dawn).with_counter(&points("dusk"), dusk);
    let page = testing::page(rows).with_event(event);
    FactionWar::payout(&page, &testing::parameters::<FactionWar>(parameters))
}

fn amounts(grants: &[Grant]) -> Vec<(&str, u64)> {
    grants.iter().map(|grant| (grant.player.as_str(), grant.amount)).collect()
}

#[test]
fn the_winning_side_shares_the_pool_by_contribution() {
    let players = [("p1", "dusk", 900), ("p2", "dawn", 500), ("p3", "dawn", 50), ("p4", "dawn", 1)];
    // The page shows 551 points of the 1,000 that won.
    let grants = payout(only_the_pool(300), [1_000, 999], &players);
    assert_eq!(amounts(&grants), [("p2", 150), ("p3", 15)]);
    assert_eq!(grants.first().map(|grant| grant.reason.as_str()), Some("a share of the pool"));
}

#[test]
fn victory_and_consolation_are_paid_to_each() {
    let parameters = json!({"victory": [gold(50)], "consolation": [silver(5)], "pool": null});
    let players = [("p1", "dusk", 20), ("p2", "dawn", 10), ("p3", "dawn", 0)];
    assert_eq!(
        payout(parameters, [30, 20], &players),
        [
            Grant::currency("p1", "silver", 5).because("dawn won the war"),
            Grant::currency("p2", "gold", 50).because("dawn won the war"),
        ]
    );
}

#[test]
fn a_draw_consoles_both_sides_and_they_share_the_pool() {
    let parameters = json!({"victory": [gold(50)], "consolation": [silver(5)], "pool": gold(100)});
    let players = [("p1", "dusk", 40), ("p2", "dawn", 30), ("p3", "dawn", 10)];
    let grants = payout(parameters, [40, 40], &players);
    assert_eq!(amounts(&grants), [("p1", 5), ("p1", 50), ("p2", 5), ("p2", 37), ("p3", 5), ("p3", 12)]);
    assert_eq!(grants.first().map(|grant| grant.reason.as_str()), Some("the war ended in a draw"));
}

#[test]
fn no_one_is_paid_more_than_the_largest_share() {
    let mut parameters = only_the_pool(1_000);
    if let Some(parameters) = parameters.as_object_mut() {
        parameters.insert("maxSharePercent".to_owned(), json!(25));
    }
    assert_eq!(
        amounts(&payout(parameters, [10, 0], &[("p1", "dawn", 9), ("p2", "dawn", 1)])),
        [("p1", 250), ("p2", 100)]
    );
}

#[test]
fn who_fought_too_little_is_paid_nothing() {
    let parameters = json!({"minScore": 10, "victory": [], "consolation": [silver(5)], "pool": gold(100)});
    let players = [("p1", "dawn", 10), ("p2", "dawn", 9), ("p3", "dusk", 9)];
    assert_eq!(amounts(&payout(parameters, [19, 9], &players)), [("p1", 52)]);
}

#[test]
fn the_pool_is_never_overdrawn() {
    let ids: Vec<String> = (0..200).map(|n| format!("p{n}")).collect();
    let scores: Vec<u64> = (1..=200).map(|n| n * n * 7 % 1_009).collect();
    for is_draw in [false, true] {
        let side = |n: usize| if is_draw && n.is_multiple_of(2) { "dusk" } else { "dawn" };
        let players: Vec<_> =
            (0..200).zip(&ids).zip(&scores).map(|((n, id), score)| (id.as_str(), side(n), *score)).collect();
        let total = scores.iter().sum::<u64>().next_multiple_of(2);
        let total_of_one = i64::try_from(if is_draw { total / 2 } else { total }).unwrap();
        let counters = [total_of_one, if is_draw { total_of_one } else { 0 }];
        for pool in [3, 9_973, 1_000_003] {
            let paid: u64 = payout(only_the_pool(pool), counters, &players).iter().map(|grant| grant.amount).sum();
            // Each player loses less than one to rounding, and the odd point of a draw is nobody's.
            assert!(paid <= pool && pool < paid + 210, "{paid} of {pool}");
        }
    }
}

#[test]
fn who_has_no_side_is_paid_nothing_and_keeps_nobody_else_waiting() {
    let unknown = testing::participation("p1").with_score(9);
    let malformed = testing::participation("p2").with_score(8).with_progress(json!({"side": 5}));
    let known = testing::participation("p3").with_score(7).with_progress(json!({"side": "dawn"}));
    let event = testing::event().with_counter(&points("dawn"), 7);
    let page = testing::page([unknown, malformed, known]).with_event(event);
    let grants = FactionWar::payout(&page, &testing::parameters::<FactionWar>(only_the_pool(10)));
    assert_eq!(amounts(&grants), [("p3", 10)]);
}

#[test]
fn the_largest_numbers_do_no_harm() {
    let most = MAX_COUNTER.unsigned_abs();
    let players = [("p1", "dawn", most)];
    assert_eq!(amounts(&payout(only_the_pool(most), [MAX_COUNTER, 0], &players)), [("p1", most)]);
    assert_eq!(amounts(&payout(only_the_pool(most), [MAX_COUNTER, MAX_COUNTER], &players)), [("p1", most / 2)]);
    // Nobody has scored anything, whatever the row says.
    assert_eq!(payout(only_the_pool(most), [-5, 0], &players), []);
}

#[test]
fn by_default_experience_is_paid() {
    let rows = [("p1", "dawn", 300), ("p2", "dusk", 100)].map(|(player, side, score)| {
        testing::participation(player).with_score(score).with_progress(json!({"side": side}))
    });
    let event = testing::event().with_counter(&points("dawn"), 1_000).with_counter(&points("dusk"), 900);
    let grants = FactionWar::payout(&testing::page(rows).with_event(event), &Parameters::default());
    assert_eq!(amounts(&grants), [("p1", 500 + 30_000), ("p2", 100)]);
}
