//! `DELETE /events/{eventId}`

use reqwest::{Method, header};
use serde_json::{Value, json};

use crate::support::{TestServer, path};

#[tokio::test(flavor = "multi_thread")]
async fn the_world_is_told() {
    let server = TestServer::start().await;
    let event = server.event(json!({})).await;
    server.join(&event, "ann").await.expect(201);
    let answer = server.designer().delete(&path(&event, "")).await.expect(200);
    assert!(answer["message"].as_str().unwrap().contains("Hydra at the gates"), "{answer}");

    let (id, data): (String, Value) =
        sqlx::query_as("SELECT event_id::text, data FROM gameplay.outbox WHERE type = 'event.cancelled'")
            .fetch_one(&server.database)
            .await
            .unwrap();
    assert_eq!(id, event["id"]);
    assert_eq!((&data["eventId"], &data["participants"]), (&event["id"], &json!(1)));
    let after = server.operator().get(&path(&event, "")).await.expect(200);
    assert_eq!((&after["status"], &after["version"]), (&json!("CANCELLED"), &json!(2)));
    server.join(&event, "bob").await.expect_error(409, "EVENT_NOT_ACTIVE");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_paid_and_what_was_granted_stays() {
    let server = TestServer::start().await;
    server.publish("boss-invasion").await;
    let with_rule = server.event(json!({ "rules": { "plugin": "boss-invasion" } })).await;
    let without = server.event(json!({ "rewards": [{ "rewardType": "xp", "amount": 5 }] })).await;
    for event in [&with_rule, &without] {
        for player in ["ann", "bob"] {
            server.join(event, player).await.expect(201);
        }
    }
    server.report(&without, "ann", json!({ "status": "COMPLETED" })).await.expect(200);
    for event in [&with_rule, &without] {
        server.designer().delete(&path(event, "")).await.expect(200);
        let after = server.operator().get(&path(event, "")).await.expect(200);
        assert_eq!(after["settlement"]["state"], "none");
    }
    let granted: Vec<String> =
        sqlx::query_scalar("SELECT player_id FROM gameplay.event_rewards").fetch_all(&server.database).await.unwrap();
    assert_eq!(granted, ["ann"]);
    let claim = json!({ "playerId": "ann", "rewardType": "xp" });
    server.player("ann").post(&path(&without, "/rewards"), claim).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_over_cannot_be_cancelled() {
    let server = TestServer::start().await;
    for over in ["COMPLETED", "CANCELLED"] {
        let event = server.event(json!({})).await;
        server.designer().put(&path(&event, ""), json!({ "status": over })).await.expect(200);
        let error = server.designer().delete(&path(&event, "")).await.expect_error(409, "ILLEGAL_TRANSITION");
        assert_eq!(error["details"], json!({ "from": over, "to": "CANCELLED", "legal": [] }));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_events_are_404() {
    let server = TestServer::start().await;
    let unknown = "/events/00000000-0000-4000-8000-000000000000";
    server.designer().delete(unknown).await.expect_error(404, "EVENT_NOT_FOUND");
    server.designer().delete("/events/hydra").await.expect_invalid("eventId");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_version_is_not_cancelled() {
    let server = TestServer::start().await;
    let event = server.event(json!({})).await;
    let client = server.designer();
    client.put(&path(&event, ""), json!({ "name": "Edited" })).await.expect(200);
    let request = client.request(Method::DELETE, &path(&event, "")).header(header::IF_MATCH, "\"1\"");
    client.send(request).await.expect_error(412, "PRECONDITION_FAILED");
    assert_eq!(client.get(&path(&event, "")).await.expect(200)["status"], "ACTIVE");
}
