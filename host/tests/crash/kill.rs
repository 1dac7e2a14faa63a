//! kill -9: what was acknowledged is there afterwards, and nobody is paid twice.

use std::path::Path;

use nix::sys::signal::Signal;
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection};
use tokio::task::JoinSet;
use world_events::auth::Role;
use world_events::store::embedded::{DATABASE, EmbeddedOptions, EmbeddedPostgres};

use crate::client::Client;
use crate::plugins::wasm;
use crate::program::{Program, event_request, wait_for};

/// How many are to be paid, in pages of 250.
const CROWD: i32 = 6_000;
/// How often the server is killed.
const KILLS: i64 = 3;

/// Works on the database of a server that does not run.
async fn with_database<T>(data_dir: &Path, work: impl AsyncFnOnce(&mut PgConnection) -> T) -> T {
    let options = EmbeddedOptions { data_dir: data_dir.to_owned(), bin_dir: None };
    let postgres = EmbeddedPostgres::start(options).await.unwrap();
    let mut connection = PgConnection::connect_with(&postgres.connect_options(DATABASE)).await.unwrap();
    let result = work(&mut connection).await;
    connection.close().await.unwrap();
    postgres.stop().await.unwrap();
    result
}

/// Lets a crowd take part in an event, each with a score.
async fn fill(data_dir: &Path, event: &Value) {
    let id = event["id"].as_str().unwrap();
    with_database(data_dir, async |connection: &mut PgConnection| {
        sqlx::query(
            "INSERT INTO gameplay.event_participants (event_id, id, player_id, score) \
             SELECT $1::text::uuid, gen_random_uuid(), 'crowd-' || number, number FROM generate_series(1, $2) AS number",
        )
        .bind(id)
        .bind(CROWD)
        .execute(connection)
        .await
        .unwrap();
    })
    .await;
}

/// Lets players join and score, one after the other, until the server does not answer any more. Gives those of whom both
/// were acknowledged.
async fn play(game: Client, event: Value, prefix: String) -> Vec<String> {
    let participants = format!("/events/{}/participants", event["id"].as_str().unwrap());
    let mut acknowledged = Vec::new();
    for number in 0.. {
        let player = format!("{prefix}-{number}");
        let join = game.request(reqwest::Method::POST, &participants).json(&json!({ "playerId": player }));
        let hit = json!({ "actions": [{ "kind": "hit", "amount": 3 }] });
        let report = game.request(reqwest::Method::PUT, &format!("{participants}/{player}")).json(&hit);
        for (request, status) in [(join, 201), (report, 200)] {
            let Ok(answer) = request.send().await else { return acknowledged };
            assert_eq!(answer.status(), status);
        }
        acknowledged.push(player);
    }
    acknowledged
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_and_nobody_is_paid_twice() {
    let data_dir = tempfile::tempdir().unwrap();
    let program = Program::start(data_dir.path());
    let designer = program.client(Role::Designer);
    designer.publish("boss-invasion", wasm("boss-invasion").await).await.expect(201);
    let rules = json!({ "plugin": "boss-invasion", "parameters": { "tiers": [], "ranks": [] } });
    let running = designer.post("/events", event_request(rules.clone())).await.expect(201);
    let ending = designer.post("/events", event_request(rules)).await.expect(201);
    program.stop();
    fill(data_dir.path(), &ending).await;

    let mut acknowledged = Vec::new();
    for kill in 1..=KILLS {
        let program = Program::start(data_dir.path());
        let operator = program.client(Role::Operator);
        let end = json!({ "status": "COMPLETED" });
        let players: JoinSet<Vec<String>> = (0..4)
            .map(|lane| play(program.client(Role::GameServer), running.clone(), format!("player-{kill}-{lane}")))
            .collect();
        if kill == 1 {
            operator.put(&format!("/events/{}", ending["id"].as_str().unwrap()), end).await.expect(200);
        }
        // In the middle of it: some are paid, some are in.
        wait_for(&operator, &ending, |event| event["settlement"]["paid"].as_i64().unwrap() >= kill * 1_000).await;
        wait_for(&operator, &running, |event| event["currentParticipants"].as_i64().unwrap() >= kill * 10).await;
        program.signal(Signal::SIGKILL);
        assert_eq!(program.end(), None);
        acknowledged.extend(players.join_all().await.into_iter().flatten());
    }

    let program = Program::start(data_dir.path());
    let operator = program.client(Role::Operator);
    let done = wait_for(&operator, &ending, |event| event["settlement"]["state"] == "done").await;
    assert_eq!((&done["settlement"]["paid"], &done["settlement"]["total"]), (&json!(CROWD), &json!(CROWD)));
    let after = wait_for(&operator, &running, |_| true).await;
    program.stop();

    assert!(!acknowledged.is_empty());
    let (inside, score, there, rewards) = with_database(data_dir.path(), async |connection: &mut PgConnection| {
        let running = running["id"].as_str().unwrap();
        let (inside, score): (i64, i64) = sqlx::query_as(
            "SELECT count(*), sum(score)::bigint FROM gameplay.event_participants WHERE event_id = $1::text::uuid",
        )
        .bind(running)
        .fetch_one(&mut *connection)
        .await
        .unwrap();
        let there: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM gameplay.event_participants \
             WHERE event_id = $1::text::uuid AND player_id = ANY ($2) AND status = 'ACTIVE' AND score = 3",
        )
        .bind(running)
        .bind(&acknowledged)
        .fetch_one(&mut *connection)
        .await
        .unwrap();
        let rewards: (i64, i64, i64) = sqlx::query_as(
            "SELECT count(*), count(DISTINCT player_id), sum(amount)::bigint FROM gameplay.event_rewards",
        )
        .fetch_one(connection)
        .await
        .unwrap();
        (inside, score, there, rewards)
    })
    .await;
    assert_eq!(usize::try_from(there).unwrap(), acknowledged.len());
    assert_eq!((&after["currentParticipants"], &after["counters"]["boss-damage"]), (&json!(inside), &json!(score)));
    assert_eq!(rewards, (CROWD.into(), CROWD.into(), i64::from(CROWD) * 50));
}
