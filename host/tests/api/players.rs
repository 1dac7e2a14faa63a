//! `/players/{playerId}`

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::support::{Client, TestServer, path};

#[tokio::test(flavor = "multi_thread")]
async fn attributes_are_replaced_as_a_whole() {
    let server = TestServer::start().await;
    let url = "/players/ann/attributes";
    assert_eq!(server.player("ann").get(url).await.expect(200), json!({}));
    for attributes in [json!({ "level": 3, "guild": { "name": "Owls", "rank": null } }), json!({ "level": 4 })] {
        assert_eq!(server.game().put(url, attributes.clone()).await.expect(200), attributes);
        assert_eq!(server.player("ann").get(url).await.expect(200), attributes);
    }
    assert_eq!(server.operator().get("/players/bob/attributes").await.expect(200), json!({}));
}

#[tokio::test(flavor = "multi_thread")]
async fn attributes_are_an_object_of_bounded_size() {
    let server = TestServer::start().await;
    let large = json!({ "x": "y".repeat(12 * 1024) });
    for attributes in [json!([]), json!(null), json!(3), json!({ "a": ["\0"] }), large] {
        server.game().put("/players/ann/attributes", attributes).await.expect_error(400, "VALIDATION_ERROR");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_of_players_are_opaque_but_neither_empty_nor_long() {
    let server = TestServer::start().await;
    let name: String = form_urlencoded::byte_serialize("Ann/O'Neil <ä> 1%".as_bytes()).collect();
    let odd = format!("/players/{}/attributes", name.replace('+', "%20"));
    server.game().put(&odd, json!({ "level": 1 })).await.expect(200);
    let stored: String = sqlx::query_scalar("SELECT player_id FROM gameplay.player_attributes")
        .fetch_one(&server.database)
        .await
        .unwrap();
    assert_eq!(stored, "Ann/O'Neil <ä> 1%");
    server.game().put(&format!("/players/{}/attributes", "x".repeat(100)), json!({})).await.expect(200);
    for bad in ["%20", &"x".repeat(101), "a%00b"] {
        for list in ["attributes", "events", "rewards"] {
            server.operator().get(&format!("/players/{bad}/{list}")).await.expect_invalid("playerId");
        }
    }
}

/// All items of a list, two at a time.
async fn walk(client: &Client, list: &str, items: &str) -> Vec<Value> {
    let (mut found, mut query) = (Vec::new(), String::from("?limit=2"));
    loop {
        let page = client.get(&format!("{list}{query}")).await.expect(200);
        found.extend(page[items].as_array().unwrap().iter().cloned());
        let Some(cursor) = page["pagination"]["nextCursor"].as_str() else { return found };
        query = format!("?limit=2&cursor={cursor}");
    }
}

fn distinct(items: &[Value], member: &str) -> usize {
    items.iter().map(|item| item[member].as_str().unwrap()).collect::<HashSet<_>>().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_player_s_events_are_listed_to_the_end() {
    let server = TestServer::start().await;
    for _ in 0..5 {
        let event = server.event(json!({})).await;
        server.join(&event, "ann").await.expect(201);
        server.join(&event, "bob").await.expect(201);
        server.clock.advance(chrono::TimeDelta::minutes(1));
    }
    let found = walk(&server.player("ann"), "/players/ann/events", "participations").await;
    assert_eq!((found.len(), distinct(&found, "eventId")), (5, 5));
    assert!(found.iter().all(|participation| participation["playerId"] == "ann"));
    let joins: Vec<_> = found.iter().map(|participation| participation["joinTime"].as_str().unwrap()).collect();
    assert!(joins.is_sorted_by(|newer, older| newer >= older), "{joins:?}");

    let page = server.operator().get("/players/ann/events?limit=2&offset=3").await.expect(200);
    assert_eq!(page["participations"].as_array().unwrap().len(), 2);
    assert_eq!(page["pagination"], json!({ "limit": 2, "offset": 3, "total": 5 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_player_s_rewards_are_listed_to_the_end() {
    let server = TestServer::start().await;
    let rewards = json!([{ "rewardType": "xp", "amount": 5 }, { "rewardType": "item", "rewardId": "scale" }]);
    for _ in 0..3 {
        let event = server.event(json!({ "rewards": rewards })).await;
        for player in ["ann", "bob"] {
            server.join(&event, player).await.expect(201);
            server.report(&event, player, json!({ "status": "COMPLETED" })).await.expect(200);
        }
    }
    let found = walk(&server.player("ann"), "/players/ann/rewards", "rewards").await;
    assert_eq!((found.len(), distinct(&found, "id"), distinct(&found, "eventId")), (6, 6, 3));
    for reward in &found {
        assert_eq!((&reward["playerId"], &reward["claimed"]), (&json!("ann"), &json!(false)));
        assert!(reward["createdAt"].is_string() && reward["amount"].is_u64(), "{reward}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_participation_is_found_by_player_after_it_ended() {
    let server = TestServer::start().await;
    let event = server.event(json!({})).await;
    server.join(&event, "ann").await.expect(201);
    server.player("ann").delete(&path(&event, "/participants/ann")).await.expect(200);
    let list = server.player("ann").get("/players/ann/events").await.expect(200);
    assert_eq!(list["participations"][0]["status"], "LEFT");
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_out_of_range_are_named() {
    let server = TestServer::start().await;
    for list in ["events", "rewards"] {
        for (field, query) in
            [("limit", "limit=0"), ("limit", "limit=101"), ("offset", "offset=-1"), ("cursor", "cursor=x")]
        {
            server.operator().get(&format!("/players/ann/{list}?{query}")).await.expect_invalid(field);
        }
        let page = server.operator().get(&format!("/players/ann/{list}?limit=100")).await.expect(200);
        assert_eq!(page["pagination"]["total"], 0);
    }
}
