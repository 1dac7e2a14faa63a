//! `PUT /events/{eventId}/rules`: what an event is to have is tried before it has it.

use serde_json::{Value, json};

use crate::guest::Guest;
use crate::support::{TestServer, path};

/// A scoring rule whose answers have these notes, or which does what `body` says.
fn scoring(version: &str, body: impl FnOnce(&mut Guest) -> String) -> Guest {
    let mut guest = Guest::welcoming("score").manifest(|manifest| manifest[1] = version.into());
    let body = body(&mut guest);
    guest.score(body)
}

fn scores(guest: &mut Guest) -> String {
    let outcome = guest.outcome(7, "{}", "[]", (0, 0));
    format!("(i32.const {outcome})")
}

/// Refuses every report.
fn refuses(guest: &mut Guest) -> String {
    let refusal = guest.refuse_report("MALFORMED_DATA", "the notes are of another version");
    format!("(i32.const {refusal})")
}

async fn event(server: &TestServer) -> Value {
    server.publish_guest("score", scoring("1.0.0", scores)).await;
    let event = server.event(json!({ "rules": { "plugin": "score", "parameters": { "level": 3 } } })).await;
    server.join(&event, "ann").await.expect(201);
    event
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_fails_with_those_who_are_in_is_not_taken() {
    let server = TestServer::start().await;
    let event = event(&server).await;
    server.publish_guest("score", scoring("2.0.0", |_| "(unreachable)".to_owned())).await;
    let to = json!({ "version": "2.0.0" });
    let error = server.operator().put(&path(&event, "/rules"), to).await.expect_error(409, "RULES_DO_NOT_FIT");
    let details = &error["details"];
    assert_eq!((&details["sampled"], &details["misfits"][0]["playerId"]), (&json!(1), &json!("ann")));
    assert_eq!(details["misfits"][0]["call"], "scoring.score");
    let unchanged = server.operator().get(&path(&event, "")).await.expect(200);
    assert_eq!((&unchanged["rules"]["version"], &unchanged["version"]), (&json!("1.0.0"), &event["version"]));

    let forced = json!({ "version": "2.0.0", "force": true });
    let changed = server.operator().put(&path(&event, "/rules"), forced).await.expect(200);
    assert_eq!(changed["rules"]["version"], "2.0.0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_cannot_read_the_notes_of_the_other_is_not_taken() {
    let server = TestServer::start().await;
    let event = event(&server).await;
    server.publish_guest("score", scoring("2.0.0", refuses)).await;
    let to = json!({ "version": "2.0.0" });
    let error = server.operator().put(&path(&event, "/rules"), to.clone()).await.expect_error(409, "RULES_DO_NOT_FIT");
    assert!(error["message"].as_str().unwrap().contains("MALFORMED_DATA: the notes are of another version"), "{error}");
    // Where nobody is in, there is nobody whom it would not fit.
    let empty = server.event(json!({ "rules": { "plugin": "score", "version": "1.0.0" } })).await;
    server.operator().put(&path(&empty, "/rules"), to).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_out_stays() {
    let server = TestServer::start().await;
    let event = event(&server).await;
    server.publish_guest("score", scoring("1.1.0", scores)).await;
    let rules = path(&event, "/rules");
    let goals = json!([{ "counter": "gold", "target": 5, "endsEvent": false }]);
    let changed = server.operator().put(&rules, json!({ "goals": goals })).await.expect(200);
    assert_eq!((&changed["rules"]["version"], &changed["rules"]["goals"]), (&json!("1.0.0"), &goals));
    let changed = server.operator().put(&rules, json!({ "plugin": "score" })).await.expect(200);
    assert_eq!(changed["rules"]["version"], "1.1.0", "the newest");
    assert_eq!((&changed["rules"]["parameters"], &changed["rules"]["goals"]), (&json!({ "level": 3 }), &goals));
    let changed = server.operator().put(&rules, json!({ "parameters": {}, "goals": [] })).await.expect(200);
    assert_eq!((&changed["rules"]["parameters"], &changed["rules"]["goals"]), (&json!({}), &json!([])));

    server.publish_guest("inn", Guest::welcoming("inn")).await;
    let event = server.event(json!({ "rules": { "plugin": "score", "parameters": { "level": 3 } } })).await;
    let changed = server.operator().put(&path(&event, "/rules"), json!({ "plugin": "inn" })).await.expect(200);
    assert_eq!(changed["rules"]["parameters"], json!({}), "of another plugin");

    let bare = server.event(json!({})).await;
    server.operator().put(&path(&bare, "/rules"), json!({})).await.expect_invalid("plugin");
}
