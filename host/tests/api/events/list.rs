//! `GET /events`

use std::collections::HashSet;

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{PATIENCE, TestServer, noon, path};

fn names(list: &Value) -> Vec<&str> {
    list["events"].as_array().unwrap().iter().map(|event| event["name"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_narrow_the_list_down() {
    let server = TestServer::start().await;
    for (name, kind, region, start) in
        [("a", "WAR", "north", 0), ("b", "WAR", "south", 0), ("c", "QUEST", "north", 0), ("d", "WAR", "north", 30)]
    {
        let start = noon() + TimeDelta::minutes(start);
        server.event(json!({ "name": name, "type": kind, "region": region, "startTime": start })).await;
    }
    let cancelled = server.event(json!({ "name": "e" })).await;
    server.designer().delete(&path(&cancelled, "")).await.expect(200);

    for (query, found) in [
        ("", vec!["c", "b", "a"]),
        ("?status=ACTIVE", vec!["c", "b", "a"]),
        ("?status=ANNOUNCED", vec!["d"]),
        ("?status=COMPLETED", vec![]),
        ("?status=CANCELLED", vec!["e"]),
        ("?type=WAR", vec!["b", "a"]),
        ("?region=north", vec!["c", "a"]),
        ("?region=north&type=WAR&status=ANNOUNCED", vec!["d"]),
        ("?region=nowhere", vec![]),
    ] {
        let list = server.player("anybody").get(&format!("/events{query}")).await.expect(200);
        assert_eq!(names(&list), found, "{query}");
        assert_eq!(list["pagination"]["total"], found.len(), "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_out_of_range_are_named() {
    let server = TestServer::start().await;
    let long = format!("region={}", "x".repeat(101));
    for (field, query) in [
        ("limit", "limit=0"),
        ("limit", "limit=101"),
        ("limit", "limit=-1"),
        ("limit", "limit=many"),
        ("offset", "offset=-1"),
        ("offset", "offset=1.5"),
        ("status", "status=OPEN"),
        ("type", "type=war"),
        ("region", "region="),
        ("region", long.as_str()),
        ("cursor", "cursor=none"),
        ("eventData", "eventData=hydra"),
        ("eventData", "eventData=[]"),
    ] {
        server.operator().get(&format!("/events?{query}")).await.expect_invalid(field);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn limit_and_offset_cut_a_part_out() {
    let server = TestServer::start().await;
    for (minutes, name) in ["a", "b", "c", "d", "e"].iter().enumerate() {
        let start = noon() - TimeDelta::minutes(minutes.try_into().unwrap());
        server.event(json!({ "name": name, "startTime": start })).await;
    }
    let list = server.operator().get("/events?limit=2&offset=1").await.expect(200);
    assert_eq!(names(&list), ["b", "c"]);
    let pagination = &list["pagination"];
    assert_eq!((&pagination["limit"], &pagination["offset"], &pagination["total"]), (&json!(2), &json!(1), &json!(5)));
    let last = server.operator().get("/events?limit=2&offset=4").await.expect(200);
    assert_eq!(names(&last), ["e"]);
    assert_eq!(last["pagination"].get("nextCursor"), None);
    let beyond = server.operator().get("/events?offset=9").await.expect(200);
    assert_eq!((names(&beyond).len(), &beyond["pagination"]["total"]), (0, &json!(5)));
    assert_eq!(beyond["pagination"]["limit"], 20);
    server.operator().get("/events?limit=100").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_reaches_every_event_once() {
    let server = TestServer::start().await;
    // Many starts at once: the order among them has to be total.
    for minutes in [0, 0, 0, 1, 1, 2, 2, 2, 2, 2, 3] {
        server.event(json!({ "startTime": noon() - TimeDelta::minutes(minutes) })).await;
    }
    let (mut seen, mut starts, mut query) = (HashSet::new(), Vec::new(), String::from("?limit=2"));
    for page in 1.. {
        let list = server.operator().get(&format!("/events{query}")).await.expect(200);
        for event in list["events"].as_array().unwrap() {
            assert!(seen.insert(event["id"].to_string()), "twice");
            starts.push(event["startTime"].to_string());
        }
        if page == 2 {
            // What comes in at the front does not move the pages behind.
            server.event(json!({ "startTime": noon() - TimeDelta::seconds(1) })).await;
        }
        let Some(cursor) = list["pagination"]["nextCursor"].as_str() else { break };
        query = format!("?limit=2&cursor={cursor}");
    }
    assert_eq!(seen.len(), 11);
    assert!(starts.is_sorted_by(|earlier, later| earlier >= later), "{starts:?}");
}

fn containing(data: &Value) -> String {
    let data: String = form_urlencoded::byte_serialize(data.to_string().as_bytes()).collect();
    format!("/events?eventData={data}")
}

#[tokio::test(flavor = "multi_thread")]
async fn event_data_is_searched_by_containment() {
    let server = TestServer::start().await;
    server
        .event(json!({ "name": "hydra", "eventData": { "boss": "hydra", "loot": { "tier": 2 }, "tags": ["a", "b"] } }))
        .await;
    server.event(json!({ "name": "dragon", "eventData": { "boss": "dragon", "loot": { "tier": 2 } } })).await;
    server.event(json!({ "name": "plain" })).await;
    for (data, found) in [
        (json!({ "boss": "hydra" }), vec!["hydra"]),
        (json!({ "loot": { "tier": 2 } }), vec!["dragon", "hydra"]),
        (json!({ "tags": ["b"] }), vec!["hydra"]),
        (json!({ "boss": "hydra", "loot": { "tier": 3 } }), vec![]),
        (json!({}), vec!["plain", "dragon", "hydra"]),
    ] {
        let list = server.operator().get(&containing(&data)).await.expect(200);
        assert_eq!(names(&list), found, "{data}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_search_is_served_by_the_index() {
    let server = TestServer::start().await;
    sqlx::query(
        "INSERT INTO gameplay.world_events (id, name, type, region, status, start_time, difficulty, event_data) \
         SELECT gen_random_uuid(), 'Filler', 'QUEST', 'north', 'ACTIVE', $1, 'EASY', jsonb_build_object('boss', n) \
         FROM generate_series(1, 5000) AS n",
    )
    .bind(noon())
    .execute(&server.database)
    .await
    .unwrap();
    sqlx::query("ANALYZE gameplay.world_events").execute(&server.database).await.unwrap();
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let list = server.operator().get(&containing(&json!({ "boss": 77 }))).await.expect(200);
        assert_eq!(names(&list), ["Filler"]);
        // The connections of the server report what they used within a second or so.
        let scans: i64 = sqlx::query_scalar(
            "SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = 'world_events_event_data'",
        )
        .fetch_one(&server.database)
        .await
        .unwrap();
        if scans > 0 {
            break;
        }
        assert!(tokio::time::Instant::now() < deadline, "the index is never used");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}
