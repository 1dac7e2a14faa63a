//! `DELETE /events/{eventId}/participants/{playerId}`, and coming back.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{Answer, TestServer, path};

async fn leave(server: &TestServer, event: &Value, player: &str) -> Answer {
    server.game().delete(&path(event, &format!("/participants/{player}"))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn leaving_frees_a_place() {
    let server = TestServer::start().await;
    let event = server.event(json!({ "maxParticipants": 1 })).await;
    server.join(&event, "ann").await.expect(201);
    server.join(&event, "bob").await.expect_error(409, "EVENT_FULL");
    let message = leave(&server, &event, "ann").await.expect(200)["message"].clone();
    assert_eq!(message, "ann left \"Hydra at the gates\"");
    server.join(&event, "bob").await.expect(201);
    assert_eq!(server.wait_for(&event, |_| true).await["currentParticipants"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_finds_everything_as_it_was() {
    let server = TestServer::start().await;
    let event = server.event(json!({})).await;
    server.join(&event, "ann").await.expect(201);
    let report = json!({ "score": 7, "progressData": { "wave": 3 }, "achievements": [{ "id": "first" }] });
    let before = server.report(&event, "ann", report).await.expect(200);
    leave(&server, &event, "ann").await.expect(200);
    assert_eq!(server.participation(&event, "ann").await["status"], "LEFT");

    server.clock.advance(TimeDelta::minutes(5));
    let back = server.join(&event, "ann").await.expect(201);
    assert_eq!(back["status"], "ACTIVE");
    for kept in ["id", "score", "scoreAt", "progressData", "achievements", "joinTime"] {
        assert_eq!(back[kept], before[kept], "{kept}");
    }
    assert_ne!(back["lastActivity"], before["lastActivity"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_is_checked_again() {
    let server = TestServer::start().await;
    server.publish("boss-invasion").await;
    let rules = json!({ "plugin": "boss-invasion", "parameters": { "minLevel": 10 } });
    let event = server.event(json!({ "rules": rules, "maxParticipants": 1 })).await;
    for player in ["ann", "bob"] {
        server.attributes(player, json!({ "level": 10 })).await;
    }
    server.join(&event, "ann").await.expect(201);
    leave(&server, &event, "ann").await.expect(200);

    server.attributes("ann", json!({ "level": 1 })).await;
    server.join(&event, "ann").await.expect_error(409, "NOT_ELIGIBLE");
    server.attributes("ann", json!({ "level": 11 })).await;
    server.join(&event, "bob").await.expect(201);
    server.join(&event, "ann").await.expect_error(409, "EVENT_FULL");
    leave(&server, &event, "bob").await.expect(200);
    server.join(&event, "ann").await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_completed_it_or_is_gone_cannot_leave() {
    let server = TestServer::start().await;
    let event = server.event(json!({})).await;
    for (player, status, legal) in [
        ("done", "COMPLETED", json!(["KICKED"])),
        ("gone", "LEFT", json!(["ACTIVE", "KICKED"])),
        ("out", "KICKED", json!([])),
    ] {
        server.join(&event, player).await.expect(201);
        server.report(&event, player, json!({ "status": status })).await.expect(200);
        let error = leave(&server, &event, player).await.expect_error(409, "ILLEGAL_TRANSITION");
        assert_eq!(error["details"], json!({ "from": status, "to": "LEFT", "legal": legal }));
    }
    leave(&server, &event, "nobody").await.expect_error(404, "PARTICIPANT_NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_leaves_or_comes_back_when_it_is_over() {
    let server = TestServer::start().await;
    let event = server.event(json!({})).await;
    for player in ["ann", "bob"] {
        server.join(&event, player).await.expect(201);
    }
    leave(&server, &event, "bob").await.expect(200);
    server.clock.advance(TimeDelta::hours(1));
    leave(&server, &event, "ann").await.expect_error(409, "EVENT_NOT_ACTIVE");
    server.join(&event, "bob").await.expect_error(409, "EVENT_NOT_ACTIVE");
    let after = server.wait_for(&event, |event| event["status"] == "COMPLETED").await;
    assert_eq!(after["currentParticipants"], 1);
    assert_eq!(server.participation(&event, "ann").await["status"], "ACTIVE");
}

#[tokio::test(flavor = "multi_thread")]
async fn leaving_minds_if_match() {
    let server = TestServer::start().await;
    let event = server.event(json!({})).await;
    let old = server.join(&event, "ann").await.tag();
    let new = server.report(&event, "ann", json!({ "score": 1 })).await.tag();
    let below = path(&event, "/participants/ann");
    let leave_if = async |tag: &str| {
        let game = server.game();
        game.send(game.request(reqwest::Method::DELETE, &below).header("if-match", tag)).await
    };
    let error = leave_if(&old).await.expect_error(412, "PRECONDITION_FAILED");
    assert_eq!(error["details"]["version"], 2);
    leave_if(&new).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn players_leave_for_themselves() {
    let server = TestServer::start().await;
    let event = server.event(json!({})).await;
    server.join(&event, "ann").await.expect(201);
    let ann = path(&event, "/participants/ann");
    server.player("bob").delete(&ann).await.expect_error(403, "FORBIDDEN");
    server.designer().delete(&ann).await.expect_error(403, "FORBIDDEN");
    server.player("ann").delete(&ann).await.expect(200);
}
