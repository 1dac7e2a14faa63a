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
