//! Word of edits, for servers that hold things in memory: every edit is told, joins and reports are not.

use serde_json::{Value, json};
use sqlx::postgres::PgListener;
use world_events::store::CHANGES_CHANNEL;

use crate::support::{PATIENCE, TestServer, path};

/// The messages up to one that is sent now.
async fn told(server: &TestServer, listener: &mut PgListener) -> Vec<String> {
    sqlx::query("SELECT pg_notify($1, 'end')").bind(CHANGES_CHANNEL).execute(&server.database).await.unwrap();
    let mut messages = Vec::new();
    loop {
        let message = tokio::time::timeout(PATIENCE, listener.recv()).await.unwrap().unwrap();
        match message.payload() {
            "end" => return messages,
            payload => messages.push(payload.to_owned()),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_are_told_and_what_players_do_is_not() {
    let server = TestServer::start().await;
    let mut listener = PgListener::connect_with(&server.database).await.unwrap();
    listener.listen(CHANGES_CHANNEL).await.unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();

    let event = server.event(json!({})).await;
    told(&server, &mut listener).await;
    server.join(&event, "ann").await.expect(201);
    server.report(&event, "ann", json!({ "score": 5 })).await.expect(200);
    assert_eq!(told(&server, &mut listener).await, Vec::<String>::new());

    let edited = server.designer().put(&path(&event, ""), json!({ "name": "Other" })).await.expect(200);
    let expected = format!("event {} {}", text(&event["id"]), edited["version"]);
    assert_eq!(told(&server, &mut listener).await, [expected]);
    sqlx::query("UPDATE gameplay.world_events SET name = 'By hand'").execute(&server.database).await.unwrap();
    assert_eq!(told(&server, &mut listener).await, [format!("event {} 3", text(&event["id"]))]);

    let template = json!({ "name": "T", "type": "WAR", "difficulty": "EASY" });
    let template = server.designer().post("/templates", template).await.expect(201);
    let url = format!("/templates/{}", text(&template["id"]));
    server.designer().put(&url, json!({ "name": "U" })).await.expect(200);
    assert_eq!(told(&server, &mut listener).await, [format!("template {} 2", text(&template["id"]))]);

    server.publish("harvest-festival").await;
    assert_eq!(told(&server, &mut listener).await, ["plugin harvest-festival 0"]);
}
