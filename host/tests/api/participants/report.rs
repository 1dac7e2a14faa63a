//! `PUT /events/{eventId}/participants/{playerId}` in an event without a scoring rule.

use chrono::TimeDelta;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{TestServer, path};

const MAX_SAFE_INTEGER: i64 = 9_007_199_254_740_991;

/// An event without rules, in which ann takes part.
async fn started() -> (TestServer, Value) {
    let server = TestServer::start().await;
    let event = server.event(json!({})).await;
    server.join(&event, "ann").await.expect(201);
    (server, event)
}

#[tokio::test(flavor = "multi_thread")]
async fn trusted_roles_set_score_and_achievements() {
    let (server, event) = started().await;
    server.clock.advance(TimeDelta::minutes(1));
    let after =
        server.report(&event, "ann", json!({ "score": 5, "achievements": [{ "id": "first" }] })).await.expect(200);
    assert_eq!((&after["score"], &after["achievements"]), (&json!(5), &json!([{ "id": "first" }])));
    assert_ne!(after["lastActivity"], after["joinTime"]);
    // What is sent replaces what was there.
    let ann = path(&event, "/participants/ann");
    let after = server.operator().put(&ann, json!({ "achievements": [] })).await.expect(200);
    assert_eq!((&after["score"], &after["achievements"]), (&json!(5), &json!([])));
    server.designer().put(&ann, json!({ "score": 6 })).await.expect_error(403, "FORBIDDEN");
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_is_a_merge_patch() {
    let (server, event) = started().await;
    let mut progress = Value::Null;
    for patch in [
        json!({ "wave": 1, "lair": { "found": true, "keys": 2 }, "loot": [1, 2] }),
        json!({ "wave": 2, "lair": { "keys": null }, "loot": [3], "nothing": null }),
    ] {
        progress =
            server.report(&event, "ann", json!({ "progressData": patch })).await.expect(200)["progressData"].clone();
    }
    assert_eq!(progress, json!({ "wave": 2, "lair": { "found": true }, "loot": [3] }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patch_that_makes_the_progress_too_large_is_refused_whole() {
    let (server, event) = started().await;
    let half = |key: &str| json!({ "progressData": { key: "x".repeat(7_000) }, "score": 9 });
    server.report(&event, "ann", half("a")).await.expect(200);
    server.report(&event, "ann", json!({ "score": 1 })).await.expect(200);
    server.report(&event, "ann", half("b")).await.expect_invalid("progressData");
    let after = server.participation(&event, "ann").await;
    assert_eq!(after["score"], 1);
    assert!(after["progressData"].get("b").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn actions_need_a_rule() {
    let (server, event) = started().await;
    let error = server.report(&event, "ann", json!({ "actions": [{ "kind": "hit", "amount": 1 }] })).await;
    let error = error.expect_invalid("actions");
    assert!(error["message"].as_str().unwrap().contains("scoring rule"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn scores_have_a_range() {
    let (server, event) = started().await;
    for score in [json!(MAX_SAFE_INTEGER), json!(0)] {
        let after = server.report(&event, "ann", json!({ "score": score })).await.expect(200);
        assert_eq!(after["score"], score);
    }
    for score in [json!(MAX_SAFE_INTEGER + 1), json!(-1), json!(1.5), json!("7"), json!(1e300)] {
        server.report(&event, "ann", json!({ "score": score })).await.expect_invalid("score");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sizes_are_bounded() {
    let (server, event) = started().await;
    let large = "x".repeat(12 * 1024);
    server.report(&event, "ann", json!({ "progressData": { "a": large } })).await.expect_invalid("progressData");
    server.report(&event, "ann", json!({ "achievements": [{ "a": large }] })).await.expect_invalid("achievements");
    server.report(&event, "ann", json!({ "progressData": { "a": "\0" } })).await.expect_invalid("progressData");
    let huge = "x".repeat(2 << 20);
    server.report(&event, "ann", json!({ "progressData": { "a": huge } })).await.expect_error(413, "PAYLOAD_TOO_LARGE");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_changes_nothing() {
    let (server, event) = started().await;
    let first = server.report(&event, "ann", json!({ "sequence": 5, "score": 10 })).await.expect(200);
    assert_eq!(first["lastSequence"], 5);
    for sequence in [5, 4, 1] {
        let answer = server.report(&event, "ann", json!({ "sequence": sequence, "score": 99 })).await.expect(200);
        assert_eq!(answer, first);
    }
    let next = server.report(&event, "ann", json!({ "sequence": 6, "score": 11 })).await.expect(200);
    assert_eq!((&next["score"], &next["lastSequence"]), (&json!(11), &json!(6)));

    // Also when it is over: the reporter may not have got the answer.
    server.clock.advance(TimeDelta::hours(1));
    assert_eq!(server.report(&event, "ann", json!({ "sequence": 6, "score": 11 })).await.expect(200), next);
    server.report(&event, "ann", json!({ "sequence": 7, "score": 12 })).await.expect_error(409, "EVENT_NOT_ACTIVE");
    for sequence in [0, -1, MAX_SAFE_INTEGER + 1] {
        server.report(&event, "ann", json!({ "sequence": sequence })).await.expect_invalid("sequence");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn if_match_guards_a_report() {
    let (server, event) = started().await;
    let ann = path(&event, "/participants/ann");
    let tag = server.report(&event, "ann", json!({ "score": 1 })).await.tag();
    assert_eq!(tag, "\"2\"");
    server.game().put_if(&ann, "\"1\"", json!({ "score": 2 })).await.expect_error(412, "PRECONDITION_FAILED");
    let answer = server.game().put_if(&ann, &tag, json!({ "score": 3 })).await;
    assert_eq!(answer.tag(), "\"3\"");
    assert_eq!(answer.expect(200)["score"], 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_may_name_the_tag_that_was_current_before() {
    let (server, event) = started().await;
    let ann = path(&event, "/participants/ann");
    let report = json!({ "sequence": 1, "score": 1 });
    let first = server.game().put_if(&ann, "\"1\"", report.clone()).await.expect(200);
    assert_eq!(server.game().put_if(&ann, "\"1\"", report).await.expect(200), first);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_changes_nothing_leaves_the_version() {
    let (server, event) = started().await;
    let tag = server.report(&event, "ann", json!({})).await.tag();
    assert_eq!(tag, "\"1\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn players_report_only_where_the_event_says_so() {
    let (server, event) = started().await;
    let report = json!({ "progressData": { "wave": 1 } });
    let ann = path(&event, "/participants/ann");
    server.player("ann").put(&ann, report.clone()).await.expect_error(403, "FORBIDDEN");

    let open = server.event(json!({ "playerReports": true })).await;
    server.join(&open, "ann").await.expect(201);
    let ann = path(&open, "/participants/ann");
    server.player("bob").put(&ann, report.clone()).await.expect_error(403, "FORBIDDEN");
    server.player("ann").put(&ann, report).await.expect(200);
    for (member, value) in
        [("score", json!(9)), ("status", json!("COMPLETED")), ("achievements", json!([{ "id": "all" }]))]
    {
        // Not even along with what they may report.
        let report = json!({ "progressData": { "wave": 2 }, member: value });
        let error = server.player("ann").put(&ann, report).await.expect_error(403, "FORBIDDEN");
        assert_eq!(error["message"], format!("players may not set {member}"));
    }
    let after = server.participation(&open, "ann").await;
    assert_eq!((&after["score"], &after["progressData"]["wave"]), (&json!(0), &json!(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rating_may_be_given_afterwards() {
    let (server, event) = started().await;
    let ann = path(&event, "/participants/ann");
    assert_eq!(server.player("ann").put(&ann, json!({ "rating": 3 })).await.expect(200)["rating"], 3.0);
    server.clock.advance(TimeDelta::hours(2));
    assert_eq!(server.player("ann").put(&ann, json!({ "rating": 4.5 })).await.expect(200)["rating"], 4.5);
    server.player("bob").put(&ann, json!({ "rating": 0 })).await.expect_error(403, "FORBIDDEN");
    server.designer().put(&ann, json!({ "rating": 0 })).await.expect_error(403, "FORBIDDEN");
    for rating in [json!(5.1), json!(-1), json!("5")] {
        server.game().put(&ann, json!({ "rating": rating })).await.expect_invalid("rating");
    }
    // But nothing along with it.
    let both = json!({ "rating": 1, "score": 9 });
    server.game().put(&ann, both).await.expect_error(409, "EVENT_NOT_ACTIVE");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_in_cannot_progress() {
    let (server, event) = started().await;
    server.report(&event, "bob", json!({ "score": 1 })).await.expect_error(404, "PARTICIPANT_NOT_FOUND");
    for status in ["LEFT", "KICKED"] {
        server.report(&event, "ann", json!({ "status": status })).await.expect(200);
        let error = server.report(&event, "ann", json!({ "score": 1 })).await.expect_error(409, "NOT_PARTICIPATING");
        assert_eq!(error["details"]["status"], status);
    }
    let nowhere = json!({ "id": Uuid::nil() });
    server.report(&nowhere, "ann", json!({ "score": 1 })).await.expect_error(404, "EVENT_NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_is_for_active_events() {
    let (server, event) = started().await;
    server.clock.advance(TimeDelta::minutes(59));
    server.report(&event, "ann", json!({ "score": 1 })).await.expect(200);
    server.clock.advance(TimeDelta::minutes(1));
    server.report(&event, "ann", json!({ "score": 2 })).await.expect_error(409, "EVENT_NOT_ACTIVE");
    assert_eq!(server.participation(&event, "ann").await["score"], 1);
}
