//! `POST /events/{eventId}/progress`

use serde_json::{Value, json};

use super::concurrency::{hit, invasion};
use crate::support::{Answer, TestServer, path};

fn about(player: &str, mut report: Value) -> Value {
    report["playerId"] = json!(player);
    report
}

async fn tick(server: &TestServer, event: &Value, reports: Value) -> Answer {
    server.game().post(&path(event, "/progress"), json!({ "reports": reports })).await
}

fn statuses(answer: &Value) -> Vec<u64> {
    answer["outcomes"].as_array().unwrap().iter().map(|outcome| outcome["status"].as_u64().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_report_has_an_outcome_and_a_bad_one_fails_alone() {
    let server = TestServer::start().await;
    let event = invasion(&server, json!({})).await;
    for player in ["ann", "bob", "cid"] {
        server.join(&event, player).await.expect(201);
    }
    server.game().delete(&path(&event, "/participants/cid")).await.expect(200);
    let reports = json!([
        about("ann", hit(5)),
        about("nobody", hit(5)),
        about("bob", json!({ "score": 5 })),
        about("bob", json!({ "actions": [{ "kind": "hit", "amount": "much" }] })),
        json!({ "actions": [] }),
        "no object",
        about("cid", hit(5)),
        about("bob", hit(7)),
    ]);
    let answer = tick(&server, &event, reports).await.expect(200);
    assert_eq!(statuses(&answer), [200, 404, 400, 400, 400, 400, 409, 200]);
    let outcome = |number: usize| &answer["outcomes"][number];
    assert_eq!(outcome(0)["participation"]["score"], 5);
    assert_eq!(outcome(0)["participation"]["playerId"], "ann");
    assert_eq!(outcome(0).get("error"), None);
    assert_eq!(outcome(1)["error"]["code"], "PARTICIPANT_NOT_FOUND");
    assert_eq!(outcome(2)["error"]["details"]["field"], "score");
    assert_eq!(outcome(3)["error"]["details"]["field"], "actions[0].amount");
    assert_eq!(outcome(4)["error"]["details"]["field"], "playerId");
    assert_eq!(outcome(6)["error"]["code"], "NOT_PARTICIPATING");
    assert_eq!(outcome(7)["participation"]["score"], 7);
    assert_eq!(server.wait_for(&event, |_| true).await["counters"]["boss-damage"], 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_about_one_player_are_applied_in_order() {
    let server = TestServer::start().await;
    let event = server.event(json!({})).await;
    for player in ["ann", "bob"] {
        server.join(&event, player).await.expect(201);
    }
    let reports: Vec<Value> = (1..=20)
        .map(|number| {
            about(["ann", "bob"][number % 2], json!({ "progressData": { "last": number }, "sequence": number }))
        })
        .collect();
    let answer = tick(&server, &event, json!(reports)).await.expect(200);
    assert_eq!(statuses(&answer), [200; 20]);
    assert_eq!(server.participation(&event, "ann").await["progressData"]["last"], 20);
    assert_eq!(server.participation(&event, "bob").await["progressData"]["last"], 19);
    // The same tick again, because its answer was lost.
    let again = tick(&server, &event, json!(reports)).await.expect(200);
    assert_eq!(statuses(&again), [200; 20]);
    assert_eq!(server.participation(&event, "ann").await["version"], 11);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_reports_fit_and_one_more_does_not() {
    let server = TestServer::start().await;
    let event = invasion(&server, json!({})).await;
    server.crowd(&event, 1_000).await;
    let reports =
        |count: u32| -> Value { (1..=count).map(|number| about(&format!("crowd-{number}"), hit(1))).collect() };
    let answer = tick(&server, &event, reports(1_000)).await.expect(200);
    assert_eq!(statuses(&answer), vec![200; 1_000]);
    assert_eq!(answer["outcomes"][41]["participation"]["playerId"], "crowd-42");
    assert_eq!(answer["outcomes"][41]["participation"]["score"], 43);
    assert_eq!(server.wait_for(&event, |_| true).await["counters"]["boss-damage"], 1_000);
    tick(&server, &event, reports(1_001)).await.expect_invalid("reports");
    tick(&server, &event, json!([])).await.expect_invalid("reports");
    tick(&server, &event, json!("all")).await.expect_invalid("reports");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_goal_that_falls_ends_the_event_for_the_reports_behind_it() {
    let server = TestServer::start().await;
    let goals = json!([{ "counter": "boss-damage", "target": 5, "endsEvent": true }]);
    server.publish("boss-invasion").await;
    let event = server.event(json!({ "rules": { "plugin": "boss-invasion", "goals": goals } })).await;
    server.crowd(&event, 50).await;
    let reports: Value = (1..=50).map(|number| about(&format!("crowd-{number}"), hit(1))).collect();
    let answer = tick(&server, &event, reports).await.expect(200);
    let applied = statuses(&answer).into_iter().filter(|status| *status == 200).count();
    assert_eq!(applied, 5, "{answer:#}");
    let refused = answer["outcomes"].as_array().unwrap().iter().find(|outcome| outcome["status"] == 409).unwrap();
    assert_eq!(refused["error"]["code"], "EVENT_NOT_ACTIVE");
    let event = server.wait_for(&event, |event| event["status"] == "COMPLETED").await;
    assert_eq!(event["counters"]["boss-damage"], 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn players_report_themselves_only_and_designers_nobody() {
    let server = TestServer::start().await;
    let event = server.event(json!({ "playerReports": true })).await;
    for player in ["ann", "bob"] {
        server.join(&event, player).await.expect(201);
    }
    let reports = json!({ "reports": [
        about("ann", json!({ "progressData": { "a": 1 } })), about("bob", json!({ "progressData": { "b": 1 } })),
    ] });
    let answer = server.player("ann").post(&path(&event, "/progress"), reports.clone()).await.expect(200);
    assert_eq!(statuses(&answer), [200, 403]);
    server.designer().post(&path(&event, "/progress"), reports.clone()).await.expect_error(403, "FORBIDDEN");
    let unknown = "/events/00000000-0000-4000-8000-000000000000/progress";
    server.game().post(unknown, reports).await.expect_error(404, "EVENT_NOT_FOUND");
}
