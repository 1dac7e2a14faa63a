//! Events that start and end by the clock.

use chrono::TimeDelta;
use serde_json::json;

use crate::support::{TestServer, noon, path};

#[tokio::test(flavor = "multi_thread")]
async fn events_start_and_end_by_the_clock() {
    let server = TestServer::start().await;
    let event = server.event(json!({ "startTime": noon() + TimeDelta::minutes(10) })).await;
    assert_eq!(event["status"], "ANNOUNCED");
    server.join(&event, "early").await.expect_error(409, "EVENT_NOT_ACTIVE");

    server.clock.advance(TimeDelta::minutes(10));
    server.wait_for(&event, |event| event["status"] == "ACTIVE").await;
    server.join(&event, "in-time").await.expect(201);

    server.clock.advance(TimeDelta::minutes(50));
    // Whether or not anybody has written it down yet, the event is over.
    server.join(&event, "late").await.expect_error(409, "EVENT_NOT_ACTIVE");
    let over = server.wait_for(&event, |event| event["status"] == "COMPLETED").await;
    assert_eq!(over["currentParticipants"], 1);
    let told: Vec<String> =
        sqlx::query_scalar("SELECT type FROM gameplay.outbox ORDER BY id").fetch_all(&server.database).await.unwrap();
    assert_eq!(told, ["event.started", "event.completed"]);
    server.designer().put(&path(&event, ""), json!({ "name": "Later" })).await.expect_error(409, "EVENT_OVER");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_without_an_end_goes_on() {
    let server = TestServer::start().await;
    let event = server.event(json!({ "endTime": null })).await;
    let other = server.event(json!({})).await;
    server.clock.advance(TimeDelta::days(300));
    server.wait_for(&other, |event| event["status"] == "COMPLETED").await;
    server.join(&event, "late").await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_was_slept_through_is_over() {
    let server = TestServer::start().await;
    let start = noon() + TimeDelta::minutes(10);
    let event = server.event(json!({ "startTime": start, "endTime": start + TimeDelta::minutes(1) })).await;
    server.clock.advance(TimeDelta::days(1));
    let over = server.wait_for(&event, |event| event["status"] == "COMPLETED").await;
    assert_eq!((&over["startTime"], &over["endTime"]), (&event["startTime"], &event["endTime"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_that_is_moved_is_kept() {
    let server = TestServer::start().await;
    let event = server.event(json!({})).await;
    let later = noon() + TimeDelta::hours(2);
    server.designer().put(&path(&event, ""), json!({ "endTime": later })).await.expect(200);
    server.clock.advance(TimeDelta::minutes(90));
    server.join(&event, "in-time").await.expect(201);
    server.clock.advance(TimeDelta::minutes(30));
    server.wait_for(&event, |event| event["status"] == "COMPLETED").await;
}
