//! `GET` and `POST /events/{eventId}/rewards`

use std::sync::Arc;

use chrono::TimeDelta;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::{claim, end, invasion, scores, settled};
use crate::support::{TestServer, path};

/// A settled invasion in which ann earned 10 xp and 1 gold.
async fn earned() -> (TestServer, Value) {
    let (server, event) = invasion(json!([])).await;
    scores(&server, &event, "bob", 50).await;
    scores(&server, &event, "ann", 5).await;
    end(&server, &event).await;
    settled(&server, &event).await;
    (server, event)
}

/// An event without rules that promises potions and elixirs, and which ann has completed.
async fn promised() -> (TestServer, Value) {
    let server = TestServer::start().await;
    let rewards = json!([
        { "rewardType": "item", "rewardId": "potion" },
        { "rewardType": "item", "rewardId": "elixir" },
    ]);
    let event = server.event(json!({ "rewards": rewards })).await;
    server.join(&event, "ann").await.expect(201);
    server.report(&event, "ann", json!({ "status": "COMPLETED" })).await.expect(200);
    (server, event)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reward_is_claimed_once() {
    let (server, event) = earned().await;
    server.clock.advance(TimeDelta::minutes(1));
    let reward = claim(&server, &event, "ann", "currency", Some("gold")).await.expect(200);
    assert_eq!((&reward["claimed"], &reward["amount"], &reward["playerId"]), (&json!(true), &json!(1), &json!("ann")));
    assert_ne!(reward["claimedAt"], reward["createdAt"]);
    for id in [Some("gold"), None] {
        claim(&server, &event, "ann", "currency", id).await.expect_error(409, "ALREADY_CLAIMED");
    }
    let told: Vec<Value> = sqlx::query_scalar("SELECT data FROM gameplay.outbox WHERE type = 'reward.claimed'")
        .fetch_all(&server.database)
        .await
        .unwrap();
    assert_eq!(told.len(), 1);
    assert_eq!((&told[0]["playerId"], &told[0]["rewardId"]), (&json!("ann"), &json!("gold")));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_claims_at_once_one_succeeds() {
    let (server, event) = earned().await;
    let server = Arc::new(server);
    let claims = (0..20).map(|_| {
        let (server, event) = (Arc::clone(&server), event.clone());
        async move { claim(&server, &event, "ann", "xp", None).await.status.as_u16() }
    });
    let mut statuses = claims.collect::<JoinSet<_>>().join_all().await;
    statuses.sort_unstable();
    assert_eq!((statuses[0], &statuses[1..]), (200, &[409; 19][..]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_never_granted_is_not_found() {
    let (server, event) = earned().await;
    for (player, kind, id) in [
        ("ann", "item", None),
        ("ann", "item", Some("crown")),
        ("ann", "currency", Some("silver")),
        ("ann", "xp", Some("gold")),
        ("nobody", "xp", None),
    ] {
        claim(&server, &event, player, kind, id).await.expect_error(404, "REWARD_NOT_FOUND");
    }
    let nowhere = json!({ "id": Uuid::nil() });
    claim(&server, &nowhere, "ann", "xp", None).await.expect_error(404, "EVENT_NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_without_an_id_takes_the_oldest() {
    let (server, event) = promised().await;
    // The second in the list came first.
    sqlx::query(
        "UPDATE gameplay.event_rewards SET created_at = created_at - interval '1 minute' WHERE reward_id = 'elixir'",
    )
    .execute(&server.database)
    .await
    .unwrap();
    for id in ["elixir", "potion"] {
        assert_eq!(claim(&server, &event, "ann", "item", None).await.expect(200)["rewardId"], id);
    }
    claim(&server, &event, "ann", "item", None).await.expect_error(409, "ALREADY_CLAIMED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_with_an_id_takes_that_one() {
    let (server, event) = promised().await;
    assert_eq!(claim(&server, &event, "ann", "item", Some("elixir")).await.expect(200)["rewardId"], "elixir");
    claim(&server, &event, "ann", "item", Some("elixir")).await.expect_error(409, "ALREADY_CLAIMED");
    assert_eq!(claim(&server, &event, "ann", "item", None).await.expect(200)["rewardId"], "potion");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wrong_request_is_named() {
    let (server, event) = promised().await;
    claim(&server, &event, "", "item", None).await.expect_invalid("playerId");
    claim(&server, &event, "ann", "gold", None).await.expect_invalid("rewardType");
    claim(&server, &event, "ann", "item", Some("")).await.expect_invalid("rewardId");
    server.game().get(&path(&event, "/rewards")).await.expect_error(400, "VALIDATION_ERROR");
    let nowhere = json!({ "id": Uuid::nil() });
    server.game().get(&path(&nowhere, "/rewards?playerId=ann")).await.expect_error(404, "EVENT_NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread")]
async fn players_see_and_claim_their_own() {
    let (server, event) = promised().await;
    let rewards = path(&event, "/rewards");
    let claim = json!({ "playerId": "ann", "rewardType": "item" });
    server.player("bob").post(&rewards, claim.clone()).await.expect_error(403, "FORBIDDEN");
    server.designer().post(&rewards, claim.clone()).await.expect_error(403, "FORBIDDEN");
    server.player("ann").post(&rewards, claim).await.expect(200);

    let anns = format!("{rewards}?playerId=ann");
    server.player("bob").get(&anns).await.expect_error(403, "FORBIDDEN");
    for caller in [server.player("ann"), server.game(), server.designer(), server.operator()] {
        assert_eq!(caller.get(&anns).await.expect(200)["rewards"].as_array().unwrap().len(), 2);
    }
}
