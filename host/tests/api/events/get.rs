//! `GET /events/{eventId}`

use reqwest::{Method, header};
use serde_json::{Value, json};

use crate::support::{Answer, Client, TestServer, path};

async fn get_unless(client: &Client, event: &Value, tag: &str) -> Answer {
    client.send(client.request(Method::GET, &path(event, "")).header(header::IF_NONE_MATCH, tag)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_detail_view_has_a_first_page_of_participants_and_the_figures() {
    let server = TestServer::start().await;
    let event = server.event(json!({})).await;
    for player in 0..25 {
        server.join(&event, &format!("player-{player:02}")).await.expect(201);
    }
    let detail = server.operator().get(&path(&event, "")).await.expect(200);
    assert_eq!(detail["currentParticipants"], 25);
    let participants = detail["participants"].as_array().unwrap();
    assert_eq!(participants.len(), 20);
    for member in
        ["id", "eventId", "playerId", "joinTime", "status", "progressData", "score", "achievements", "lastActivity"]
    {
        assert!(!participants[0][member].is_null(), "{member}");
    }
    assert_eq!(detail["analytics"]["eventId"], event["id"]);
    assert_eq!(detail["analytics"]["totalParticipants"], 25);
}

#[tokio::test(flavor = "multi_thread")]
async fn players_see_the_progress_of_others_nowhere() {
    let server = TestServer::start().await;
    let event = server.event(json!({})).await;
    for player in ["ann", "bob"] {
        server.join(&event, player).await.expect(201);
        server.report(&event, player, json!({ "progressData": { "wave": 2 } })).await.expect(200);
    }
    let detail = server.player("ann").get(&path(&event, "")).await.expect(200);
    for participant in detail["participants"].as_array().unwrap() {
        let own = participant["playerId"] == "ann";
        assert_eq!(participant.get("progressData").is_some(), own, "{participant}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_events_are_404_and_malformed_ids_400() {
    let server = TestServer::start().await;
    let unknown = "/events/00000000-0000-4000-8000-000000000000";
    server.operator().get(unknown).await.expect_error(404, "EVENT_NOT_FOUND");
    server.operator().get("/events/hydra").await.expect_invalid("eventId");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_it_already_gets_304() {
    let server = TestServer::start().await;
    let event = server.event(json!({})).await;
    let client = server.operator();
    let tag = client.get(&path(&event, "")).await.tag();
    for held in [tag.clone(), format!("\"other\", {tag}"), format!("W/{tag}"), "*".to_owned()] {
        let answer = get_unless(&client, &event, &held).await;
        assert_eq!((answer.status.as_u16(), answer.bytes.len()), (304, 0), "{held}");
        assert_eq!(answer.tag(), tag);
    }
    get_unless(&client, &event, "\"1.0000000000000000\"").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_join_changes_the_tag_but_is_no_edit() {
    let server = TestServer::start().await;
    let event = server.event(json!({})).await;
    let client = server.operator();
    let tag = client.get(&path(&event, "")).await.tag();
    server.clock.advance(chrono::TimeDelta::minutes(1));
    server.join(&event, "ann").await.expect(201);

    let answer = get_unless(&client, &event, &tag).await;
    let newer = answer.tag();
    let after = answer.expect(200);
    assert_eq!(after["currentParticipants"], 1);
    assert_eq!((&after["version"], &after["updatedAt"]), (&event["version"], &event["updatedAt"]));
    assert_ne!(newer, tag);
    // The tag from before the join still names the version to edit.
    client.put_if(&path(&event, ""), &tag, json!({ "name": "Edited" })).await.expect(200);
}
