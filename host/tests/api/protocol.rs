//! What holds for all operations: HTTP, JSON, errors.

use chrono::DateTime;
use reqwest::Method;
use serde_json::json;

use crate::support::{Answer, Client, TestServer, event_request, path};

/// Every operation below a path: its id, method and path.
fn operations_below(path: &str) -> Vec<(String, Method, String)> {
    let document = serde_json::to_value(world_events::api::openapi()).unwrap();
    let items = document["paths"].as_object().unwrap();
    let below = items.iter().filter(|(template, _)| template.starts_with(path));
    below
        .flat_map(|(template, item)| {
            item.as_object().unwrap().iter().map(|(method, operation)| {
                let id = operation["operationId"].as_str().unwrap().to_owned();
                (id, method.to_uppercase().parse().unwrap(), template.clone())
            })
        })
        .collect()
}

/// The operation, with a body and a query that are right.
async fn ask(client: &Client, operation: &str, method: Method, url: &str) -> Answer {
    let body = match operation {
        "joinEvent" => json!({ "playerId": "ann" }),
        "claimReward" => json!({ "playerId": "ann", "rewardType": "xp" }),
        "reportProgress" => json!({ "reports": [{ "playerId": "ann" }] }),
        "putEventRules" => json!({ "plugin": "nobody" }),
        _ => json!({}),
    };
    let url = if operation == "getPlayerRewards" { format!("{url}?playerId=ann") } else { url.to_owned() };
    client.send(client.request(method, &url).json(&body)).await
}

async fn send_text(client: &Client, content_type: Option<&str>, body: impl Into<reqwest::Body>) -> Answer {
    let request = client.request(Method::POST, "/templates").body(body);
    let request = match content_type {
        Some(content_type) => request.header("content-type", content_type),
        None => request,
    };
    client.send(request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_paths_are_404() {
    let server = TestServer::start().await;
    for path in ["/", "/event", "/events/", "/metrics", "/api/v1/world-events/events"] {
        server.operator().get(path).await.expect_error(404, "NOT_FOUND");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_to_an_unknown_event_is_404_and_to_a_malformed_id_400() {
    let server = TestServer::start().await;
    let operations = operations_below("/events/{eventId}");
    assert!(operations.len() >= 14, "{operations:?}");
    for (operation, method, template) in operations {
        let url = |id: &str| template.replace("{eventId}", id).replace("{playerId}", "ann");
        let unknown = url("00000000-0000-4000-8000-000000000000");
        let answer = ask(&server.operator(), &operation, method.clone(), &unknown).await.expect(404);
        assert!(answer["code"].as_str().unwrap().ends_with("_NOT_FOUND"), "{operation}: {answer}");
        ask(&server.operator(), &operation, method, &url("hydra")).await.expect_invalid("eventId");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_of_players_in_paths_are_checked_everywhere() {
    let server = TestServer::start().await;
    let event = server.event(json!({})).await;
    let below_events = operations_below("/events/{eventId}/participants/{playerId}");
    let operations = [below_events, operations_below("/players/{playerId}")].concat();
    assert!(operations.len() >= 7, "{operations:?}");
    for (operation, method, template) in operations {
        for id in ["%20", "a%00b", &"x".repeat(101)] {
            let url = template.replace("{eventId}", event["id"].as_str().unwrap()).replace("{playerId}", id);
            ask(&server.operator(), &operation, method.clone(), &url).await.expect_invalid("playerId");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn methods_that_a_path_does_not_have_are_405_with_those_that_it_has() {
    let server = TestServer::start().await;
    for (method, path, allowed) in [
        (Method::DELETE, "/events", vec!["GET", "HEAD", "POST"]),
        (Method::PATCH, "/events/x", vec!["DELETE", "GET", "HEAD", "PUT"]),
        (Method::POST, "/health", vec!["GET", "HEAD"]),
        (Method::GET, "/plugins/x/versions", vec!["POST"]),
    ] {
        let client = server.operator();
        let answer = client.send(client.request(method, path)).await;
        let mut allow: Vec<_> = answer.header("allow").expect("Allow").split(',').map(str::trim).collect();
        allow.sort_unstable();
        assert_eq!(allow, allowed, "{path}");
        answer.expect_error(405, "METHOD_NOT_ALLOWED");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_are_too_large_are_413() {
    let server = TestServer::start_with(|settings| settings.json_body_bytes = 2_000).await;
    let body = |size: usize| json!({ "filler": "x".repeat(size) }).to_string();
    let answer = send_text(&server.designer(), Some("application/json"), body(2_000)).await;
    answer.expect_error(413, "PAYLOAD_TOO_LARGE");
    // Small enough: now it is about what it says.
    send_text(&server.designer(), Some("application/json"), body(1_900)).await.expect_invalid("name");
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_do_not_say_they_are_json_are_415() {
    let server = TestServer::start().await;
    for content_type in [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("json")] {
        let answer = send_text(&server.designer(), content_type, "{}").await;
        answer.expect_error(415, "UNSUPPORTED_MEDIA_TYPE");
    }
    for content_type in ["application/json; charset=utf-8", "Application/JSON", "application/merge-patch+json"] {
        send_text(&server.designer(), Some(content_type), "{}").await.expect_error(400, "VALIDATION_ERROR");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_json_is_400() {
    let server = TestServer::start().await;
    let deep = format!(r#"{{"name": "T", "eventDataTemplate": {}"#, r#"{"a":"#.repeat(10_000));
    let twice = r#"{"name": "T", "type": "WAR", "difficulty": "EASY"} {}"#;
    for text in ["", "{", "]", twice, r#"{"name": "x",}"#, r#"{"name": "\ud800"}"#, deep.as_str()] {
        send_text(&server.designer(), Some("application/json"), text.to_owned())
            .await
            .expect_error(400, "MALFORMED_JSON");
    }
    send_text(&server.designer(), Some("application/json"), vec![b'"', 0xff, b'"']).await.expect(400);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_types_are_400_with_their_path() {
    let server = TestServer::start().await;
    for (field, member, value) in [
        ("name", "name", json!(1)),
        ("durationMinutes", "durationMinutes", json!("90")),
        ("regionRestrictions", "regionRestrictions", json!("north")),
        ("regionRestrictions[1]", "regionRestrictions", json!(["north", ""])),
        ("objectivesTemplate[0]", "objectivesTemplate", json!([[]])),
        (
            "rules.goals[0].endsEvent",
            "rules",
            json!({ "plugin": "p", "goals": [{ "counter": "c", "target": 1, "endsEvent": 1 }] }),
        ),
    ] {
        let mut template = json!({ "name": "T", "type": "WAR", "difficulty": "EASY" });
        template[member] = value;
        server.designer().post("/templates", template).await.expect_invalid(field);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_is_an_object() {
    let server = TestServer::start().await;
    for body in [json!([]), json!(["T", "WAR", "EASY"]), json!("text"), json!(null), json!(1)] {
        server.designer().post("/templates", body).await.expect_invalid("body");
    }
    let event = server.event(json!({})).await;
    server.game().post(&path(&event, "/participants"), json!(["ann"])).await.expect_invalid("body");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_has_an_id() {
    let server = TestServer::start().await;
    let client = server.operator();
    let first = client.get("/events").await.header("x-request-id").expect("an id").to_owned();
    let second = client.get("/nowhere").await.header("x-request-id").expect("an id").to_owned();
    assert_ne!(first, second);
    let request = client.request(Method::GET, "/events").header("x-request-id", "mine-7");
    assert_eq!(client.send(request).await.header("x-request-id"), Some("mine-7"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_error_has_the_one_body() {
    let server = TestServer::start().await;
    let event = server.event(json!({})).await;
    let (designer, url) = (server.designer(), path(&event, ""));
    for (status, answer) in [
        (400, designer.get("/events?limit=0").await),
        (401, server.stranger().get("/events").await),
        (403, server.player("ann").delete(&url).await),
        (404, designer.get("/events/00000000-0000-4000-8000-000000000000").await),
        (404, designer.get("/nowhere").await),
        (405, designer.delete("/events").await),
        (409, designer.put(&url, json!({ "status": "ANNOUNCED" })).await),
        (412, designer.put_if(&url, "\"9\"", json!({})).await),
        (415, send_text(&designer, None, "{}").await),
    ] {
        let error = answer.expect(status);
        let members: Vec<_> = error.as_object().unwrap().keys().map(String::as_str).collect();
        assert!(
            members == ["code", "details", "message", "timestamp"] || members == ["code", "message", "timestamp"],
            "{error}"
        );
        let code = error["code"].as_str().unwrap();
        assert!(!code.is_empty() && code.chars().all(|c| c.is_ascii_uppercase() || c == '_'), "{code}");
        assert!(error.get("details").is_none_or(serde_json::Value::is_object), "{error}");
        let timestamp = error["timestamp"].as_str().unwrap();
        assert!(DateTime::parse_from_rfc3339(timestamp).is_ok() && timestamp.ends_with('Z'), "{timestamp}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_takes_too_long_is_given_up() {
    let timeout = std::time::Duration::from_millis(100);
    let server = TestServer::start_with(|settings| settings.request_timeout = timeout).await;
    let mut lock = server.database.begin().await.unwrap();
    sqlx::query("LOCK TABLE gameplay.world_events").execute(&mut *lock).await.unwrap();
    let answer = server.operator().get("/events").await;
    assert!(answer.header("retry-after").is_some());
    answer.expect_error(503, "TIMEOUT");
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_can_be_served_under_a_prefix() {
    let server =
        TestServer::start_with(|settings| settings.path_prefix = "/api/v1/world-events".parse().unwrap()).await;
    let url = server.url();
    assert!(url.ends_with("/api/v1/world-events"), "{url}");
    let client = server.designer();
    let event = client.post("/events", event_request(json!({}))).await.expect(201);
    client.get(&path(&event, "")).await.expect(200);
    server.stranger().get("/health").await.expect(200);
    client.get("/nowhere").await.expect_error(404, "NOT_FOUND");

    let document = server.stranger().get("/openapi.json").await.expect(200);
    assert_eq!(document["servers"], json!([{ "url": "/api/v1/world-events" }]));
    let docs = server.stranger().get("/docs").await;
    assert!(docs.status.is_success() && String::from_utf8_lossy(&docs.bytes).contains("swagger-ui"));
    let setup = server.stranger().get("/docs/swagger-initializer.js").await;
    assert!(String::from_utf8_lossy(&setup.bytes).contains("/api/v1/world-events/openapi.json"));

    let root = server.at_root(server.designer());
    for outside in ["/events", "/health", "/openapi.json", "/docs", "/"] {
        root.get(outside).await.expect_error(404, "NOT_FOUND");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_can_be_read_in_a_browser() {
    let server = TestServer::start().await;
    let docs = server.stranger().get("/docs").await;
    assert_eq!(docs.status.as_u16(), 200);
    assert!(docs.header("content-type").is_some_and(|kind| kind.starts_with("text/html")));
    assert!(String::from_utf8_lossy(&docs.bytes).contains("swagger-ui"));
    for part in ["swagger-ui-bundle.js", "swagger-ui.css", "swagger-initializer.js"] {
        let answer = server.stranger().get(&format!("/docs/{part}")).await;
        assert!(answer.status.is_success() && !answer.bytes.is_empty(), "{part}");
    }
}
