//! The final standings, as the payout rule is given them.

use chrono::TimeDelta;
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;
use world_events::store::Store;

use super::{end, granted, invasion, prizes, reward, scores, settled};
use crate::support::{TestServer, path};

/// Position, rank, player.
type Row = (i64, i64, String);

async fn standings(database: &PgPool, event: &Value) -> Vec<Row> {
    sqlx::query_as(
        "SELECT position, rank, player_id FROM gameplay.event_standings WHERE event_id = $1 ORDER BY position",
    )
    .bind(id(event))
    .fetch_all(database)
    .await
    .unwrap()
}

fn id(event: &Value) -> Uuid {
    event["id"].as_str().unwrap().parse().unwrap()
}

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

    let standings = standings(&server.database, &event).await;
    assert_eq!(standings, [(1, 1, "ann".to_owned()), (2, 1, "bob".to_owned()), (3, 3, "cleo".to_owned())]);
    assert_eq!(granted(&server, &event, "gone").await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_full_of_ties_stands_as_sql_would_sort_it_whatever_an_earlier_try_left() {
    let (server, event) = invasion(json!([])).await;
    sqlx::query(
        "INSERT INTO gameplay.event_participants \
         (event_id, id, player_id, status, score, join_time, score_at, last_activity, completed_at) \
         SELECT $1, gen_random_uuid(), chr(ascii('A') + n % 3) || chr(ascii('a') + n % 5) || n, status, n % 40, $3, \
           $3 - n % 3 * interval '1 second', $3, CASE WHEN status = 'COMPLETED' THEN $3 END \
         FROM generate_series(1, $2) AS n, LATERAL (SELECT CASE n % 7 \
           WHEN 0 THEN 'LEFT' WHEN 1 THEN 'KICKED' WHEN 2 THEN 'COMPLETED' ELSE 'ACTIVE' END) AS s (status)",
    )
    .bind(id(&event))
    .bind(2_400)
    .bind(server.clock.now())
    .execute(&server.database)
    .await
    .unwrap();
    // A server that has died in the middle of it, and before somebody left.
    sqlx::query(
        "INSERT INTO gameplay.event_standings (event_id, position, rank, player_id) \
         SELECT $1, n, 1, 'somebody-else-' || n FROM generate_series(1, 1100) AS n",
    )
    .bind(id(&event))
    .execute(&server.database)
    .await
    .unwrap();
    end(&server, &event).await;
    let done = settled(&server, &event).await;
    let expected: Vec<Row> = sqlx::query_as(
        "SELECT row_number() OVER (ORDER BY score DESC, score_at, player_id COLLATE \"C\") AS position, \
           rank() OVER (ORDER BY score DESC), player_id \
         FROM gameplay.event_participants WHERE event_id = $1 AND status IN ('ACTIVE', 'COMPLETED') ORDER BY position",
    )
    .bind(id(&event))
    .fetch_all(&server.database)
    .await
    .unwrap();
    assert!(expected.len() > 1_500);
    assert_eq!(standings(&server.database, &event).await, expected);
    assert_eq!(done["settlement"], json!({ "state": "done", "paid": expected.len(), "total": expected.len() }));
}

#[tokio::test(flavor = "multi_thread")]
async fn while_one_server_ranks_an_event_others_wait_for_it_and_pay_the_rest() {
    let server = TestServer::start().await;
    server.publish("boss-invasion").await;
    let rules = json!({ "plugin": "boss-invasion", "parameters": prizes() });
    let large = server.event(json!({ "rules": rules })).await;
    let small = server.event(json!({ "rules": rules })).await;
    for event in [&large, &small] {
        scores(&server, event, "ann", 50).await;
        // One after the other, so that the large one comes first.
        server.clock.advance(TimeDelta::seconds(1));
    }
    let another = Store::new(server.database.clone());
    assert!(another.begin_ranking(id(&large)).await.unwrap().is_none(), "it is not over");
    sqlx::query(
        "INSERT INTO gameplay.event_settlements (event_id, state, started_at, updated_at) VALUES ($1, 'running', $2, $2)",
    )
    .bind(id(&large))
    .bind(server.clock.now())
    .execute(&server.database)
    .await
    .unwrap();
    let ranking = another.begin_ranking(id(&large)).await.unwrap().expect("nobody else ranks it");
    assert!(another.begin_ranking(id(&large)).await.unwrap().is_none(), "one at a time");

    end(&server, &small).await;
    assert_eq!(settled(&server, &small).await["settlement"]["state"], "done");
    assert_eq!(standings(&server.database, &large).await, []);

    // It dies.
    drop(ranking);
    assert_eq!(settled(&server, &large).await["settlement"]["state"], "done");
    assert_eq!(standings(&server.database, &large).await, [(1, 1, "ann".to_owned())]);
    assert!(another.begin_ranking(id(&large)).await.unwrap().is_none(), "it is ranked");
}
