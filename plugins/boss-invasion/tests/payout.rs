//! Who is paid what.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "clippy does not see that a test's helper is a test")]

use boss_invasion::{BossInvasion, CONTRIBUTION};
use serde_json::Value;
use world_events_plugin_sdk::prelude::*;
use world_events_plugin_sdk::{json, testing};

fn gold(amount: u64) -> Value {
    json!([{"rewardType": "currency", "rewardId": "gold", "amount": amount}])
}

/// Nothing is paid but for what a test adds.
fn payout(parameters: Value, contribution: i64, scores: &[(&str, u64)]) -> Vec<Grant> {
    let mut all = json!({"participation": [], "tiers": [], "ranks": []});
    for (name, value) in parameters.as_object().unwrap() {
        all[name] = value.clone();
    }
    let rows = scores.iter().map(|(player, score)| testing::participation(*player).with_score(*score));
    let page = testing::page(rows).with_event(testing::event().with_counter(CONTRIBUTION, contribution));
    BossInvasion::payout(&page, &testing::parameters::<BossInvasion>(all))
}

fn amounts(grants: &[Grant]) -> Vec<(&str, u64)> {
    grants.iter().map(|grant| (grant.player.as_str(), grant.amount)).collect()
}

#[test]
fn all_who_scored_are_paid_for_taking_part() {
    let grants = payout(json!({"participation": gold(5)}), 10, &[("p1", 9), ("p2", 1), ("p3", 0)]);
    assert_eq!(amounts(&grants), [("p1", 5), ("p2", 5)]);
    assert_eq!(grants[0].reason, "took part in the invasion");
}

#[test]
fn the_best_tier_is_paid_by_the_share_of_the_whole_event() {
    let tiers = json!([
        {"name": "gold", "minSharePercent": 10.0, "prizes": gold(100)},
        {"name": "silver", "minSharePercent": 0.1, "prizes": gold(10)},
        {"name": "bronze", "minScore": 5, "prizes": gold(1)},
    ]);
    // The page shows 1,115 points of 10,000.
    let scores = [("p1", 1_000), ("p2", 100), ("p3", 10), ("p4", 9), ("p5", 4)];
    let grants = payout(json!({"tiers": tiers}), 10_000, &scores);
    assert_eq!(amounts(&grants), [("p1", 100), ("p2", 10), ("p3", 10), ("p4", 1)]);
    assert_eq!(grants[0].reason, "contribution tier gold");
}

#[test]
fn a_tier_takes_all_of_its_thresholds() {
    let tiers = json!([{"name": "both", "minSharePercent": 1.0, "minScore": 50, "prizes": gold(1)}]);
    assert_eq!(payout(json!({"tiers": tiers}), 100, &[("p1", 49)]), []);
    assert_eq!(payout(json!({"tiers": tiers}), 5_001, &[("p1", 50)]), []);
    assert_eq!(amounts(&payout(json!({"tiers": tiers}), 5_000, &[("p1", 50)])), [("p1", 1)]);
}

#[test]
fn a_tied_rank_is_paid_to_all_who_share_it() {
    let ranks = json!([{"top": 1, "prizes": gold(100)}, {"top": 2, "prizes": gold(10)}]);
    let grants = payout(json!({"ranks": ranks}), 100, &[("p1", 50), ("p2", 20), ("p3", 20), ("p4", 10)]);
    assert_eq!(amounts(&grants), [("p1", 110), ("p2", 10), ("p3", 10)]);
    assert_eq!(grants[0].reason, "among the top 1, among the top 2");
}

#[test]
fn the_same_reward_from_several_sources_is_one_grant() {
    let parameters = json!({
        "participation": gold(1),
        "tiers": [{"name": "gold", "minScore": 1, "prizes": gold(10)}],
        "ranks": [{"top": 1, "prizes": [{"rewardType": "achievement", "rewardId": "boss-slayer"}]}],
    });
    let grants = payout(parameters, 100, &[("p1", 100)]);
    assert_eq!(
        grants,
        [
            Grant::currency("p1", "gold", 11).because("took part in the invasion, contribution tier gold"),
            Grant::achievement("p1", "boss-slayer").because("among the top 1"),
        ]
    );
}

#[test]
fn by_default_experience_is_paid() {
    let page = testing::page([testing::participation("p1").with_score(30), testing::participation("p2").with_score(1)])
        .with_event(testing::event().with_counter(CONTRIBUTION, 10_000));
    let grants = BossInvasion::payout(&page, &boss_invasion::Parameters::default());
    assert_eq!(amounts(&grants), [("p1", 50 + 200 + 1_000), ("p2", 50 + 100 + 1_000)]);
}

#[test]
fn a_later_page_is_paid_by_its_ranks() {
    let mut page = testing::page([testing::participation("p9").with_score(1)])
        .with_event(testing::event().with_counter(CONTRIBUTION, 1_000_000));
    page.offset = 40;
    page.total = 41;
    page.rows[0].rank = 41;
    let grants = BossInvasion::payout(&page, &boss_invasion::Parameters::default());
    assert_eq!(amounts(&grants), [("p9", 50)]);
}
