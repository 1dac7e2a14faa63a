//! The ways in which an event ends, and what each pays.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{claim, end, granted, hits, invasion, reward, scores, settled};
use crate::support::{TestServer, path};

async fn is_paid(server: &TestServer, event: &Value) {
    let over = settled(server, event).await;
    assert_eq!(over["status"], "COMPLETED");
    let settlement = json!({ "state": "done", "paid": 3, "total": 3 });
    assert_eq!(over["settlement"], settlement);
    assert_eq!(server.player("ann").get(&path(event, "/settlement")).await.expect(200), settlement);

    let gold = |amount| reward("currency", Some("gold"), amount);
    let (xp, crown) = (reward("xp", None, 10), reward("item", Some("crown"), 1));
    assert_eq!(granted(server, event, "ann").await, [gold(100), crown, xp.clone()]);
    assert_eq!(granted(server, event, "bob").await, [gold(1), xp]);
    assert_eq!(granted(server, event, "idle").await, []);
    claim(server, event, "ann", "xp", None).await.expect(200);
}

async fn started(goals: Value) -> (TestServer, Value) {
    let (server, event) = invasion(goals).await;
    scores(&server, &event, "ann", 150).await;
    scores(&server, &event, "bob", 20).await;
    server.join(&event, "idle").await.expect(201);
    (server, event)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clock_ends_it() {
    let (server, event) = started(json!([])).await;
    assert_eq!(granted(&server, &event, "ann").await, []);
    server.clock.advance(TimeDelta::hours(1));
    is_paid(&server, &event).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_goal_ends_it() {
    let (server, event) = started(json!([{ "counter": "boss-damage", "target": 175, "endsEvent": true }])).await;
    hits(&server, &event, "bob", 5).await.expect(200);
    hits(&server, &event, "bob", 5).await.expect_error(409, "EVENT_NOT_ACTIVE");
    is_paid(&server, &event).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_designer_ends_it() {
    let (server, event) = started(json!([])).await;
    server.clock.advance(TimeDelta::minutes(7));
    let over = end(&server, &event).await;
    assert_ne!(over["endTime"], event["endTime"]);
    is_paid(&server, &event).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_in_which_nobody_took_part_is_settled_too() {
    let (server, event) = invasion(json!([])).await;
    end(&server, &event).await;
    assert_eq!(settled(&server, &event).await["settlement"], json!({ "state": "done", "paid": 0, "total": 0 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_event_pays_nobody() {
    let (server, event) = started(json!([])).await;
    server.designer().delete(&path(&event, "")).await.expect(200);
    // Another one that ends now shows that settlements have been looked for since.
    let rules = json!({ "plugin": "boss-invasion" });
    let other = server.event(json!({ "rules": rules })).await;
    end(&server, &other).await;
    settled(&server, &other).await;

    let cancelled = server.wait_for(&event, |_| true).await;
    assert_eq!((&cancelled["status"], &cancelled["settlement"]["state"]), (&json!("CANCELLED"), &json!("none")));
    assert_eq!(granted(&server, &event, "ann").await, []);
    claim(&server, &event, "ann", "xp", None).await.expect_error(404, "REWARD_NOT_FOUND");
    server.operator().post(&path(&event, "/settlement"), json!({})).await.expect_error(409, "NOTHING_TO_SETTLE");
}

#[tokio::test(flavor = "multi_thread")]
async fn there_is_nothing_to_settle_before_the_end_and_after_it_is_done() {
    let (server, event) = started(json!([])).await;
    let settlement = path(&event, "/settlement");
    server.operator().post(&settlement, json!({})).await.expect_error(409, "NOTHING_TO_SETTLE");
    end(&server, &event).await;
    settled(&server, &event).await;
    server.operator().post(&settlement, json!({})).await.expect_error(409, "SETTLED");
    server.game().post(&settlement, json!({})).await.expect_error(403, "FORBIDDEN");
    let rules = json!({ "plugin": "boss-invasion" });
    server.designer().put(&path(&event, "/rules"), rules).await.expect_error(409, "EVENT_OVER");
}
