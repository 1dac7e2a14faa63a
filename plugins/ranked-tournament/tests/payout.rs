//! Who is paid what.

use ranked_tournament::{Parameters, RankedTournament};
use serde_json::Value;
use world_events_plugin_sdk::prelude::*;
use world_events_plugin_sdk::{json, testing};

fn gold(amount: u64) -> Value {
    json!([{"rewardType": "currency", "rewardId": "gold", "amount": amount}])
}

fn payout(parameters: Value, page: &Page) -> Vec<Grant> {
    RankedTournament::payout(page, &testing::parameters::<RankedTournament>(parameters))
}

fn standings(scores: &[(&str, u64)]) -> Page {
    testing::page(scores.iter().map(|(player, score)| testing::participation(*player).with_score(*score)))
}

fn amounts(grants: &[Grant]) -> Vec<(&str, u64)> {
    grants.iter().map(|grant| (grant.player.as_str(), grant.amount)).collect()
}

#[test]
fn the_podium_is_paid_by_rank() {
    let podium = json!([{"rank": 1, "prizes": gold(100)}, {"rank": 2, "prizes": gold(50)}]);
    let page = standings(&[("p1", 9), ("p2", 8), ("p3", 7)]);
    let grants = payout(json!({"podium": podium, "brackets": []}), &page);
    assert_eq!(
        grants,
        [Grant::currency("p1", "gold", 100).because("rank 1"), Grant::currency("p2", "gold", 50).because("rank 2")]
    );
}

#[test]
fn who_shares_a_rank_is_paid_in_full_and_the_next_rank_is_left_out() {
    let podium = json!([
        {"rank": 1, "prizes": gold(100)}, {"rank": 2, "prizes": gold(50)}, {"rank": 3, "prizes": gold(25)},
    ]);
    let page = standings(&[("p1", 9), ("p2", 9), ("p3", 7)]);
    let grants = payout(json!({"podium": podium, "brackets": []}), &page);
    assert_eq!(amounts(&grants), [("p1", 100), ("p2", 100), ("p3", 25)]);
}

#[test]
fn only_the_narrowest_bracket_is_paid_in_whatever_order_they_are_listed() {
    let brackets = json!([
        {"topPercent": 50, "prizes": gold(10)}, {"topPercent": 25, "prizes": gold(20)},
    ]);
    let page = standings(&[("p1", 9), ("p2", 8), ("p3", 7), ("p4", 6)]);
    let grants = payout(json!({"podium": [], "brackets": brackets}), &page);
    assert_eq!(amounts(&grants), [("p1", 20), ("p2", 10)]);
    assert_eq!(grants[0].reason, "top 25 percent");
}

#[test]
fn a_bracket_takes_in_all_who_share_its_last_rank() {
    let brackets = json!([{"topPercent": 50, "prizes": gold(10)}]);
    let page = standings(&[("p1", 9), ("p2", 8), ("p3", 8), ("p4", 6)]);
    let grants = payout(json!({"podium": [], "brackets": brackets}), &page);
    assert_eq!(amounts(&grants), [("p1", 10), ("p2", 10), ("p3", 10)]);
}

#[test]
fn a_page_is_paid_by_its_place_in_the_whole_field() {
    let mut page = standings(&[("p5", 5), ("p6", 4)]);
    page.offset = 4;
    page.total = 10;
    for row in &mut page.rows {
        row.rank += 4;
    }
    let grants = payout(json!({"podium": [], "brackets": [{"topPercent": 50, "prizes": gold(10)}]}), &page);
    assert_eq!(amounts(&grants), [("p5", 10)]);
}

#[test]
fn who_scored_nothing_is_paid_nothing() {
    let grants = payout(json!({"brackets": [{"topPercent": 100, "prizes": gold(1)}]}), &standings(&[("p1", 0)]));
    assert_eq!(grants, []);
}

#[test]
fn by_default_experience_is_paid_for_both() {
    let page = standings(&[("p1", 9), ("p2", 8), ("p3", 7), ("p4", 6), ("p5", 5), ("p6", 4)]);
    let grants = RankedTournament::payout(&page, &Parameters::default());
    assert_eq!(amounts(&grants), [("p1", 1_500), ("p2", 550), ("p3", 300)]);
    assert_eq!(grants[0].reason, "rank 1, top 1 percent");
}
