//! `GET /plugins/{name}`: who uses which version, and what its calls came to.

use std::time::Duration;

use serde_json::{Value, json};

use crate::guest::Guest;
use crate::support::TestServer;

/// A version of a rule that lets everybody in, and traps when it scores.
fn inn(version: &str) -> Guest {
    Guest::welcoming("inn").manifest(|manifest| manifest[1] = version.into()).score("(unreachable)")
}

async fn usage(server: &TestServer) -> Value {
    server.game().get("/plugins/inn").await.expect(200)["usage"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_tells_who_uses_which_version() {
    let server = TestServer::start().await;
    for version in ["1.0.0", "1.1.0"] {
        server.publish_guest("inn", inn(version)).await;
    }
    server.designer().put("/plugins/inn/channels/live", json!({ "version": "1.0.0" })).await.expect(201);
    let template = async |name: &str, rules: Value| {
        let template = json!({ "name": name, "type": "FESTIVAL", "difficulty": "EASY", "rules": rules });
        server.designer().post("/templates", template).await.expect(201)
    };
    template("newest", json!({ "plugin": "inn" })).await;
    template("live", json!({ "plugin": "inn", "channel": "live" })).await;
    template("exact", json!({ "plugin": "inn", "version": "1.0.0" })).await;
    let running = server.event(json!({ "rules": { "plugin": "inn", "channel": "live" } })).await;
    let over = server.event(json!({ "rules": { "plugin": "inn", "version": "1.0.0" } })).await;
    server.designer().delete(&crate::support::path(&over, "")).await.expect(200);

    let usage = usage(&server).await;
    let names = |version: usize| {
        let templates = usage[version]["templates"].as_array().unwrap();
        templates.iter().map(|template| template["name"].as_str().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!((&usage[0]["version"], names(0)), (&json!("1.1.0"), vec!["newest"]));
    assert_eq!((&usage[1]["version"], names(1)), (&json!("1.0.0"), vec!["live", "exact"]));
    assert_eq!(usage[1]["events"]["byStatus"], json!({ "ACTIVE": 1, "CANCELLED": 1 }));
    assert_eq!(usage[1]["events"]["open"][0]["id"], running["id"]);
    assert_eq!(usage[0]["events"], json!({ "byStatus": {}, "open": [] }));
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_added_up_and_outlast_a_restart() {
    let mut server = TestServer::start().await;
    server.publish_guest("inn", inn("1.0.0")).await;
    let event = server.event(json!({ "rules": { "plugin": "inn" } })).await;
    for number in 0..3 {
        server.join(&event, &format!("player-{number}")).await.expect(201);
    }
    let report = json!({ "actions": [{ "kind": "hit", "amount": 1 }] });
    server.report(&event, "player-0", report).await.expect_error(500, "RULE_TRAPPED");
    server.restart().await;
    let calls = usage(&server).await[0]["calls"].clone();
    assert_eq!(
        (&calls[0]["capability"], &calls[0]["calls"], &calls[0]["refused"]),
        (&json!("eligibility"), &json!(3), &json!(0))
    );
    assert!(calls[0]["fuel"].as_i64().unwrap() > 0, "{calls}");
    assert_eq!((&calls[1]["capability"], &calls[1]["failures"]), (&json!("scoring"), &json!({ "RULE_TRAPPED": 1 })));

    // And while it runs, within seconds.
    server.join(&event, "player-3").await.expect(201);
    let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
    while usage(&server).await[0]["calls"][0]["calls"] != 4 {
        assert!(tokio::time::Instant::now() < deadline, "it was never added");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
