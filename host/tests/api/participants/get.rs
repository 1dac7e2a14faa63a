//! `GET /events/{eventId}/participants/{playerId}`

use serde_json::json;
use uuid::Uuid;

use crate::support::{TestServer, path};

#[tokio::test(flavor = "multi_thread")]
async fn others_notes_and_rewards_are_hidden_from_players() {
    let server = TestServer::start().await;
    let event = server.event(json!({ "rewards": [{ "rewardType": "xp", "amount": 5 }] })).await;
    server.join(&event, "ann").await.expect(201);
    let report = json!({ "score": 3, "progressData": { "lair": "found" }, "status": "COMPLETED" });
    server.report(&event, "ann", report).await.expect(200);

    let ann = path(&event, "/participants/ann");
    for caller in [server.player("ann"), server.game(), server.designer(), server.operator()] {
        let seen = caller.get(&ann).await.expect(200);
        assert_eq!(seen["progressData"], json!({ "lair": "found" }));
        assert_eq!(seen["rewards"][0]["rewardType"], "xp");
        assert_eq!(seen["rewards"][0]["amount"], 5);
    }
    let seen = server.player("bob").get(&ann).await.expect(200);
    assert_eq!(seen["score"], 3);
    assert_eq!(seen["rewards"], json!([]));
    assert!(seen.get("progressData").is_none(), "{seen:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unchanged_participation_is_not_sent_again() {
    let server = TestServer::start().await;
    let event = server.event(json!({ "rewards": [{ "rewardType": "xp" }] })).await;
    server.join(&event, "ann").await.expect(201);
    let ann = path(&event, "/participants/ann");
    let get_if_new = async |tag: &str| {
        let game = server.game();
        game.send(game.request(reqwest::Method::GET, &ann).header("if-none-match", tag)).await
    };
    let read = server.game().get(&ann).await.tag();
    assert_eq!(get_if_new(&read).await.status, 304);
    server.report(&event, "ann", json!({ "status": "COMPLETED" })).await.expect(200);
    let changed = get_if_new(&read).await;
    assert_eq!(changed.status, 200);
    // A claim changes the rewards that are shown, though not the participation.
    let claim = json!({ "playerId": "ann", "rewardType": "xp" });
    server.game().post(&path(&event, "/rewards"), claim).await.expect(200);
    assert_eq!(get_if_new(&changed.tag()).await.expect(200)["rewards"][0]["claimed"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_404() {
    let server = TestServer::start().await;
    let event = server.event(json!({})).await;
    server.game().get(&path(&event, "/participants/ann")).await.expect_error(404, "PARTICIPANT_NOT_FOUND");
    let nowhere = json!({ "id": Uuid::nil() });
    server.game().get(&path(&nowhere, "/participants/ann")).await.expect_error(404, "PARTICIPANT_NOT_FOUND");
    server.game().get("/events/7/participants/ann").await.expect_error(400, "VALIDATION_ERROR");
}
