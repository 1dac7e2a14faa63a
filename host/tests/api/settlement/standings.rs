//! The final standings, as the payout rule is given them.

use chrono::TimeDelta;
use serde_json::json;

use super::{end, granted, reward, settled};
use crate::support::{TestServer, path};

#[tokio::test(flavor = "multi_thread")]
async fn equal_scores_share_a_rank() {
    let server = TestServer::start().await;
    server.publish("ranked-tournament").await;
    let place = |rank: u64| json!({ "rank": rank, "prizes": [{ "rewardType": "xp", "amount": 100 / rank }] });
    let parameters = json!({ "podium": [place(1), place(2), place(4)], "brackets": [] });
    let rules = json!({ "plugin": "ranked-tournament", "parameters": parameters });
    let event = server.event(json!({ "rules": rules })).await;
    for (player, result) in [("late", 50), ("first", 90), ("early", 50), ("last", 10)] {
        server.join(&event, player).await.expect(201);
        let attempt = json!({ "actions": [{ "kind": "attempt", "amount": result }] });
        server.report(&event, player, attempt).await.expect(200);
    }
    end(&server, &event).await;
    assert_eq!(settled(&server, &event).await["settlement"]["state"], "done");
    for (player, xp) in [("first", 100), ("early", 50), ("late", 50), ("last", 25)] {
        assert_eq!(granted(&server, &event, player).await, [reward("xp", None, xp)], "{player}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reached_a_score_earlier_stands_first_and_who_left_not_at_all() {
    let server = TestServer::start().await;
    server.publish("boss-invasion").await;
    let event = server.event(json!({ "rules": { "plugin": "boss-invasion" } })).await;
    for player in ["gone", "out", "bob", "ann", "cleo"] {
        server.join(&event, player).await.expect(201);
    }
    // bob joined before ann, but she reached 20 before him. To score nothing later on does not count.
    for (player, amount) in [("cleo", 19), ("bob", 10), ("ann", 20), ("gone", 99), ("out", 99), ("bob", 10), ("ann", 0)]
    {
        server.clock.advance(TimeDelta::seconds(1));
        super::hits(&server, &event, player, amount).await.expect(200);
    }
    server.report(&event, "gone", json!({ "status": "LEFT" })).await.expect(200);
    server.report(&event, "out", json!({ "status": "KICKED" })).await.expect(200);
    server.report(&event, "cleo", json!({ "status": "COMPLETED" })).await.expect(200);
    server.designer().put(&path(&event, ""), json!({ "status": "COMPLETED" })).await.expect(200);
    assert_eq!(settled(&server, &event).await["settlement"]["total"], 3);

    let standings: Vec<(i64, i64, String)> =
        sqlx::query_as("SELECT position, rank, player_id FROM gameplay.event_standings ORDER BY position")
            .fetch_all(&server.database)
            .await
            .unwrap();
    assert_eq!(standings, [(1, 1, "ann".to_owned()), (2, 1, "bob".to_owned()), (3, 3, "cleo".to_owned())]);
    assert_eq!(granted(&server, &event, "gone").await, []);
}
