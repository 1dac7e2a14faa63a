//! What becomes of players when a rule fails: once, and again and again.

use std::time::Duration;

use serde_json::{Value, json};

use crate::guest::Guest;
use crate::support::{TestServer, path};

/// Where an application has the length of the player's attributes, as the canonical ABI lays it out: behind the event's 120
/// bytes and the player's id.
const ATTRIBUTES: usize = 132;

/// A rule that traps for players of whom nothing is known (`{}`), at the door and when it scores.
fn moody(name: &str) -> Guest {
    let mut guest = Guest::new(name);
    let admit = guest.admit();
    let check = format!(
        "(if (i32.eq (i32.load offset={ATTRIBUTES} (local.get $in)) (i32.const 2)) (then (unreachable))) (i32.const {admit})"
    );
    guest.check(check).score("(unreachable)")
}

async fn with_rule(park_ms: u64) -> TestServer {
    let server = TestServer::start_with(|settings| {
        settings.rules.park_after = 5;
        settings.rules.park_ms = park_ms;
    })
    .await;
    server.publish_guest("moody", moody("moody")).await;
    server
}

#[tokio::test(flavor = "multi_thread")]
async fn whether_players_are_let_in_is_the_templates_to_say() {
    let server = with_rule(60_000).await;
    let rules = json!({ "plugin": "moody", "onFailure": "admit" });
    let template = json!({ "name": "Feast", "type": "FESTIVAL", "difficulty": "EASY", "rules": rules });
    let template = server.designer().post("/templates", template).await.expect(201);
    let lenient = server.event(json!({ "templateId": template["id"] })).await;
    assert_eq!(lenient["rules"]["onFailure"], "admit");
    let strict = server.event(json!({ "rules": { "plugin": "moody" } })).await;
    assert_eq!(strict["rules"]["onFailure"], "refuse");

    server.join(&strict, "ann").await.expect_error(500, "RULE_TRAPPED");
    server.join(&lenient, "ann").await.expect(201);
    server.game().delete(&path(&lenient, "/participants/ann")).await.expect(200);
    server.join(&lenient, "ann").await.expect(201);
    // Nobody scores in the rule's place.
    let report = json!({ "actions": [{ "kind": "hit", "amount": 1 }] });
    server.report(&lenient, "ann", report).await.expect_error(500, "RULE_TRAPPED");
}

async fn alerts(server: &TestServer) -> Vec<Value> {
    let alerts = sqlx::query_scalar("SELECT data FROM gameplay.outbox WHERE type = 'plugin.parked' ORDER BY id");
    alerts.fetch_all(&server.database).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_keeps_failing_is_parked_with_an_alert() {
    let server = with_rule(60_000).await;
    server.publish_guest("inn", Guest::welcoming("inn")).await;
    let event = server.event(json!({ "rules": { "plugin": "moody" } })).await;
    server.attributes("known", json!({ "level": 3 })).await;
    for number in 0..5 {
        assert!(alerts(&server).await.is_empty());
        server.join(&event, &format!("player-{number}")).await.expect_error(500, "RULE_TRAPPED");
    }
    let parked = server.join(&event, "known").await;
    assert!(parked.header("retry-after").is_some());
    parked.expect_error(503, "RULE_PARKED");
    let alerts = alerts(&server).await;
    assert_eq!(alerts.len(), 1);
    assert_eq!((&alerts[0]["plugin"], &alerts[0]["version"]), (&json!("moody"), &json!("1.2.3")));
    assert_eq!((&alerts[0]["eventId"], &alerts[0]["code"]), (&event["id"], &json!("RULE_TRAPPED")));
    // Others are not concerned.
    let other = server.event(json!({ "rules": { "plugin": "inn" } })).await;
    server.join(&other, "ann").await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_has_recovered_goes_on() {
    let server = with_rule(300).await;
    let event = server.event(json!({ "rules": { "plugin": "moody" } })).await;
    server.attributes("known", json!({ "level": 3 })).await;
    for number in 0..5 {
        server.join(&event, &format!("player-{number}")).await.expect_error(500, "RULE_TRAPPED");
    }
    server.join(&event, "known").await.expect_error(503, "RULE_PARKED");
    tokio::time::sleep(Duration::from_millis(310)).await;
    // The first to ask is the trial, and it fails.
    server.join(&event, "player-6").await.expect_error(500, "RULE_TRAPPED");
    server.join(&event, "known").await.expect_error(503, "RULE_PARKED");
    tokio::time::sleep(Duration::from_millis(310)).await;
    server.join(&event, "known").await.expect(201);
    server.join(&event, "player-7").await.expect_error(500, "RULE_TRAPPED");
    assert_eq!(alerts(&server).await.len(), 1, "it never got better in between");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_players_data_does_not_park_a_plugin() {
    let server = with_rule(60_000).await;
    let event = server.event(json!({ "rules": { "plugin": "moody" } })).await;
    for number in 0..30 {
        let player = format!("known-{number}");
        server.attributes(&player, json!({ "level": 3 })).await;
        server.join(&event, &player).await.expect(201);
        if number % 3 == 0 {
            server.join(&event, "ann").await.expect_error(500, "RULE_TRAPPED");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn trials_are_held_against_nobody() {
    let server = with_rule(60_000).await;
    let event = server.event(json!({})).await;
    for number in 0..10 {
        server.join(&event, &format!("player-{number}")).await.expect(201);
    }
    for _ in 0..3 {
        let rules = json!({ "plugin": "moody" });
        server.operator().put(&path(&event, "/rules"), rules).await.expect_error(409, "RULES_DO_NOT_FIT");
    }
    let event = server.event(json!({ "rules": { "plugin": "moody" } })).await;
    server.join(&event, "ann").await.expect_error(500, "RULE_TRAPPED");
}
