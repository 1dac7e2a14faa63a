//! A server that starts again on the same data.

use serde_json::json;
use std::net::SocketAddr;
use world_events::config::MetricsListen;
use world_events::http_client;

use crate::support::{TestServer, path};

/// A server that also serves metrics.
async fn measured() -> TestServer {
    TestServer::start_with(|settings| {
        settings.metrics_listen = MetricsListen::At(SocketAddr::from(([127, 0, 0, 1], 0)));
    })
    .await
}

/// What one line of the metrics counts.
async fn metric(server: &TestServer, line: &str) -> u64 {
    let url = format!("http://{}/metrics", server.metrics_address().unwrap());
    let text = http_client::plain().build().unwrap().get(url).send().await.unwrap().text().await.unwrap();
    let found = text.lines().find_map(|found| found.strip_prefix(line));
    found.unwrap_or_else(|| panic!("no {line} in\n{text}")).trim().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_still_there() {
    let mut server = TestServer::start().await;
    server.publish("boss-invasion").await;
    let event = server.event(json!({ "rules": { "plugin": "boss-invasion" } })).await;
    server.join(&event, "ann").await.expect(201);
    let hit = json!({ "actions": [{ "kind": "hit", "amount": 7 }], "sequence": 1 });
    server.report(&event, "ann", hit.clone()).await.expect(200);
    let everything = async |server: &TestServer| {
        let version = server.operator().get("/plugins/boss-invasion/versions/1.0.0").await.expect(200);
        (server.operator().get(&path(&event, "")).await.expect(200), version)
    };
    let before = everything(&server).await;

    server.restart().await;
    assert_eq!(everything(&server).await, before);
    // A report that was sent again because the server stopped is not counted again.
    assert_eq!(server.report(&event, "ann", hit).await.expect(200)["score"], 7);
    server.join(&event, "bob").await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn plugins_are_not_compiled_again() {
    let mut server = measured().await;
    server.publish("boss-invasion").await;
    let event = server.event(json!({ "rules": { "plugin": "boss-invasion" } })).await;
    let looked_up = |result: &str| format!("world_events_module_cache_lookups_total{{result=\"{result}\"}}");
    server.restart().await;
    server.join(&event, "ann").await.expect(201);
    assert_eq!(metric(&server, &looked_up("miss")).await, 0);
    assert_eq!(metric(&server, &looked_up("disk")).await, 1);
    // What the join needed was in memory already.
    assert!(metric(&server, &looked_up("memory")).await >= 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn plugins_are_compiled_again_when_the_cache_is_lost() {
    let mut server = measured().await;
    server.publish("boss-invasion").await;
    let event = server.event(json!({ "rules": { "plugin": "boss-invasion" } })).await;
    std::fs::remove_dir_all(server.data_dir().join("plugins")).unwrap();
    server.restart().await;
    server.join(&event, "ann").await.expect(201);
    assert_eq!(metric(&server, "world_events_module_cache_lookups_total{result=\"miss\"}").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_settlement_goes_on_where_it_was_stopped() {
    const PLAYERS: i32 = 2_500;
    let mut server = TestServer::start().await;
    server.publish("boss-invasion").await;
    let rules = json!({ "plugin": "boss-invasion", "parameters": { "tiers": [], "ranks": [] } });
    let event = server.event(json!({ "rules": rules })).await;
    server.crowd(&event, PLAYERS).await;
    // Whoever writes the same reward has to wait for this transaction: the second page of 250 cannot be paid.
    let mut obstacle = server.database.begin().await.unwrap();
    sqlx::query(
        "INSERT INTO gameplay.event_rewards (event_id, id, player_id, reward_type) \
         SELECT id, gen_random_uuid(), 'crowd-2100', 'xp' FROM gameplay.world_events",
    )
    .execute(&mut *obstacle)
    .await
    .unwrap();
    server.designer().put(&path(&event, ""), json!({ "status": "COMPLETED" })).await.expect(200);
    let half = server.wait_for(&event, |event| event["settlement"]["paid"] != 0).await;
    assert_eq!(half["settlement"], json!({ "state": "running", "paid": 250, "total": PLAYERS }));

    server.restart().await;
    obstacle.rollback().await.unwrap();
    let done = server.wait_for(&event, |event| event["settlement"]["state"] == "done").await;
    assert_eq!((&done["settlement"]["paid"], &done["settlement"]["total"]), (&json!(PLAYERS), &json!(PLAYERS)));
    let rewards: (i64, i64, i64) =
        sqlx::query_as("SELECT count(*), count(DISTINCT player_id), sum(amount)::bigint FROM gameplay.event_rewards")
            .fetch_one(&server.database)
            .await
            .unwrap();
    assert_eq!(rewards, (PLAYERS.into(), PLAYERS.into(), i64::from(PLAYERS) * 50));
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_were_due_meanwhile_are_ended() {
    let mut server = TestServer::start().await;
    let event = server.event(json!({})).await;
    server.clock.advance(chrono::TimeDelta::minutes(1));
    sqlx::query("UPDATE gameplay.world_events SET end_time = start_time + interval '30 seconds'")
        .execute(&server.database)
        .await
        .unwrap();
    server.restart().await;
    server.wait_for(&event, |event| event["status"] == "COMPLETED").await;
}
