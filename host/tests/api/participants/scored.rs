//! `PUT /events/{eventId}/participants/{playerId}` where a rule keeps the score.

use serde_json::{Value, json};

use crate::guest::Guest;
use crate::support::{TestServer, path};

/// An invasion of the example plugin, in which ann takes part.
async fn invasion(parameters: Value, goals: Value) -> (TestServer, Value) {
    let server = TestServer::start().await;
    server.publish("boss-invasion").await;
    let rules = json!({ "plugin": "boss-invasion", "parameters": parameters, "goals": goals });
    let event = server.event(json!({ "rules": rules, "playerReports": true })).await;
    server.join(&event, "ann").await.expect(201);
    (server, event)
}

fn hit(amount: i64) -> Value {
    json!({ "actions": [{ "kind": "hit", "amount": amount }] })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rule_scores_actions() {
    let (server, event) = invasion(json!({ "elementPercent": { "fire": 200 }, "maxHit": 1_000 }), json!([])).await;
    let report = json!({ "actions": [
        { "kind": "hit", "amount": 100 },
        { "kind": "hit", "amount": 100, "attributes": { "element": "fire" } },
        { "kind": "hit", "amount": 1_000_000 },
        { "kind": "heal", "amount": 10 },
    ] });
    let after = server.report(&event, "ann", report).await.expect(200);
    assert_eq!(after["score"], 100 + 200 + 1_000 + 5);
    assert_eq!(after["progressData"], json!({ "hits": 3, "damage": 1_300, "bestHit": 1_000, "support": 10 }));
    assert_eq!(after["achievements"], json!([{ "id": "first-blood" }]));
    let event = server.wait_for(&event, |_| true).await;
    assert_eq!(event["counters"], json!({ "boss-damage": 1_300, "contribution": 1_305 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rule_sees_the_players_attributes() {
    let (server, event) = invasion(json!({ "elementPercent": { "ice": 50 } }), json!([])).await;
    server.attributes("ann", json!({ "element": "ice" })).await;
    assert_eq!(server.report(&event, "ann", hit(100)).await.expect(200)["score"], 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_the_rules_to_set_is_refused() {
    let (server, event) = invasion(json!({}), json!([])).await;
    for (member, value) in [("score", json!(1)), ("achievements", json!([]))] {
        let mut report = hit(5);
        report[member] = value;
        let error = server.report(&event, "ann", report).await.expect_invalid(member);
        assert!(error["message"].as_str().unwrap().contains("scoring rule"), "{error}");
    }
    assert_eq!(server.participation(&event, "ann").await["score"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_rule_refuses_changes_nothing() {
    let (server, event) = invasion(json!({}), json!([])).await;
    let report = json!({ "actions": [{ "kind": "hit", "amount": 5 }, { "kind": "dance", "amount": 1 }], "rating": 5 });
    let error = server.report(&event, "ann", report).await.expect_error(409, "NOT_ELIGIBLE");
    assert_eq!(error["details"]["reason"]["code"], "UNKNOWN_ACTION");
    let after = server.participation(&event, "ann").await;
    assert_eq!((&after["score"], &after["version"]), (&json!(0), &json!(1)));
    assert_eq!(server.wait_for(&event, |_| true).await["counters"], json!({}));
}

#[tokio::test(flavor = "multi_thread")]
async fn players_report_actions_where_the_event_says_so() {
    let (server, event) = invasion(json!({}), json!([])).await;
    let ann = path(&event, "/participants/ann");
    assert_eq!(server.player("ann").put(&ann, hit(7)).await.expect(200)["score"], 7);
    server.player("bob").put(&ann, hit(7)).await.expect_error(403, "FORBIDDEN");
    server.player("ann").put(&ann, json!({ "score": 7 })).await.expect_error(403, "FORBIDDEN");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_is_not_scored_again() {
    let (server, event) = invasion(json!({}), json!([])).await;
    for sequence in [1, 1, 2, 1, 2] {
        let mut report = hit(10);
        report["sequence"] = json!(sequence);
        server.report(&event, "ann", report).await.expect(200);
    }
    assert_eq!(server.participation(&event, "ann").await["score"], 20);
    assert_eq!(server.wait_for(&event, |_| true).await["counters"]["boss-damage"], 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rule_completes_a_participation() {
    let (server, event) = invasion(json!({ "completionScore": 30 }), json!([])).await;
    assert_eq!(server.report(&event, "ann", hit(29)).await.expect(200)["status"], "ACTIVE");
    let done = server.report(&event, "ann", hit(1)).await.expect(200);
    assert_eq!(done["status"], "COMPLETED");
    assert!(done["completedAt"].is_string());
    // Who has completed it still scores.
    assert_eq!(server.report(&event, "ann", hit(5)).await.expect(200)["score"], 35);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_goal_that_ends_the_event_counts_the_report_that_reached_it() {
    let goals = json!([{ "counter": "boss-damage", "target": 100, "endsEvent": true }]);
    let (server, event) = invasion(json!({}), goals).await;
    server.report(&event, "ann", hit(99)).await.expect(200);
    server.report(&event, "ann", hit(50)).await.expect(200);
    server.report(&event, "ann", hit(1)).await.expect_error(409, "EVENT_NOT_ACTIVE");
    let over = server.wait_for(&event, |_| true).await;
    assert_eq!((&over["status"], &over["counters"]["boss-damage"]), (&json!("COMPLETED"), &json!(149)));
    assert_eq!(server.participation(&event, "ann").await["score"], 149);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_goal_that_is_lowered_below_the_counter_ends_the_event_at_the_next_report() {
    let goals = |target: u64| json!([{ "counter": "boss-damage", "target": target, "endsEvent": true }]);
    let (server, event) = invasion(json!({}), goals(1_000)).await;
    server.report(&event, "ann", hit(100)).await.expect(200);
    let rules = json!({ "plugin": "boss-invasion", "goals": goals(50) });
    server.designer().put(&path(&event, "/rules"), rules).await.expect(200);
    server.report(&event, "ann", hit(1)).await.expect(200);
    server.report(&event, "ann", hit(1)).await.expect_error(409, "EVENT_NOT_ACTIVE");
    assert_eq!(server.participation(&event, "ann").await["score"], 101);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_goal_that_ends_nothing_is_told_once() {
    let goals = json!([{ "counter": "boss-damage", "target": 10 }]);
    let (server, event) = invasion(json!({}), goals).await;
    for _ in 0..3 {
        server.report(&event, "ann", hit(10)).await.expect(200);
    }
    assert_eq!(server.wait_for(&event, |_| true).await["status"], "ACTIVE");
    let told: i64 = sqlx::query_scalar("SELECT count(*) FROM gameplay.outbox WHERE type = 'goal.reached'")
        .fetch_one(&server.database)
        .await
        .unwrap();
    assert_eq!(told, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_goes_through_the_rule() {
    // A rule that keeps its own progress, whatever the report says.
    let server = TestServer::start().await;
    let mut guest = Guest::new("keeper");
    let outcome = guest.outcome(3, r#"{"kept":true}"#, r#"[{"id":"new"}]"#, (0, 0));
    server.publish_guest("keeper", guest.score(format!("(i32.const {outcome})"))).await;
    let event = server.event(json!({ "rules": { "plugin": "keeper" } })).await;
    server.join(&event, "ann").await.expect(201);
    for _ in 0..2 {
        server.report(&event, "ann", json!({ "progressData": { "mine": 1 } })).await.expect(200);
    }
    let after = server.participation(&event, "ann").await;
    assert_eq!((&after["score"], &after["progressData"]), (&json!(3), &json!({ "kept": true })));
    // Achievements are added to.
    assert_eq!(after["achievements"], json!([{ "id": "new" }, { "id": "new" }]));
}

#[tokio::test(flavor = "multi_thread")]
async fn amounts_have_a_range() {
    let (server, event) = invasion(json!({}), json!([])).await;
    server.report(&event, "ann", hit(9_007_199_254_740_991)).await.expect(200);
    let refused = server.report(&event, "ann", hit(-9_007_199_254_740_991)).await.expect_error(409, "NOT_ELIGIBLE");
    assert_eq!(refused["details"]["reason"]["code"], "NEGATIVE_AMOUNT");
    for amount in [9_007_199_254_740_992, -9_007_199_254_740_992] {
        server.report(&event, "ann", hit(amount)).await.expect_invalid("actions[0].amount");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_have_a_size() {
    let (server, event) = invasion(json!({}), json!([])).await;
    let actions = |count: usize, kind: &str| json!({ "actions": vec![json!({ "kind": kind, "amount": 1 }); count] });
    server.report(&event, "ann", actions(1_001, "hit")).await.expect_invalid("actions");
    server.report(&event, "ann", actions(400, &"x".repeat(60))).await.expect_invalid("actions");
    let noted = json!({ "actions": [{ "kind": "hit", "amount": 1, "attributes": { "note": "x".repeat(13_000) } }] });
    server.report(&event, "ann", noted).await.expect_invalid("actions[0].attributes");
    assert_eq!(server.report(&event, "ann", actions(700, "hit")).await.expect(200)["score"], 700);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_leave_the_range_is_refused_whole() {
    // Each report adds almost all that a counter can hold.
    let server = TestServer::start().await;
    let mut guest = Guest::new("bank");
    let name = guest.put(b"gold");
    let mut counter = Vec::new();
    counter.extend(u32::try_from(name).unwrap().to_le_bytes());
    counter.extend(4_u32.to_le_bytes());
    counter.extend(9_007_199_254_740_000_i64.to_le_bytes());
    let counters = guest.put(&counter);
    let outcome = guest.outcome(1, "{}", "[]", (counters, 1));
    server.publish_guest("bank", guest.score(format!("(i32.const {outcome})"))).await;
    let event = server.event(json!({ "rules": { "plugin": "bank" } })).await;
    for player in ["ann", "bob"] {
        server.join(&event, player).await.expect(201);
    }
    server.report(&event, "ann", json!({ "actions": [] })).await.expect(200);
    server.report(&event, "bob", json!({ "actions": [] })).await.expect_error(409, "COUNTER_OUT_OF_RANGE");
    assert_eq!(server.participation(&event, "bob").await["score"], 0);
    let event = server.wait_for(&event, |_| true).await;
    assert_eq!(event["counters"]["gold"], 9_007_199_254_740_000_i64);
}

#[tokio::test(flavor = "multi_thread")]
async fn if_match_guards_a_scored_report() {
    let (server, event) = invasion(json!({}), json!([])).await;
    let ann = path(&event, "/participants/ann");
    server.report(&event, "ann", hit(1)).await.expect(200);
    server.game().put_if(&ann, "\"1\"", hit(1)).await.expect_error(412, "PRECONDITION_FAILED");
    assert_eq!(server.game().put_if(&ann, "\"2\"", hit(1)).await.expect(200)["score"], 2);
}
