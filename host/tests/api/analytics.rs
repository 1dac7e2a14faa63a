//! `GET /events/{eventId}/analytics`

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{TestServer, noon, path};

async fn figures(server: &TestServer, event: &Value) -> Value {
    server.player("anybody").get(&path(event, "/analytics")).await.expect(200)
}

#[tokio::test(flavor = "multi_thread")]
async fn without_participants_there_is_nothing_to_average() {
    let server = TestServer::start().await;
    let event = server.event(json!({})).await;
    let expected = json!({
        "eventId": event["id"], "totalParticipants": 0, "completedParticipants": 0, "lastUpdated": noon(),
    });
    assert_eq!(figures(&server, &event).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn scores_times_and_ratings_are_averaged() {
    let server = TestServer::start().await;
    let event = server.event(json!({})).await;
    for player in ["ann", "bob", "cid", "dan"] {
        server.join(&event, player).await.expect(201);
    }
    for (player, minutes, report) in [
        ("ann", 10, json!({ "score": 10, "status": "COMPLETED", "rating": 5 })),
        ("bob", 5, json!({ "score": 25, "status": "COMPLETED" })),
        ("cid", 5, json!({ "score": 5, "rating": 2.5 })),
        ("dan", 0, json!({ "status": "LEFT" })),
    ] {
        server.clock.advance(TimeDelta::minutes(minutes));
        server.report(&event, player, report).await.expect(200);
    }
    let figures = figures(&server, &event).await;
    assert_eq!(figures["totalParticipants"], 4);
    assert_eq!(figures["completedParticipants"], 2);
    // Ten minutes and fifteen.
    assert_eq!(figures["averageCompletionTime"], "PT750S");
    assert_eq!(figures["averageScore"], 10.0);
    assert_eq!(figures["satisfactionRating"], 3.75);
    assert_eq!(figures["lastUpdated"], json!(noon() + TimeDelta::minutes(20)));
    assert_eq!(server.operator().get(&path(&event, "")).await.expect(200)["analytics"], figures);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_participation_rate_needs_the_region_s_population() {
    let server = TestServer::start().await;
    let event = server.event(json!({ "region": "north" })).await;
    for player in ["ann", "bob", "cid"] {
        server.join(&event, player).await.expect(201);
    }
    server.operator().put("/regions/south", json!({ "population": 5 })).await.expect(200);
    assert_eq!(figures(&server, &event).await.get("participationRate"), None);
    for (population, rate) in [(12, 0.25), (3, 1.0), (2, 1.0)] {
        server.operator().put("/regions/north", json!({ "population": population })).await.expect(200);
        assert_eq!(figures(&server, &event).await["participationRate"], rate, "of {population}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rating_counts_once_for_each_player_even_after_the_end() {
    let server = TestServer::start().await;
    let event = server.event(json!({})).await;
    server.join(&event, "ann").await.expect(201);
    server.join(&event, "bob").await.expect(201);
    server.clock.advance(TimeDelta::hours(2));
    server.wait_for(&event, |event| event["status"] == "COMPLETED").await;
    let rate = async |player: &str, rating: Value| {
        server.player(player).put(&path(&event, &format!("/participants/{player}")), json!({ "rating": rating })).await
    };
    for (player, rating) in [("ann", 1), ("ann", 0), ("bob", 5)] {
        rate(player, json!(rating)).await.expect(200);
    }
    for bad in [json!(-0.1), json!(5.1), json!("good")] {
        rate("ann", bad).await.expect_invalid("rating");
    }
    assert_eq!(figures(&server, &event).await["satisfactionRating"], 2.5);
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_events_are_404_and_malformed_ids_400() {
    let server = TestServer::start().await;
    let unknown = "/events/00000000-0000-4000-8000-000000000000/analytics";
    server.operator().get(unknown).await.expect_error(404, "EVENT_NOT_FOUND");
    server.operator().get("/events/hydra/analytics").await.expect_invalid("eventId");
}
