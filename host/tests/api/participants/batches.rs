//! What is written together fails alone, survives a lost connection, and does not care how many servers there are.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinSet;
use world_events::auth::Role;

use super::concurrency::{at_once, hit, invasion};
use crate::support::{Answer, PATIENCE, TestServer, path};

/// Lets requests wait in the queue behind an event's row, which somebody else has locked, until `release`.
async fn locked(server: &TestServer, event: &Value) -> sqlx::Transaction<'static, sqlx::Postgres> {
    let mut transaction = server.database.begin().await.unwrap();
    sqlx::query("SELECT FROM gameplay.world_events WHERE id = $1::text::uuid FOR UPDATE")
        .bind(event["id"].as_str().unwrap())
        .execute(&mut *transaction)
        .await
        .unwrap();
    transaction
}

async fn join(server: Arc<TestServer>, event: Value, player: String) -> Answer {
    server.game().post(&path(&event, "/participants"), json!({ "playerId": player })).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_the_database_refuses_fails_alone() {
    let server = Arc::new(TestServer::start().await);
    let event = server.event(json!({})).await;
    sqlx::query("ALTER TABLE gameplay.event_participants ADD CHECK (player_id <> 'player-7' AND score <> 7)")
        .execute(&server.database)
        .await
        .unwrap();
    let lock = locked(&server, &event).await;
    let mut joins: JoinSet<Answer> = JoinSet::new();
    for player in 0..20 {
        joins.spawn(join(Arc::clone(&server), event.clone(), format!("player-{player}")));
    }
    server.until_waiting(1).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    lock.rollback().await.unwrap();
    let mut refused = Vec::new();
    for answer in joins.join_all().await {
        if answer.status != 201 {
            refused.push(answer.expect_error(500, "INTERNAL_ERROR"));
        }
    }
    assert_eq!(refused.len(), 1, "{refused:?}");

    let reports = (0..20).filter(|player| *player != 7).map(|player| {
        let (server, event) = (Arc::clone(&server), event.clone());
        let below = path(&event, &format!("/participants/player-{player}"));
        async move { server.game().put(&below, json!({ "score": player })).await }
    });
    assert_eq!(at_once(reports).await, BTreeMap::from([(200, 19)]));
    let below = path(&event, "/participants/player-3");
    server.game().put(&below, json!({ "score": 7 })).await.expect_error(500, "INTERNAL_ERROR");
    assert_eq!(server.participation(&event, "player-3").await["score"], 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_says_so_at_once() {
    let server = Arc::new(TestServer::start_with(|settings| settings.write_queue = 2).await);
    let event = server.event(json!({})).await;
    let lock = locked(&server, &event).await;
    let mut joins: JoinSet<Answer> = JoinSet::new();
    joins.spawn(join(Arc::clone(&server), event.clone(), "first".to_owned()));
    server.until_waiting(1).await;
    for player in 0..10 {
        joins.spawn(join(Arc::clone(&server), event.clone(), format!("player-{player}")));
    }
    // Eight of the ten are told to come back, while the event is still locked.
    for _ in 0..8 {
        let answer = tokio::time::timeout(PATIENCE, joins.join_next()).await.unwrap().unwrap().unwrap();
        assert_eq!(answer.header("retry-after"), Some("1"));
        answer.expect_error(503, "OVERLOADED");
    }
    lock.rollback().await.unwrap();
    for answer in joins.join_all().await {
        answer.expect(201);
    }
    assert_eq!(server.wait_for(&event, |_| true).await["currentParticipants"], 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_goes_away_leaves_nothing_half_done() {
    let server = Arc::new(TestServer::start().await);
    let event = invasion(&server, json!({})).await;
    server.join(&event, "ann").await.expect(201);
    let lock = locked(&server, &event).await;
    let gone = {
        let (server, event) = (Arc::clone(&server), event.clone());
        tokio::spawn(async move { server.game().put(&path(&event, "/participants/ann"), hit(5)).await })
    };
    server.until_waiting(1).await;
    gone.abort();
    lock.rollback().await.unwrap();
    // It was under way, and counts once or not at all; the next report counts once.
    let score = server.report(&event, "ann", hit(100)).await.expect(200)["score"].as_i64().unwrap();
    assert!([100, 105].contains(&score), "{score}");
    let event = server.wait_for(&event, |_| true).await;
    assert_eq!(event["counters"]["boss-damage"], score);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_share_a_cap_exactly_and_never_wait_for_each_other_for_ever() {
    let one = Arc::new(TestServer::start().await);
    let event = invasion(&one, json!({ "maxParticipants": 60 })).await;
    let other = Arc::new(one.another().await);
    let servers = [&one, &other];
    let joins = (0..200).map(|player| {
        let (server, event) = (Arc::clone(servers[player % 2]), event.clone());
        // Every player asks both servers.
        async move { server.join(&event, &format!("player-{}", player / 2)).await }
    });
    let counts = at_once(joins).await;
    assert_eq!(counts, BTreeMap::from([(201, 60), (409, 140)]));

    let list = one.game().get(&path(&event, "/participants?limit=100")).await.expect(200);
    let players: Vec<String> = list["participants"]
        .as_array()
        .unwrap()
        .iter()
        .map(|participant| participant["playerId"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(players.len(), 60);
    let reports = players.iter().flat_map(|player| (0..4).map(move |round| (player.clone(), round)));
    let reports = reports.map(|(player, round)| {
        let (server, event) = (Arc::clone(servers[round % 2]), event.clone());
        async move { server.report(&event, &player, hit(1)).await }
    });
    assert_eq!(at_once(reports).await, BTreeMap::from([(200, 240)]));
    for player in &players {
        assert_eq!(other.participation(&event, player).await["score"], 4);
    }
    let total: i64 =
        sqlx::query_scalar("SELECT value FROM gameplay.event_counters").fetch_one(&one.database).await.unwrap();
    assert_eq!(total, 240);
    for server in servers {
        let seen = server.wait_for(&event, |event| event["counters"]["boss-damage"] == 240).await;
        assert_eq!(seen["currentParticipants"], 60);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_connections_lose_nothing_and_count_nothing_twice() {
    const PLAYERS: u64 = 40;
    const REPORTS: u64 = 6;
    let server = Arc::new(TestServer::start().await);
    let event = invasion(&server, json!({})).await;
    let cut = {
        let database = server.database.clone();
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_millis(30)).await;
                sqlx::query(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                     WHERE application_name = 'world-events' AND datname = current_database() AND state <> 'idle'",
                )
                .execute(&database)
                .await
                .unwrap();
            }
        })
    };
    let mut players = JoinSet::new();
    for player in 0..PLAYERS {
        let (server, event) = (Arc::clone(&server), event.clone());
        players.spawn(async move {
            let player = format!("player-{player}");
            let below = path(&event, &format!("/participants/{player}"));
            // As a good client does: again, until there is an answer that is not 503.
            let joined = again(|| join(Arc::clone(&server), event.clone(), player.clone())).await;
            assert!([201, 409].contains(&joined.status.as_u16()), "{joined:?}");
            for sequence in 1..=REPORTS {
                let report = json!({ "actions": [{ "kind": "hit", "amount": 1 }], "sequence": sequence });
                let answer = again(|| async { server.game().put(&below, report.clone()).await }).await;
                assert_eq!(answer.expect(200)["lastSequence"], sequence);
            }
        });
    }
    while let Some(player) = players.join_next().await {
        player.unwrap();
    }
    cut.abort();
    for player in 0..PLAYERS {
        assert_eq!(server.participation(&event, &format!("player-{player}")).await["score"], REPORTS);
    }
    let event = server.wait_for(&event, |event| event["currentParticipants"] == PLAYERS).await;
    assert_eq!(event["counters"]["boss-damage"], PLAYERS * REPORTS);
}

async fn again<F: Future<Output = Answer>>(request: impl Fn() -> F) -> Answer {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let answer = request().await;
        if answer.status != 503 {
            return answer;
        }
        assert!(tokio::time::Instant::now() < deadline, "{answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn claims_on_two_servers_at_once_take_each_reward_once() {
    const REWARDS: usize = 12;
    let server = Arc::new(TestServer::start().await);
    let event = server.event(json!({})).await;
    sqlx::query(
        "INSERT INTO gameplay.event_rewards (event_id, id, player_id, reward_type, reward_id) \
         SELECT $1::text::uuid, gen_random_uuid(), player, 'item', 'item-' || number \
         FROM generate_series(1, $2) AS number, unnest('{ann,bob}'::text[]) AS player",
    )
    .bind(event["id"].as_str().unwrap())
    .bind(i32::try_from(REWARDS).unwrap())
    .execute(&server.database)
    .await
    .unwrap();
    let other = Arc::new(server.another().await);
    let servers = [&server, &other];
    let claims = (0..2 * (REWARDS + 3)).map(|number| {
        let (server, event) = (Arc::clone(servers[(number / 2) % 2]), event.clone());
        let player = ["ann", "bob"][number % 2];
        let token = server.token(Role::Player, player);
        let claim = json!({ "playerId": player, "rewardType": "item" });
        async move { server.bearer(&token).post(&path(&event, "/rewards"), claim).await }
    });
    assert_eq!(at_once(claims).await, BTreeMap::from([(200, 2 * REWARDS), (409, 6)]));
    let told: i64 = sqlx::query_scalar("SELECT count(*) FROM gameplay.outbox WHERE type = 'reward.claimed'")
        .fetch_one(&server.database)
        .await
        .unwrap();
    assert_eq!(told, 2 * REWARDS as i64);
}
