//! `GET /events/{eventId}/participants`

use std::collections::BTreeSet;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{TestServer, path};

async fn crowded() -> (TestServer, Value) {
    let server = TestServer::start().await;
    let event = server.event(json!({})).await;
    server.crowd(&event, 120).await;
    (server, event)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_has_50_and_says_how_many_there_are() {
    let (server, event) = crowded().await;
    let list = server.player("ann").get(&path(&event, "/participants")).await.expect(200);
    assert_eq!(list["participants"].as_array().unwrap().len(), 50);
    let pagination = &list["pagination"];
    assert_eq!(
        (&pagination["limit"], &pagination["offset"], &pagination["total"]),
        (&json!(50), &json!(0), &json!(120))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_by_offset_and_by_cursor_show_everybody_once() {
    let (server, event) = crowded().await;
    let names = |list: &Value| -> Vec<String> {
        let rows = list["participants"].as_array().unwrap();
        rows.iter().map(|row| row["playerId"].as_str().unwrap().to_owned()).collect()
    };
    let get = async |query: &str| server.game().get(&path(&event, &format!("/participants?{query}"))).await.expect(200);

    let mut by_offset = Vec::new();
    for offset in [0, 100] {
        by_offset.extend(names(&get(&format!("limit=100&offset={offset}")).await));
    }
    assert_eq!(by_offset.iter().collect::<BTreeSet<_>>().len(), 120);

    let (mut by_cursor, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = get(&format!("limit=7{cursor}")).await;
        by_cursor.extend(names(&page));
        let Some(next) = page["pagination"]["nextCursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(by_cursor, by_offset);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_filters() {
    let (server, event) = crowded().await;
    server.report(&event, "crowd-7", json!({ "status": "LEFT" })).await.expect(200);
    for (status, total) in [("LEFT", 1), ("ACTIVE", 119), ("KICKED", 0)] {
        let list = server.game().get(&path(&event, &format!("/participants?status={status}"))).await.expect(200);
        assert_eq!(list["pagination"]["total"], total, "{status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn players_see_their_own_notes_only() {
    let (server, event) = crowded().await;
    let list = server.player("crowd-1").get(&path(&event, "/participants?limit=100")).await.expect(200);
    for row in list["participants"].as_array().unwrap() {
        assert_eq!(row.get("progressData").is_some(), row["playerId"] == "crowd-1", "{row:#}");
    }
    let list = server.game().get(&path(&event, "/participants")).await.expect(200);
    assert_eq!(list["participants"][0]["progressData"], json!({}));
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_parameters_are_named() {
    let (server, event) = crowded().await;
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("offset=-1", "offset"),
        ("limit=x", "limit"),
        ("status=GONE", "status"),
        ("cursor=x", "cursor"),
    ] {
        server.game().get(&path(&event, &format!("/participants?{query}"))).await.expect_invalid(field);
    }
    let nowhere = json!({ "id": Uuid::nil() });
    server.game().get(&path(&nowhere, "/participants")).await.expect_error(404, "EVENT_NOT_FOUND");
}
