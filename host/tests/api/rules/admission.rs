//! What an admission gives a player, and what it moves.

use serde_json::{Value, json};

use crate::guest::Guest;
use crate::support::{TestServer, path};

/// A rule that notes a side and counts each player who comes in, in a counter of the side and in one that all share.
fn gate() -> Guest {
    let mut guest = Guest::new("gate");
    let admit = guest.admit_with(r#"{"side": "dawn"}"#, &[("members-dawn", 1), ("members", 1)]);
    guest.check(format!("(i32.const {admit})"))
}

async fn event(server: &TestServer, members: Value) -> Value {
    server.publish_guest("gate", gate()).await;
    let mut request = json!({ "rules": { "plugin": "gate" } });
    for (member, value) in members.as_object().unwrap() {
        request[member] = value.clone();
    }
    server.event(request).await
}

async fn counters(server: &TestServer, event: &Value) -> Value {
    server.operator().get(&path(event, "")).await.expect(200)["counters"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_begins_with_the_notes_of_the_admission() {
    let server = TestServer::start().await;
    let event = event(&server, json!({})).await;
    let joined = server.join(&event, "ann").await.expect(201);
    assert_eq!(joined["progressData"], json!({ "side": "dawn" }));
    assert_eq!(server.participation(&event, "ann").await["progressData"], json!({ "side": "dawn" }));
    assert_eq!(counters(&server, &event).await, json!({ "members": 1, "members-dawn": 1 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn counters_count_who_is_in() {
    let server = TestServer::start().await;
    let event = event(&server, json!({})).await;
    for player in ["ann", "bob", "cid"] {
        server.join(&event, player).await.expect(201);
    }
    server.join(&event, "ann").await.expect_error(409, "ALREADY_JOINED");
    assert_eq!(counters(&server, &event).await["members"], 3);

    // Notes of a former stay are kept; the counters are moved again.
    let progress = json!({ "progressData": { "hits": 3 } });
    server.report(&event, "ann", progress).await.expect(200);
    server.game().delete(&path(&event, "/participants/ann")).await.expect(200);
    server.report(&event, "bob", json!({ "status": "KICKED" })).await.expect(200);
    assert_eq!(counters(&server, &event).await, json!({ "members": 1, "members-dawn": 1 }));
    let back = server.join(&event, "ann").await.expect(201);
    assert_eq!(back["progressData"], json!({ "side": "dawn", "hits": 3 }));
    assert_eq!(counters(&server, &event).await["members"], 2);

    // Who has completed it is in, until removed.
    server.report(&event, "cid", json!({ "status": "COMPLETED" })).await.expect(200);
    assert_eq!(counters(&server, &event).await["members"], 2);
    server.report(&event, "cid", json!({ "status": "KICKED" })).await.expect(200);
    server.join(&event, "cid").await.expect_error(409, "KICKED");
    assert_eq!(counters(&server, &event).await["members"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_at_the_door_is_counted_exactly() {
    let server = TestServer::start().await;
    let event = event(&server, json!({ "maxParticipants": 40 })).await;
    let (server, event) = (&server, &event);
    let joins = (0..60).map(|number| async move { server.join(event, &format!("player-{number}")).await.status });
    let statuses = futures_util::future::join_all(joins).await;
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 40);
    assert_eq!(counters(server, event).await, json!({ "members": 40, "members-dawn": 40 }));
    let leaves = (0..60).map(|number| async move {
        server.game().delete(&path(event, &format!("/participants/player-{number}"))).await.status
    });
    let statuses = futures_util::future::join_all(leaves).await;
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 40);
    assert_eq!(counters(server, event).await, json!({ "members": 0, "members-dawn": 0 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_goal_that_a_join_reaches_ends_the_event() {
    let server = TestServer::start().await;
    server.publish_guest("gate", gate()).await;
    let goals = json!([{ "counter": "members", "target": 2, "endsEvent": true }]);
    let event = server.event(json!({ "rules": { "plugin": "gate", "goals": goals } })).await;
    server.join(&event, "ann").await.expect(201);
    server.join(&event, "bob").await.expect(201);
    server.join(&event, "cid").await.expect_error(409, "EVENT_NOT_ACTIVE");
    let over = server.operator().get(&path(&event, "")).await.expect(200);
    assert_eq!((&over["status"], &over["currentParticipants"]), (&json!("COMPLETED"), &json!(2)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admission_that_a_counter_does_not_take_lets_nobody_in() {
    let server = TestServer::start().await;
    let mut guest = Guest::new("gate");
    let admit = guest.admit_with("", &[("members", (1 << 53) - 1)]);
    server.publish_guest("gate", guest.check(format!("(i32.const {admit})"))).await;
    let event = server.event(json!({ "rules": { "plugin": "gate" } })).await;
    server.join(&event, "ann").await.expect(201);
    server.join(&event, "bob").await.expect_error(409, "COUNTER_OUT_OF_RANGE");
    let event = server.operator().get(&path(&event, "")).await.expect(200);
    assert_eq!(event["currentParticipants"], 1);
    // Notes that are larger than progress may be fail like any answer that cannot be kept.
    let mut guest = Guest::new("large").pages(8);
    let admit = guest.admit_with(&format!(r#"{{"notes": "{}"}}"#, "x".repeat(13_000)), &[]);
    server.publish_guest("large", guest.check(format!("(i32.const {admit})"))).await;
    let event = server.event(json!({ "rules": { "plugin": "large" } })).await;
    server.join(&event, "ann").await.expect_error(500, "RULE_BAD_OUTPUT");
}

/// Where an application says whether there is a participation: behind the event's 120 bytes and the player's 24, as the
/// canonical ABI has it.
const BEFORE: usize = 144;

#[tokio::test(flavor = "multi_thread")]
async fn the_rule_knows_who_comes_back() {
    let server = TestServer::start().await;
    let mut guest = Guest::new("once");
    let admit = guest.admit();
    let refuse = guest.refuse("ONCE_ONLY", (0, 0));
    let body = format!(
        "(if (result i32) (i32.load8_u offset={BEFORE} (local.get $in)) (then (i32.const {refuse})) (else (i32.const {admit})))"
    );
    server.publish_guest("once", guest.check(body)).await;
    let event = server.event(json!({ "rules": { "plugin": "once" } })).await;
    server.join(&event, "ann").await.expect(201);
    server.join(&event, "ann").await.expect_error(409, "ALREADY_JOINED");
    server.game().delete(&path(&event, "/participants/ann")).await.expect(200);
    let error = server.join(&event, "ann").await.expect_error(409, "NOT_ELIGIBLE");
    assert_eq!(error["details"]["reason"]["code"], "ONCE_ONLY");
    server.join(&event, "bob").await.expect(201);

    // And the other way round: whom the door would not take as a newcomer may come back.
    let mut guest = Guest::new("again");
    let admit = guest.admit();
    let refuse = guest.refuse("MEMBERS_ONLY", (0, 0));
    let body = format!(
        "(if (result i32) (i32.load8_u offset={BEFORE} (local.get $in)) (then (i32.const {admit})) (else (i32.const {refuse})))"
    );
    server.publish_guest("again", guest.check(body)).await;
    let members = json!({ "plugin": "again", "force": true });
    server.operator().put(&path(&event, "/rules"), members).await.expect(200);
    server.join(&event, "ann").await.expect(201);
    server.join(&event, "cid").await.expect_error(409, "NOT_ELIGIBLE");
}
