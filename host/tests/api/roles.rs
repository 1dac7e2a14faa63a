//! Who may do what: the whole table, operation by operation and role by role.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Client, TestServer, path};

/// Who asks: a player about itself, a player about another, a game server, a designer, an operator.
const ASKING: [&str; 5] = ["player itself", "player other", "game-server", "designer", "operator"];

/// Of [`ASKING`], who may.
type Allowed = [bool; 5];

const ANYBODY: Allowed = [true; 5];
const MAKERS: Allowed = [false, false, false, true, true];
const ALL_BUT_PLAYERS: Allowed = [false, false, true, true, true];
const OWN_OR_STAFF: Allowed = [true, false, true, true, true];
const OWN_OR_TRUSTED: Allowed = [true, false, true, false, true];
const TRUSTED: Allowed = [false, false, true, false, true];
const OPERATOR: Allowed = [false, false, false, false, true];

/// One line of the table. An operation has several where it depends on more than the role.
struct Line {
    operation: &'static str,
    body: Value,
    allowed: Allowed,
    /// Whether the event takes reports from players.
    player_reports: bool,
}

fn line(operation: &'static str, body: Value, allowed: Allowed) -> Line {
    Line { operation, body, allowed, player_reports: true }
}

fn table() -> Vec<Line> {
    let report = "updatePlayerParticipation";
    let event = json!({
        "name": "E", "type": "WAR", "region": "north", "startTime": "2030-05-01T12:00:00Z", "difficulty": "EASY",
    });
    let template = json!({ "name": "T", "type": "WAR", "difficulty": "EASY" });
    vec![
        line("listEvents", Value::Null, ANYBODY),
        line("getEvent", Value::Null, ANYBODY),
        line("createEvent", event, MAKERS),
        line("updateEvent", json!({}), MAKERS),
        line("cancelEvent", Value::Null, MAKERS),
        line("putEventRules", json!({ "plugin": "nobody" }), MAKERS),
        line("getSettlement", Value::Null, ANYBODY),
        line("resumeSettlement", Value::Null, MAKERS),
        line("getEventAnalytics", Value::Null, ANYBODY),
        line("getLeaderboard", Value::Null, ANYBODY),
        line("getEventParticipants", Value::Null, ANYBODY),
        line("getPlayerParticipation", Value::Null, ANYBODY),
        line("joinEvent", json!({ "playerId": "hero" }), OWN_OR_TRUSTED),
        line("leaveEvent", Value::Null, OWN_OR_TRUSTED),
        line(report, json!({ "progressData": {} }), OWN_OR_TRUSTED),
        line(report, json!({ "actions": [] }), OWN_OR_TRUSTED),
        Line { player_reports: false, ..line(report, json!({ "progressData": {} }), TRUSTED) },
        Line { player_reports: false, ..line(report, json!({ "actions": [] }), TRUSTED) },
        line(report, json!({ "score": 1 }), TRUSTED),
        line(report, json!({ "status": "COMPLETED" }), TRUSTED),
        line(report, json!({ "achievements": [] }), TRUSTED),
        line(report, json!({ "rating": 5, "score": 1 }), TRUSTED),
        line(report, json!({ "rating": 5 }), OWN_OR_TRUSTED),
        Line { player_reports: false, ..line(report, json!({ "rating": 5 }), OWN_OR_TRUSTED) },
        // What a player may not report is said by the outcome of that report.
        line("reportProgress", json!({ "reports": [{ "playerId": "hero" }] }), [true, true, true, false, true]),
        line("getPlayerRewards", Value::Null, OWN_OR_STAFF),
        line("claimReward", json!({ "playerId": "hero", "rewardType": "xp" }), OWN_OR_TRUSTED),
        line("listEventTemplates", Value::Null, ANYBODY),
        line("getEventTemplate", Value::Null, ANYBODY),
        line("createEventTemplate", template, MAKERS),
        line("updateEventTemplate", json!({}), MAKERS),
        line("deactivateEventTemplate", Value::Null, MAKERS),
        line("listPlugins", Value::Null, ALL_BUT_PLAYERS),
        line("getPlugin", Value::Null, ALL_BUT_PLAYERS),
        line("getPluginVersion", Value::Null, ALL_BUT_PLAYERS),
        line("downloadPluginVersion", Value::Null, ALL_BUT_PLAYERS),
        line("publishPluginVersion", json!("no WebAssembly"), MAKERS),
        line("yankPluginVersion", Value::Null, MAKERS),
        line("evaluatePluginVersion", json!({ "call": "scoring.score" }), MAKERS),
        line("evaluateDraft", json!({ "call": "scoring.score" }), MAKERS),
        line("listChannels", Value::Null, ALL_BUT_PLAYERS),
        line("getChannel", Value::Null, ALL_BUT_PLAYERS),
        line("putChannel", json!({ "version": "1.0.0" }), MAKERS),
        line("rollbackChannel", Value::Null, MAKERS),
        line("listDrafts", Value::Null, MAKERS),
        line("getDraft", Value::Null, MAKERS),
        line("putDraft", json!("no WebAssembly"), MAKERS),
        line("deleteDraft", Value::Null, MAKERS),
        line("getPlayerAttributes", Value::Null, OWN_OR_STAFF),
        line("putPlayerAttributes", json!({ "level": 1 }), TRUSTED),
        line("getPlayerEvents", Value::Null, OWN_OR_STAFF),
        line("getRewardsOfPlayer", Value::Null, OWN_OR_STAFF),
        line("getRegion", Value::Null, ANYBODY),
        line("putRegion", json!({ "population": 10 }), OPERATOR),
    ]
}

/// Every operation of the OpenAPI document: its id, method and path.
fn operations() -> Vec<(String, Method, String)> {
    let document = serde_json::to_value(world_events::api::openapi()).unwrap();
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap().to_owned();
            operations.push((id, method.to_uppercase().parse().unwrap(), path.clone()));
        }
    }
    operations
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_table() {
    let server = TestServer::start().await;
    let event = async |player_reports: bool| {
        let event = server.event(json!({ "playerReports": player_reports })).await;
        server.join(&event, "hero").await.expect(201);
        path(&event, "")
    };
    let (reporting, silent) = (event(true).await, event(false).await);
    let template = json!({ "name": "T", "type": "WAR", "difficulty": "EASY" });
    let template = server.designer().post("/templates", template).await.expect(201);
    let clients = [server.player("hero"), server.player("other"), server.game(), server.designer(), server.operator()];

    let operations = operations();
    let table = table();
    let covered: BTreeSet<&str> = table.iter().map(|line| line.operation).collect();
    let known: BTreeSet<&str> =
        operations.iter().map(|(id, ..)| id.as_str()).filter(|id| *id != "healthCheck").collect();
    assert_eq!(covered, known, "every operation has to stand in the table");

    for line in &table {
        let (_, method, template_path) = operations.iter().find(|(id, ..)| id == line.operation).unwrap();
        let url = template_path
            .replace("/events/{eventId}", if line.player_reports { &reporting } else { &silent })
            .replace("{templateId}", template["id"].as_str().unwrap())
            .replace("{playerId}", "hero")
            .replace("{region}", "north")
            .replace("{name}", "nobody")
            .replace("{channel}", "live")
            .replace("{draft}", "ann")
            .replace("{version}", "1.0.0");
        let url = if line.operation == "getPlayerRewards" { format!("{url}?playerId=hero") } else { url };
        let what = format!("{} {url} {}", line.operation, line.body);

        let refused = ask(&server.stranger(), method, &url, &line.body).await;
        assert!(refused.header("www-authenticate").is_some_and(|challenge| challenge.starts_with("Bearer")), "{what}");
        refused.expect_error(401, "UNAUTHORIZED");
        for ((client, allowed), who) in clients.iter().zip(line.allowed).zip(ASKING) {
            let answer = ask(client, method, &url, &line.body).await;
            let status = answer.status.as_u16();
            if allowed {
                assert!(status < 500 && status != 401 && status != 403, "{who} may {what}: {}", answer.json());
            } else {
                assert_eq!(status, 403, "{who} may not {what}");
                answer.expect_error(403, "FORBIDDEN");
            }
        }
    }
}

async fn ask(client: &Client, method: &Method, url: &str, body: &Value) -> crate::support::Answer {
    let request = client.request(method.clone(), url);
    let request = match body {
        Value::Null => request,
        Value::String(bytes) => request.header("content-type", "application/wasm").body(bytes.clone()),
        body => request.json(body),
    };
    client.send(request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn health_is_open() {
    let server = TestServer::start().await;
    server.stranger().get("/health").await.expect(200);
    server.bearer("no token at all").get("/health").await.expect(200);
}
