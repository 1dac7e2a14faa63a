//! Many at once: nothing is lost, nothing counts twice, nobody waits for ever.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::{Answer, TestServer, path, patiently};

/// What happens at once, and how often each status was the answer.
pub(super) async fn at_once<F>(requests: impl IntoIterator<Item = F>) -> BTreeMap<u16, usize>
where
    F: Future<Output = Answer> + Send + 'static,
{
    let mut counts = BTreeMap::new();
    let mut tasks: JoinSet<Answer> = requests.into_iter().collect();
    while let Some(answer) = tasks.join_next().await {
        *counts.entry(answer.unwrap().status.as_u16()).or_default() += 1;
    }
    counts
}

pub(super) async fn invasion(server: &TestServer, members: Value) -> Value {
    server.publish("boss-invasion").await;
    let mut request = json!({ "rules": { "plugin": "boss-invasion" } });
    for (member, value) in members.as_object().unwrap() {
        request[member] = value.clone();
    }
    server.event(request).await
}

pub(super) fn hit(amount: u64) -> Value {
    json!({ "actions": [{ "kind": "hit", "amount": amount }] })
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_joins_on_a_cap_of_fifty_give_exactly_fifty() {
    let server = Arc::new(TestServer::start().await);
    let event = invasion(&server, json!({ "maxParticipants": 50 })).await;
    let joins = (0..200).map(|player| {
        let (server, event) = (Arc::clone(&server), event.clone());
        async move { server.join(&event, &format!("player-{player}")).await }
    });
    assert_eq!(at_once(joins).await, BTreeMap::from([(201, 50), (409, 150)]));
    assert_eq!(server.wait_for(&event, |_| true).await["currentParticipants"], 50);
    let list = server.game().get(&path(&event, "/participants?status=ACTIVE&limit=1")).await.expect(200);
    assert_eq!(list["pagination"]["total"], 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_player_joining_many_times_at_once_is_in_once() {
    let server = Arc::new(TestServer::start().await);
    let event = server.event(json!({})).await;
    let joins = (0..30).map(|_| {
        let (server, event) = (Arc::clone(&server), event.clone());
        async move { server.join(&event, "ann").await }
    });
    assert_eq!(at_once(joins).await, BTreeMap::from([(201, 1), (409, 29)]));
    assert_eq!(server.wait_for(&event, |_| true).await["currentParticipants"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_reports_of_one_player_all_count() {
    let server = Arc::new(TestServer::start().await);
    let event = invasion(&server, json!({})).await;
    server.join(&event, "ann").await.expect(201);
    let reports = (1..=100).map(|amount| {
        let (server, event) = (Arc::clone(&server), event.clone());
        async move { server.report(&event, "ann", hit(amount)).await }
    });
    assert_eq!(at_once(reports).await, BTreeMap::from([(200, 100)]));
    let ann = server.participation(&event, "ann").await;
    assert_eq!((&ann["score"], &ann["progressData"]["hits"]), (&json!(5_050), &json!(100)));
    assert_eq!(ann["version"], 101);
    assert_eq!(server.wait_for(&event, |_| true).await["counters"]["boss-damage"], 5_050);
}

#[tokio::test(flavor = "multi_thread")]
async fn patches_at_once_are_all_merged() {
    let server = Arc::new(TestServer::start().await);
    let event = server.event(json!({})).await;
    server.join(&event, "ann").await.expect(201);
    let patches = (0..40).map(|key| {
        let (server, event) = (Arc::clone(&server), event.clone());
        let report = json!({ "progressData": { format!("key-{key}"): key } });
        async move { server.report(&event, "ann", report).await }
    });
    assert_eq!(at_once(patches).await, BTreeMap::from([(200, 40)]));
    assert_eq!(server.participation(&event, "ann").await["progressData"].as_object().unwrap().len(), 40);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_goal_falls_once_and_counts_what_was_applied() {
    const TARGET: u64 = 200;
    let server = Arc::new(TestServer::start().await);
    let goals = json!([{ "counter": "boss-damage", "target": TARGET, "endsEvent": true }]);
    let event = invasion(&server, json!({ "rules": { "plugin": "boss-invasion", "goals": goals } })).await;
    for player in 0..40 {
        server.join(&event, &format!("player-{player}")).await.expect(201);
    }
    // Three times as much as it takes.
    let reports = (0..120).map(|number| {
        let (server, event) = (Arc::clone(&server), event.clone());
        async move { server.report(&event, &format!("player-{}", number % 40), hit(5)).await }
    });
    let counts = at_once(reports).await;
    assert_eq!(counts, BTreeMap::from([(200, 40), (409, 80)]));

    let over = server.wait_for(&event, |event| event["settlement"]["state"] == "done").await;
    assert_eq!((&over["status"], &over["counters"]["boss-damage"]), (&json!("COMPLETED"), &json!(TARGET)));
    let sum: i64 = sqlx::query_scalar("SELECT sum(score)::bigint FROM gameplay.event_participants")
        .fetch_one(&server.database)
        .await
        .unwrap();
    assert_eq!(u64::try_from(sum).unwrap(), TARGET);
    let told: i64 =
        sqlx::query_scalar("SELECT count(*) FROM gameplay.outbox WHERE type IN ('goal.reached', 'event.completed')")
            .fetch_one(&server.database)
            .await
            .unwrap();
    assert_eq!(told, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn joins_leaves_and_reports_do_not_lock_each_other_out() {
    let server = Arc::new(TestServer::start().await);
    let event = invasion(&server, json!({ "maxParticipants": 20 })).await;
    for player in 0..15 {
        server.join(&event, &format!("player-{player}")).await.expect(201);
    }
    let turmoil = (0..240).map(|number| {
        let (server, event) = (Arc::clone(&server), event.clone());
        async move {
            let player = format!("player-{}", number % 30);
            match number % 3 {
                0 => server.join(&event, &player).await,
                1 => server.report(&event, &player, hit(1)).await,
                _ => {
                    let below = path(&event, &format!("/participants/{player}"));
                    patiently(|| async { server.game().delete(&below).await }).await
                }
            }
        }
    });
    let counts = at_once(turmoil).await;
    assert!(counts.keys().all(|status| [200, 201, 404, 409].contains(status)), "{counts:?}");

    let event = server.wait_for(&event, |_| true).await;
    let (inside, score): (i64, i64) = sqlx::query_as(
        "SELECT count(*) FILTER (WHERE status IN ('ACTIVE', 'COMPLETED')), sum(score)::bigint \
         FROM gameplay.event_participants",
    )
    .fetch_one(&server.database)
    .await
    .unwrap();
    assert!(inside <= 20);
    assert_eq!(event["currentParticipants"], inside);
    assert_eq!(event["counters"].get("boss-damage").and_then(Value::as_i64).unwrap_or(0), score);
}
