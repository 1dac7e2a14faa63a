//! Events without a payout rule: becoming COMPLETED grants what is promised.

use serde_json::{Value, json};

use super::{claim, end, granted, reward};
use crate::support::{TestServer, path};

async fn started(rewards: Value) -> (TestServer, Value) {
    let server = TestServer::start().await;
    let event = server.event(json!({ "rewards": rewards })).await;
    server.join(&event, "ann").await.expect(201);
    (server, event)
}

#[tokio::test(flavor = "multi_thread")]
async fn completing_grants_what_is_promised_at_once() {
    let (server, event) = started(json!([
        { "rewardType": "xp", "amount": 50 },
        { "type": "item", "rewardId": "shield" },
        { "description": "and eternal glory" },
        { "rewardType": "glory" },
        { "rewardType": "currency", "rewardId": "gold", "amount": 0 },
    ]))
    .await;
    assert_eq!(granted(&server, &event, "ann").await, []);
    server.report(&event, "ann", json!({ "status": "COMPLETED" })).await.expect(200);
    assert_eq!(granted(&server, &event, "ann").await, [reward("item", Some("shield"), 1), reward("xp", None, 50)]);
    // It can be claimed while the event goes on.
    claim(&server, &event, "ann", "xp", None).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_completing_grants() {
    let (server, event) = started(json!([{ "rewardType": "xp" }])).await;
    server.report(&event, "ann", json!({ "score": 1_000 })).await.expect(200);
    let over = end(&server, &event).await;
    assert_eq!(over["settlement"]["state"], "none");
    assert_eq!(server.participation(&event, "ann").await["status"], "ACTIVE");
    assert_eq!(granted(&server, &event, "ann").await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_granted_twice() {
    let (server, event) = started(json!([{ "rewardType": "xp", "amount": 3 }])).await;
    for _ in 0..2 {
        server.report(&event, "ann", json!({ "status": "COMPLETED" })).await.expect(200);
    }
    assert_eq!(granted(&server, &event, "ann").await, [reward("xp", None, 3)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_granted_stays_claimable_when_the_event_is_cancelled() {
    let (server, event) = started(json!([{ "rewardType": "xp" }])).await;
    server.report(&event, "ann", json!({ "status": "COMPLETED" })).await.expect(200);
    server.designer().delete(&path(&event, "")).await.expect(200);
    claim(&server, &event, "ann", "xp", None).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scoring_rule_that_completes_grants_too() {
    let mut guest = crate::guest::Guest::new("sprint");
    // Any report completes the event: the ninth word of the outcome says so.
    let outcome = guest.outcome(1, "{}", "[]", (0, 0));
    let body = format!("(i32.store8 (i32.const {}) (i32.const 1)) (i32.const {outcome})", outcome + 8 * 4);
    let server = TestServer::start().await;
    server.publish_guest("sprint", guest.score(body)).await;
    let rewards = json!([{ "rewardType": "xp", "amount": 7 }]);
    let event = server.event(json!({ "rewards": rewards, "rules": { "plugin": "sprint" } })).await;
    server.join(&event, "ann").await.expect(201);
    let after = server.report(&event, "ann", json!({ "actions": [] })).await.expect(200);
    assert_eq!(after["status"], "COMPLETED");
    assert_eq!(granted(&server, &event, "ann").await, [reward("xp", None, 7)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_payout_rule_completing_grants_nothing() {
    let server = TestServer::start().await;
    server.publish("boss-invasion").await;
    let rules = json!({ "plugin": "boss-invasion", "parameters": { "completionScore": 5 } });
    let event = server.event(json!({ "rewards": [{ "rewardType": "item" }], "rules": rules })).await;
    super::scores(&server, &event, "ann", 5).await;
    assert_eq!(server.participation(&event, "ann").await["status"], "COMPLETED");
    assert_eq!(granted(&server, &event, "ann").await, []);
}
