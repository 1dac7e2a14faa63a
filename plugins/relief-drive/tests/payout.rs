//! Who is paid what.

use relief_drive::{Parameters, RELIEF, ReliefDrive};
use serde_json::Value;
use world_events_plugin_sdk::prelude::*;
use world_events_plugin_sdk::{MAX_COUNTER, json, testing};

fn gold(amount: u64) -> Value {
    json!({"rewardType": "currency", "rewardId": "gold", "amount": amount})
}

fn payout(parameters: Value, relief: i64, scores: &[(&str, u64)]) -> Vec<Grant> {
    let rows = scores.iter().map(|(player, score)| testing::participation(*player).with_score(*score));
    let page = testing::page(rows).with_event(testing::event().with_counter(RELIEF, relief));
    ReliefDrive::payout(&page, &testing::parameters::<ReliefDrive>(parameters))
}

fn amounts(grants: &[Grant]) -> Vec<(&str, u64)> {
    grants.iter().map(|grant| (grant.player.as_str(), grant.amount)).collect()
}

#[test]
fn the_pool_is_divided_by_contribution_of_the_whole_event() {
    let parameters = json!({"target": 1_000, "stages": [], "pool": gold(500)});
    // The page shows 900 points of 2,000.
    let grants = payout(parameters, 2_000, &[("p1", 600), ("p2", 299), ("p3", 1), ("p4", 0)]);
    assert_eq!(amounts(&grants), [("p1", 150), ("p2", 74)]);
    assert_eq!(grants.first().map(|grant| grant.reason.as_str()), Some("a share of the pool"));
}

#[test]
fn a_goal_that_was_missed_pays_a_part_of_the_pool() {
    let parameters = json!({"target": 1_000, "stages": [], "pool": gold(500)});
    assert_eq!(amounts(&payout(parameters, 400, &[("p1", 300), ("p2", 100)])), [("p1", 150), ("p2", 50)]);
}

#[test]
fn no_one_is_paid_more_than_the_largest_share() {
    let parameters = json!({"target": 100, "stages": [], "pool": gold(999), "maxSharePercent": 10});
    let grants = payout(parameters, 100, &[("p1", 90), ("p2", 10)]);
    assert_eq!(amounts(&grants), [("p1", 99), ("p2", 99)]);
}

#[test]
fn the_pool_is_never_overdrawn() {
    let scores: Vec<u64> = (1..=200).map(|n| n * n * 7 % 1_009).collect();
    let relief: u64 = scores.iter().sum();
    let ids: Vec<String> = (0..scores.len()).map(|n| format!("p{n}")).collect();
    let rows: Vec<_> = ids.iter().map(String::as_str).zip(scores).collect();
    for (target, pool) in [(1, 9_973), (relief / 2, 9_973), (relief * 3, 9_973), (1, 3)] {
        let parameters = json!({"target": target, "stages": [], "pool": gold(pool)});
        let grants = payout(parameters, i64::try_from(relief).unwrap(), &rows);
        let paid: u64 = grants.iter().map(|grant| grant.amount).sum();
        // Each player loses less than one to rounding.
        let promised = pool * relief / relief.max(target);
        assert!(paid <= promised && promised < paid + 200, "{paid} of {promised} for the target {target}");
    }
}

#[test]
fn stages_that_the_region_reached_are_paid_to_each_who_helped() {
    let rebuilt = json!({"rewardType": "achievement", "rewardId": "rebuilt"});
    let stages = json!([
        {"name": "shelter", "percent": 50, "prizes": [gold(10)]},
        {"name": "recovery", "percent": 100, "prizes": [gold(20), rebuilt]},
    ]);
    let parameters = json!({"target": 1_000, "stages": stages, "pool": null});
    let scores = [("p1", 400), ("p2", 1), ("p3", 0)];
    assert_eq!(payout(parameters.clone(), 499, &scores), []);
    assert_eq!(amounts(&payout(parameters.clone(), 999, &scores)), [("p1", 10), ("p2", 10)]);
    assert_eq!(
        payout(parameters, 1_000, &[("p1", 400)]),
        [
            Grant::currency("p1", "gold", 30)
                .because("the region reached the stage shelter, the region reached the stage recovery"),
            Grant::achievement("p1", "rebuilt").because("the region reached the stage recovery"),
        ]
    );
}

#[test]
fn who_helped_too_little_is_paid_nothing() {
    let stages = json!([{"name": "shelter", "percent": 50, "prizes": [gold(10)]}]);
    let parameters = json!({"target": 100, "minScore": 20, "stages": stages, "pool": gold(100)});
    assert_eq!(amounts(&payout(parameters, 100, &[("p1", 20), ("p2", 19)])), [("p1", 30)]);
}

#[test]
fn the_largest_numbers_do_no_harm() {
    let most = MAX_COUNTER.unsigned_abs();
    let parameters = json!({"target": most, "stages": [], "pool": gold(most)});
    assert_eq!(amounts(&payout(parameters.clone(), MAX_COUNTER, &[("p1", most)])), [("p1", most)]);
    assert_eq!(payout(parameters, -5, &[("p1", most)]), []);
}

#[test]
fn by_default_experience_is_paid() {
    let page = testing::page([testing::participation("p1").with_score(1_000)])
        .with_event(testing::event().with_counter(RELIEF, 50_000));
    let grants = ReliefDrive::payout(&page, &Parameters::default());
    assert_eq!(amounts(&grants), [("p1", 50 + 100 + 1_000)]);
}
