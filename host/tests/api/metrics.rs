//! `/metrics`, on a listener of its own

use std::net::SocketAddr;

use serde_json::json;
use world_events::config::MetricsListen;
use world_events::http_client;

use crate::support::TestServer;

async fn with_metrics() -> TestServer {
    let anywhere = MetricsListen::At(SocketAddr::from(([127, 0, 0, 1], 0)));
    TestServer::start_with(|settings| settings.metrics_listen = anywhere).await
}

async fn get(url: String) -> reqwest::Response {
    http_client::plain().build().unwrap().get(url).send().await.unwrap()
}

async fn scrape(server: &TestServer) -> String {
    let url = format!("http://{}/metrics", server.metrics_address().unwrap());
    let response = get(url).await;
    assert_eq!(response.status().as_u16(), 200);
    let kind = response.headers()["content-type"].to_str().unwrap();
    assert!(kind.starts_with("application/openmetrics-text"), "{kind}");
    response.text().await.unwrap()
}

#[track_caller]
fn expect_line(metrics: &str, line: &str) {
    assert!(metrics.lines().any(|found| found == line), "{line} is not in\n{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_counted_by_route_and_status() {
    let server = with_metrics().await;
    for _ in 0..2 {
        server.event(json!({})).await;
    }
    for id in ["00000000-0000-4000-8000-000000000000", "00000000-0000-4000-8000-000000000001"] {
        server.operator().get(&format!("/events/{id}")).await.expect(404);
    }
    server.stranger().get("/events").await.expect(401);
    server.operator().get("/nowhere").await.expect(404);
    server.operator().delete("/events").await.expect(405);
    let metrics = scrape(&server).await;
    for (method, route, status, count) in [
        ("POST", "/events", 201, 2),
        ("GET", "/events/{eventId}", 404, 2),
        ("GET", "/events", 401, 1),
        ("GET", "unmatched", 404, 1),
        ("DELETE", "/events", 405, 1),
    ] {
        let labels = format!(r#"method="{method}",route="{route}",status="{status}""#);
        expect_line(&metrics, &format!("world_events_http_requests_total{{{labels}}} {count}"));
    }
    assert!(metrics.contains("world_events_http_request_duration_seconds_bucket"), "{metrics}");
    assert!(metrics.contains("world_events_database_pool_size "), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rule_calls_are_counted_by_plugin_and_outcome() {
    let server = with_metrics().await;
    server.publish("boss-invasion").await;
    let rules = json!({ "plugin": "boss-invasion", "parameters": { "minLevel": 5 } });
    let event = server.event(json!({ "rules": rules })).await;
    server.game().put("/players/ann/attributes", json!({ "level": 7 })).await.expect(200);
    server.join(&event, "ann").await.expect(201);
    server.join(&event, "bob").await.expect_error(409, "NOT_ELIGIBLE");
    for _ in 0..3 {
        server.report(&event, "ann", json!({ "actions": [{ "kind": "hit", "amount": 5 }] })).await.expect(200);
    }
    let metrics = scrape(&server).await;
    for (interface, outcome, count) in [("eligibility", "OK", 1), ("eligibility", "REFUSED", 1), ("scoring", "OK", 3)] {
        let labels = format!(r#"plugin="boss-invasion",interface="{interface}",outcome="{outcome}""#);
        expect_line(&metrics, &format!("world_events_rule_calls_total{{{labels}}} {count}"));
    }
    assert!(metrics.contains(r#"world_events_module_cache_lookups_total{result="memory"}"#), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_two_listeners_serve_nothing_of_each_other() {
    let server = with_metrics().await;
    server.operator().get("/metrics").await.expect_error(404, "NOT_FOUND");
    let url = format!("http://{}/events", server.metrics_address().unwrap());
    assert_eq!(get(url).await.status().as_u16(), 404);
}
