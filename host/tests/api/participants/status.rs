//! The status of a participation, step by step.

use serde_json::json;

use crate::support::TestServer;

/// How to get to a status.
const WAYS: [(&str, &[&str]); 4] =
    [("ACTIVE", &[]), ("COMPLETED", &["COMPLETED"]), ("LEFT", &["LEFT"]), ("KICKED", &["KICKED"])];

#[tokio::test(flavor = "multi_thread")]
async fn an_illegal_step_names_the_legal_ones() {
    let server = TestServer::start().await;
    let event = server.event(json!({})).await;
    for (from, way) in WAYS {
        let legal: &[&str] = match from {
            "ACTIVE" => &["COMPLETED", "LEFT", "KICKED"],
            "COMPLETED" => &["KICKED"],
            "LEFT" => &["ACTIVE", "KICKED"],
            _ => &[],
        };
        for to in ["COMPLETED", "LEFT", "KICKED"] {
            let player = format!("{from}-{to}");
            server.join(&event, &player).await.expect(201);
            for status in way {
                server.report(&event, &player, json!({ "status": status })).await.expect(200);
            }
            let answer = server.report(&event, &player, json!({ "status": to })).await;
            if from == to {
                // To be where one is already is no step.
                answer.expect(200);
            } else if legal.contains(&to) {
                assert_eq!(answer.expect(200)["status"], to);
            } else {
                let error = answer.expect_error(409, "ILLEGAL_TRANSITION");
                assert_eq!(error["details"], json!({ "from": from, "to": to, "legal": legal }));
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_made_active_by_a_report() {
    let server = TestServer::start().await;
    let event = server.event(json!({})).await;
    for (from, way) in WAYS.into_iter().skip(1) {
        server.join(&event, from).await.expect(201);
        server.report(&event, from, json!({ "status": way[0] })).await.expect(200);
        server.report(&event, from, json!({ "status": "ACTIVE" })).await.expect_error(409, "ILLEGAL_TRANSITION");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_that_does_not_exist_is_refused() {
    let server = TestServer::start().await;
    let event = server.event(json!({})).await;
    server.join(&event, "ann").await.expect(201);
    server.report(&event, "ann", json!({ "status": "active" })).await.expect_invalid("status");
}

#[tokio::test(flavor = "multi_thread")]
async fn completing_and_scoring_may_come_together() {
    let server = TestServer::start().await;
    let event = server.event(json!({})).await;
    server.join(&event, "ann").await.expect(201);
    let after = server.report(&event, "ann", json!({ "status": "COMPLETED", "score": 8 })).await.expect(200);
    assert_eq!((&after["status"], &after["score"]), (&json!("COMPLETED"), &json!(8)));
    assert!(after["completedAt"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_illegal_step_takes_everything_with_it() {
    let server = TestServer::start().await;
    let event = server.event(json!({})).await;
    server.join(&event, "ann").await.expect(201);
    server.report(&event, "ann", json!({ "status": "COMPLETED" })).await.expect(200);
    server.report(&event, "ann", json!({ "status": "LEFT", "score": 8 })).await.expect_error(409, "ILLEGAL_TRANSITION");
    assert_eq!(server.participation(&event, "ann").await["score"], 0);
}
