//! `GET /events/{eventId}/leaderboard`, and ranks.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::settlement::{end, settled};
use crate::support::{TestServer, path};

/// What other servers are promised.
const SHOWN_WITHIN: Duration = Duration::from_secs(5);

async fn board(server: &TestServer, event: &Value, query: &str) -> Value {
    server.player("anybody").get(&path(event, &format!("/leaderboard?{query}"))).await.expect(200)
}

/// Rank and player of each entry.
fn places(board: &Value) -> Vec<(u64, String)> {
    let entries = board["entries"].as_array().unwrap();
    entries
        .iter()
        .map(|entry| (entry["rank"].as_u64().unwrap(), entry["playerId"].as_str().unwrap().to_owned()))
        .collect()
}

fn expected(places: &[(u64, &str)]) -> Vec<(u64, String)> {
    places.iter().map(|(rank, player)| (*rank, (*player).to_owned())).collect()
}

async fn scores(server: &TestServer, event: &Value, player: &str, score: u64) {
    server.clock.advance(TimeDelta::seconds(1));
    server.report(event, player, json!({ "score": score })).await.expect(200);
}

async fn tie(server: &TestServer) -> Value {
    let event = server.event(json!({})).await;
    for (player, score) in [("zoe", 5), ("ann", 5), ("bob", 9), ("cleo", 1)] {
        server.join(&event, player).await.expect(201);
        scores(server, &event, player, score).await;
    }
    event
}

/// Asks until the leaderboard is as wanted, which has to be soon.
async fn shows(server: &TestServer, event: &Value, wanted: &[(u64, &str)]) {
    let began = Instant::now();
    loop {
        let found = places(&board(server, event, "").await);
        if found == expected(wanted) {
            return;
        }
        assert!(began.elapsed() < SHOWN_WITHIN, "{found:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_scores_share_a_rank_and_who_was_first_stands_first() {
    let mut server = TestServer::start().await;
    let event = tie(&server).await;
    let wanted = expected(&[(1, "bob"), (2, "zoe"), (2, "ann"), (4, "cleo")]);
    let before = board(&server, &event, "").await;
    assert_eq!((places(&before), &before["total"]), (wanted, &json!(4)));
    assert!(before.get("nextCursor").is_none());
    assert_eq!(
        (&before["entries"][0]["score"], &before["entries"][0]["scoreAt"]),
        (&json!(9), &json!("2030-05-01T12:00:03Z"))
    );
    for (player, rank) in [("bob", 1), ("zoe", 2), ("ann", 2), ("cleo", 4)] {
        assert_eq!(server.participation(&event, player).await["rank"], rank, "{player}");
    }
    server.restart().await;
    assert_eq!(board(&server, &event, "").await, before);
    // Now that it is in memory, a score shows at once.
    scores(&server, &event, "cleo", 7).await;
    let after = places(&board(&server, &event, "").await);
    assert_eq!(after, expected(&[(1, "bob"), (2, "cleo"), (3, "zoe"), (3, "ann")]));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_or_is_removed_does_not_stand_and_who_comes_back_does() {
    let server = TestServer::start().await;
    let event = tie(&server).await;
    assert_eq!(board(&server, &event, "").await["total"], 4);
    server.report(&event, "bob", json!({ "status": "KICKED" })).await.expect(200);
    server.report(&event, "zoe", json!({ "status": "LEFT" })).await.expect(200);
    server.report(&event, "cleo", json!({ "status": "COMPLETED" })).await.expect(200);
    assert_eq!(places(&board(&server, &event, "").await), expected(&[(1, "ann"), (2, "cleo")]));
    assert!(server.participation(&event, "zoe").await.get("rank").is_none());
    server.join(&event, "zoe").await.expect(201);
    assert_eq!(places(&board(&server, &event, "").await), expected(&[(1, "zoe"), (1, "ann"), (3, "cleo")]));
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_show_everybody_once_while_others_score() {
    let server = TestServer::start().await;
    let event = server.event(json!({})).await;
    server.crowd(&event, 250).await;
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = board(&server, &event, &format!("limit=30{cursor}")).await;
        seen.extend(places(&page).into_iter().map(|(_, player)| player));
        // The last of the page goes to the top: the cursor's place is nobody's any more.
        let last = seen.last().unwrap().clone();
        scores(&server, &event, &last, 1_000 + seen.len() as u64).await;
        let Some(next) = page["nextCursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen.len(), 250);
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 250);
}

#[tokio::test(flavor = "multi_thread")]
async fn around_has_the_player_in_its_middle() {
    let server = TestServer::start().await;
    let event = server.event(json!({})).await;
    server.crowd(&event, 20).await;
    for (player, ranks) in [("crowd-10", 9..=13), ("crowd-20", 1..=5), ("crowd-1", 16..=20)] {
        let page = board(&server, &event, &format!("limit=5&around={player}")).await;
        let found: Vec<u64> = places(&page).into_iter().map(|(rank, _)| rank).collect();
        assert_eq!(found, ranks.collect::<Vec<_>>(), "{player}");
    }
    let get = async |query: &str| server.game().get(&path(&event, &format!("/leaderboard?{query}"))).await;
    get("around=nobody").await.expect_error(404, "PARTICIPANT_NOT_FOUND");
    let next = board(&server, &event, "limit=5").await["nextCursor"].as_str().unwrap().to_owned();
    get(&format!("around=crowd-1&cursor={next}")).await.expect_invalid("cursor");
    for (query, field) in [("limit=0", "limit"), ("limit=101", "limit"), ("cursor=x", "cursor")] {
        get(query).await.expect_invalid(field);
    }
    let nowhere = json!({ "id": Uuid::nil() });
    server.game().get(&path(&nowhere, "/leaderboard")).await.expect_error(404, "EVENT_NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_server_writes_the_other_shows() {
    let one = TestServer::start().await;
    let two = one.another().await;
    let event = tie(&one).await;
    for server in [&one, &two] {
        shows(server, &event, &[(1, "bob"), (2, "zoe"), (2, "ann"), (4, "cleo")]).await;
    }
    scores(&two, &event, "cleo", 20).await;
    assert_eq!(places(&board(&two, &event, "limit=1").await), expected(&[(1, "cleo")]), "at once");
    shows(&one, &event, &[(1, "cleo"), (2, "bob"), (3, "zoe"), (3, "ann")]).await;
    one.report(&event, "bob", json!({ "status": "LEFT" })).await.expect(200);
    shows(&two, &event, &[(1, "cleo"), (2, "zoe"), (2, "ann")]).await;

    // By hand, without a word about the version; and in a transaction that ends after a later one, about another event.
    let other = tie(&one).await;
    for server in [&one, &two] {
        shows(server, &other, &[(1, "bob"), (2, "zoe"), (2, "ann"), (4, "cleo")]).await;
    }
    let by_hand = |player: &str, score: i64, event: &Value| {
        let id = event["id"].as_str().unwrap();
        let of = format!("WHERE player_id = '{player}' AND event_id = '{id}'");
        AssertSqlSafe(format!("UPDATE gameplay.event_participants SET score = {score} {of}"))
    };
    let mut slow = one.database.begin().await.unwrap();
    sqlx::query(by_hand("ann", 50, &other)).execute(&mut *slow).await.unwrap();
    sqlx::query(by_hand("zoe", 2, &event)).execute(&one.database).await.unwrap();
    for server in [&one, &two] {
        shows(server, &event, &[(1, "cleo"), (2, "ann"), (3, "zoe")]).await;
    }
    slow.commit().await.unwrap();
    for server in [&one, &two] {
        shows(server, &other, &[(1, "ann"), (2, "bob"), (3, "zoe"), (4, "cleo")]).await;
    }
    sqlx::query("DELETE FROM gameplay.event_participants WHERE player_id = 'ann'")
        .execute(&one.database)
        .await
        .unwrap();
    for server in [&one, &two] {
        shows(server, &event, &[(1, "cleo"), (2, "zoe")]).await;
        shows(server, &other, &[(1, "bob"), (2, "zoe"), (3, "cleo")]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_final_standings_are_those_of_the_board() {
    let server = TestServer::start().await;
    server.publish("boss-invasion").await;
    let event = server.event(json!({ "rules": { "plugin": "boss-invasion" } })).await;
    server.crowd(&event, 40).await;
    server.designer().get(&path(&event, "/leaderboard")).await.expect(200);
    let before = board(&server, &event, "limit=15").await;
    let next = format!("limit=15&cursor={}", before["nextCursor"].as_str().unwrap());
    let queries = ["limit=15", next.as_str(), "limit=5&around=crowd-12", "limit=100"];
    let mut live = Vec::new();
    for query in queries {
        live.push(board(&server, &event, query).await);
    }
    end(&server, &event).await;
    settled(&server, &event).await;
    for (query, live) in queries.into_iter().zip(live) {
        assert_eq!(board(&server, &event, query).await, live, "{query}");
    }
    assert_eq!(server.participation(&event, "crowd-12").await["rank"], 29);
    server.game().get(&path(&event, "/leaderboard?around=nobody")).await.expect_error(404, "PARTICIPANT_NOT_FOUND");
}
