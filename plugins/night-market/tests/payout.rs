//! Who is paid what.

use night_market::{NightMarket, Parameters, VISITS};
use serde_json::Value;
use world_events_plugin_sdk::prelude::*;
use world_events_plugin_sdk::{MAX_AMOUNT, MAX_COUNTER, json, testing};

fn payout(parameters: Value, visits: i64, scores: &[(&str, u64)]) -> Vec<Grant> {
    let rows = scores.iter().map(|(player, score)| testing::participation(*player).with_score(*score));
    let page = testing::page(rows).with_event(testing::event().with_counter(VISITS, visits));
    NightMarket::payout(&page, &testing::parameters::<NightMarket>(parameters))
}

fn gold(amount: u64) -> Value {
    json!({"rewardType": "currency", "rewardId": "gold", "amount": amount})
}

/// Two steps, and half as much again when a thousand visits have come together.
fn market() -> Value {
    let lantern = json!({"rewardType": "item", "rewardId": "paper-lantern"});
    let guest = json!({"rewardType": "achievement", "rewardId": "guest-of-honour"});
    json!({
        "track": [
            {"score": 50, "prizes": [gold(15), lantern]},
            {"score": 200, "prizes": [gold(101), guest]},
        ],
        "crowd": {"visits": 1_000, "bonusPercent": 50},
    })
}

#[test]
fn each_step_that_was_reached_is_paid() {
    let grants = payout(market(), 999, &[("p1", 200), ("p2", 199), ("p3", 49)]);
    assert_eq!(
        grants,
        [
            Grant::currency("p1", "gold", 116).because("50 points, 200 points"),
            Grant::item("p1", "paper-lantern", 1).because("50 points"),
            Grant::achievement("p1", "guest-of-honour").because("200 points"),
            Grant::currency("p2", "gold", 15).because("50 points"),
            Grant::item("p2", "paper-lantern", 1).because("50 points"),
        ]
    );
}

#[test]
fn a_crowd_makes_each_prize_larger_rounded_down() {
    // 15 and 7, 101 and 50; half of a lantern is none.
    let grants = payout(market(), 1_000, &[("p1", 200), ("p2", 49)]);
    assert_eq!(
        grants,
        [
            Grant::currency("p1", "gold", 173).because("50 points, the market was crowded, 200 points"),
            Grant::item("p1", "paper-lantern", 1).because("50 points"),
            Grant::achievement("p1", "guest-of-honour").because("200 points"),
        ]
    );
}

#[test]
fn without_a_crowd_in_the_parameters_none_is_waited_for() {
    let mut parameters = market();
    parameters["crowd"] = Value::Null;
    let scores = [("p1", 300), ("p2", 70)];
    assert_eq!(payout(parameters, MAX_COUNTER, &scores), payout(market(), 0, &scores));
}

#[test]
fn what_somebody_is_paid_has_nothing_to_do_with_the_page() {
    let all = [("p1", 900), ("p2", 60), ("p3", 60), ("p4", 3)];
    let apart: Vec<_> = all.iter().flat_map(|row| payout(market(), 5_000, &[*row])).collect();
    assert_eq!(payout(market(), 5_000, &all), apart);
}

#[test]
fn nobody_is_paid_more_than_the_whole_track_and_its_bonus() {
    let scores: Vec<u64> = (0..200).map(|n| n * n * 7 % 1_009).collect();
    let ids: Vec<String> = (0..scores.len()).map(|n| format!("p{n}")).collect();
    let rows: Vec<_> = ids.iter().map(String::as_str).zip(scores).collect();
    let paid = payout(market(), 1_000, &rows);
    let most = paid.iter().filter(|grant| grant.reward_type == RewardType::Currency).map(|grant| grant.amount).max();
    // 116 and half of it, less what rounding cuts off each prize.
    assert_eq!(most, Some(173));
}

#[test]
fn the_largest_numbers_do_no_harm() {
    let parameters = json!({
        "track": [{"score": 1, "prizes": [gold(MAX_AMOUNT), gold(MAX_AMOUNT)]}],
        "crowd": {"visits": MAX_AMOUNT, "bonusPercent": 1_000},
    });
    let amounts: Vec<_> = payout(parameters.clone(), MAX_COUNTER, &[("p1", 1)]).iter().map(|of| of.amount).collect();
    assert_eq!(amounts, [MAX_AMOUNT]);
    assert_eq!(payout(parameters, -5, &[("p1", 0)]), []);
}

#[test]
fn by_default_experience_is_paid() {
    let page = testing::page([testing::participation("p1").with_score(300)]);
    let grants = NightMarket::payout(&page, &Parameters::default());
    assert_eq!(grants, [Grant::xp("p1", 50 + 100 + 250).because("50 points, 150 points, 250 points")]);
}
