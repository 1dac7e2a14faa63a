//! Parameters are checked against the plugin's schema, wherever rules are named.

use serde_json::{Value, json};

use crate::support::{TestServer, event_request, path};

fn invasion(parameters: Value) -> Value {
    json!({ "plugin": "boss-invasion", "parameters": parameters })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_offending_value_is_named_by_its_path() {
    let server = TestServer::start().await;
    server.publish("boss-invasion").await;
    for (parameters, field) in [
        (json!({ "minLevel": "ten" }), "rules.parameters.minLevel"),
        (json!({ "minLevel": -1 }), "rules.parameters.minLevel"),
        (
            json!({ "tiers": [{ "name": "gold", "prizes": [{ "rewardType": "gems" }] }] }),
            "rules.parameters.tiers.0.prizes.0.rewardType",
        ),
        (json!({ "factions": ["north", ""] }), "rules.parameters.factions.1"),
        (json!({ "minimumLevel": 3 }), "rules.parameters"),
    ] {
        let request = event_request(json!({ "rules": invasion(parameters) }));
        server.designer().post("/events", request).await.expect_invalid(field);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn they_are_checked_wherever_rules_are_named() {
    let server = TestServer::start().await;
    server.publish("boss-invasion").await;
    let bad = invasion(json!({ "minLevel": "ten" }));
    let template = json!({ "name": "Invasion", "type": "INVASION", "difficulty": "HARD", "rules": bad });
    server.designer().post("/templates", template).await.expect_invalid("rules.parameters.minLevel");

    let event = server.event(json!({ "rules": invasion(json!({ "minLevel": 5 })) })).await;
    let refused = server.designer().put(&path(&event, "/rules"), bad).await;
    refused.expect_invalid("rules.parameters.minLevel");
    let after = server.wait_for(&event, |_| true).await;
    assert_eq!(after["rules"]["parameters"], json!({ "minLevel": 5 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_must_be_published() {
    let server = TestServer::start().await;
    server.publish("boss-invasion").await;
    for (rules, field) in [
        (json!({ "plugin": "nothing" }), "rules.plugin"),
        (json!({ "plugin": "boss-invasion", "version": "9.9.9" }), "rules.version"),
        (json!({ "plugin": "Boss Invasion" }), "rules.plugin"),
        (json!({ "plugin": "boss-invasion", "version": "newest" }), "rules.version"),
        (json!({}), "rules.plugin"),
    ] {
        let request = event_request(json!({ "rules": rules }));
        server.designer().post("/events", request).await.expect_invalid(field);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn goals_are_checked() {
    let server = TestServer::start().await;
    server.publish("boss-invasion").await;
    let goal = |target: Value| json!({ "counter": "boss-damage", "target": target });
    for (goals, field) in [
        (json!([goal(json!(0))]), "rules.goals[0].target"),
        (json!([goal(json!(5)), goal(json!(9_007_199_254_740_992_i64))]), "rules.goals[1].target"),
        (json!([goal(json!(5)), goal(json!(5))]), "rules.goals[1]"),
        (json!([{ "counter": "", "target": 5 }]), "rules.goals[0].counter"),
        (Value::from_iter((1..=21).map(|target| goal(json!(target)))), "rules.goals"),
    ] {
        let request = event_request(json!({ "rules": { "plugin": "boss-invasion", "goals": goals } }));
        server.designer().post("/events", request).await.expect_invalid(field);
    }
}
