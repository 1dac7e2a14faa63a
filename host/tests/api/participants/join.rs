//! `POST /events/{eventId}/participants`

use chrono::TimeDelta;
use serde_json::json;
use uuid::Uuid;

use crate::guest::Guest;
use crate::support::{TestServer, noon, path};

#[tokio::test(flavor = "multi_thread")]
async fn who_joins_starts_with_nothing() {
    let server = TestServer::start().await;
    let event = server.event(json!({})).await;
    let answer = server.join(&event, "ann").await;
    assert_eq!(answer.tag(), "\"1\"");
    let ann = answer.expect(201);
    assert_eq!((&ann["eventId"], &ann["playerId"], &ann["status"]), (&event["id"], &json!("ann"), &json!("ACTIVE")));
    assert_eq!((&ann["score"], &ann["progressData"], &ann["achievements"]), (&json!(0), &json!({}), &json!([])));
    assert_eq!(ann["joinTime"], ann["lastActivity"]);
    assert_eq!(ann["joinTime"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap(), noon());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rule_decides_who_joins() {
    let server = TestServer::start().await;
    server.publish("boss-invasion").await;
    let rules = json!({ "plugin": "boss-invasion", "parameters": { "minLevel": 10, "factions": ["north"] } });
    let event = server.event(json!({ "rules": rules })).await;
    server.attributes("veteran", json!({ "level": 10, "faction": "north" })).await;
    server.attributes("novice", json!({ "level": 9, "faction": "north" })).await;
    server.attributes("spy", json!({ "level": 99, "faction": "south" })).await;

    server.join(&event, "veteran").await.expect(201);
    for (player, reason) in [("novice", "LEVEL_TOO_LOW"), ("spy", "FACTION_NOT_ALLOWED"), ("unknown", "LEVEL_MISSING")]
    {
        let error = server.join(&event, player).await.expect_error(409, "NOT_ELIGIBLE");
        assert_eq!(error["details"]["reason"]["code"], reason);
        assert_eq!(error["details"]["reason"]["message"], error["message"]);
    }
    let message = server.join(&event, "novice").await.json()["message"].clone();
    assert_eq!(message, "level 9 is too low: the invasion is for 10 and above");

    let after = server.wait_for(&event, |_| true).await;
    assert_eq!(after["currentParticipants"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_player_is_in_once() {
    let server = TestServer::start().await;
    let event = server.event(json!({})).await;
    server.join(&event, "ann").await.expect(201);
    let error = server.join(&event, "ann").await.expect_error(409, "ALREADY_JOINED");
    assert_eq!(error["details"]["status"], "ACTIVE");

    server.report(&event, "ann", json!({ "status": "COMPLETED" })).await.expect(200);
    let error = server.join(&event, "ann").await.expect_error(409, "ALREADY_JOINED");
    assert_eq!(error["details"]["status"], "COMPLETED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_event_takes_nobody() {
    let server = TestServer::start().await;
    let event = server.event(json!({ "maxParticipants": 2 })).await;
    server.join(&event, "ann").await.expect(201);
    server.join(&event, "bob").await.expect(201);
    // Who has completed it still counts.
    server.report(&event, "ann", json!({ "status": "COMPLETED" })).await.expect(200);
    let error = server.join(&event, "cleo").await.expect_error(409, "EVENT_FULL");
    assert_eq!(error["details"]["maxParticipants"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_kicked_stays_out() {
    let server = TestServer::start().await;
    let event = server.event(json!({ "maxParticipants": 1 })).await;
    server.join(&event, "ann").await.expect(201);
    server.report(&event, "ann", json!({ "status": "KICKED" })).await.expect(200);
    server.join(&event, "ann").await.expect_error(409, "KICKED");
    // The place is free for somebody else.
    server.join(&event, "bob").await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_is_not_asked_about_who_was_kicked_or_is_in() {
    let server = TestServer::start().await;
    server.publish_guest("inn", Guest::welcoming("inn")).await;
    let event = server.event(json!({ "rules": { "plugin": "inn" } })).await;
    for player in ["in", "kicked"] {
        server.join(&event, player).await.expect(201);
    }
    server.report(&event, "kicked", json!({ "status": "KICKED" })).await.expect(200);
    // From now on the rule breaks off whenever it is asked.
    server.publish_guest("broken", Guest::new("broken").check("unreachable")).await;
    server.designer().put(&path(&event, "/rules"), json!({ "plugin": "broken", "force": true })).await.expect(200);
    server.join(&event, "in").await.expect_error(409, "ALREADY_JOINED");
    server.join(&event, "kicked").await.expect_error(409, "KICKED");
    server.join(&event, "new").await.expect_error(500, "RULE_TRAPPED");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_active_events_are_open() {
    let server = TestServer::start().await;
    let ahead = server.event(json!({ "startTime": noon() + TimeDelta::minutes(1) })).await;
    let over = server.event(json!({})).await;
    server.designer().put(&path(&over, ""), json!({ "status": "COMPLETED" })).await.expect(200);
    let cancelled = server.event(json!({})).await;
    server.designer().delete(&path(&cancelled, "")).await.expect(200);
    for (event, status) in [(ahead, "ANNOUNCED"), (over, "COMPLETED"), (cancelled, "CANCELLED")] {
        let error = server.join(&event, "ann").await.expect_error(409, "EVENT_NOT_ACTIVE");
        assert_eq!(error["details"]["status"], status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wrong_request_is_named() {
    let server = TestServer::start().await;
    let event = server.event(json!({})).await;
    let join = async |body| server.game().post(&path(&event, "/participants"), body).await;
    join(json!({})).await.expect_error(400, "VALIDATION_ERROR");
    for player in [json!(""), json!("  "), json!("x".repeat(101)), json!("a\0"), json!(7)] {
        join(json!({ "playerId": player })).await.expect_invalid("playerId");
    }
    join(json!({ "playerId": "ü".repeat(100) })).await.expect(201);

    let nowhere = json!({ "id": Uuid::nil() });
    server.join(&nowhere, "ann").await.expect_error(404, "EVENT_NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread")]
async fn players_join_for_themselves() {
    let server = TestServer::start().await;
    let event = server.event(json!({})).await;
    let participants = path(&event, "/participants");
    server.player("ann").post(&participants, json!({ "playerId": "ann" })).await.expect(201);
    server.player("ann").post(&participants, json!({ "playerId": "bob" })).await.expect_error(403, "FORBIDDEN");
    server.designer().post(&participants, json!({ "playerId": "bob" })).await.expect_error(403, "FORBIDDEN");
    server.operator().post(&participants, json!({ "playerId": "bob" })).await.expect(201);
}
