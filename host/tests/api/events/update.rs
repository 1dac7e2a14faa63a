//! `PUT /events/{eventId}`

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{TestServer, noon, path};

async fn announced(server: &TestServer) -> Value {
    server.event(json!({ "startTime": noon() + TimeDelta::minutes(10) })).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_present_changes_and_the_rest_stays() {
    let server = TestServer::start().await;
    let event = announced(&server).await;
    server.clock.advance(TimeDelta::minutes(1));
    for (member, value) in [
        ("name", json!("Two hydras")),
        ("endTime", json!(noon() + TimeDelta::hours(3))),
        ("description", json!("Twins")),
        ("objectives", json!([{ "id": "both" }])),
        ("rewards", json!([{ "type": "xp" }])),
        ("maxParticipants", json!(9)),
        ("eventData", json!({ "boss": "hydra" })),
        ("startTime", json!(noon() + TimeDelta::minutes(20))),
        ("type", json!("WAR")),
        ("region", json!("south")),
        ("difficulty", json!("EXTREME")),
        ("playerReports", json!(true)),
    ] {
        let before = server.operator().get(&path(&event, "")).await.expect(200);
        let mut expected = before.clone();
        expected[member] = value.clone();
        expected["version"] = json!(before["version"].as_i64().unwrap() + 1);
        expected["updatedAt"] = json!(noon() + TimeDelta::minutes(1));
        let after = server.designer().put(&path(&event, ""), json!({ member: value })).await.expect(200);
        for (name, value) in after.as_object().unwrap() {
            assert_eq!(*value, expected[name], "{name}, after a change of {member}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn null_clears_what_is_optional() {
    let server = TestServer::start().await;
    let event = server
        .event(json!({
            "description": "x", "objectives": [{}], "rewards": [{}], "maxParticipants": 5, "eventData": { "a": 1 },
        }))
        .await;
    for member in ["endTime", "description", "maxParticipants"] {
        let after = server.designer().put(&path(&event, ""), json!({ member: null })).await.expect(200);
        assert_eq!(after.get(member), None, "{member}");
    }
    for (member, empty) in [("objectives", json!([])), ("rewards", json!([])), ("eventData", json!({}))] {
        let after = server.designer().put(&path(&event, ""), json!({ member: null })).await.expect(200);
        assert_eq!(after[member], empty, "{member}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn null_does_not_clear_what_is_required() {
    let server = TestServer::start().await;
    let event = announced(&server).await;
    for member in ["name", "status", "startTime", "type", "region", "difficulty", "playerReports"] {
        server.designer().put(&path(&event, ""), json!({ member: null })).await.expect_invalid(member);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_members_are_named_and_change_nothing() {
    let server = TestServer::start().await;
    let event = announced(&server).await;
    for (member, value) in [
        ("name", json!("x".repeat(201))),
        ("name", json!(" ")),
        ("status", json!("OPEN")),
        ("endTime", json!(noon())),
        ("endTime", json!("soon")),
        ("region", json!("")),
        ("maxParticipants", json!(0)),
        ("eventData", json!(1)),
        ("objectives", json!([{ "x": "\0" }])),
    ] {
        let change = json!({ "description": "Changed?", member: value });
        server.designer().put(&path(&event, ""), change).await.expect_invalid(member);
    }
    let after = server.operator().get(&path(&event, "")).await.expect(200);
    assert_eq!((&after["version"], after.get("description")), (&json!(1), None));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_change_is_no_edit() {
    let server = TestServer::start().await;
    let event = announced(&server).await;
    let after = server.designer().put(&path(&event, ""), json!({})).await.expect(200);
    assert_eq!(after["version"], event["version"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_events_are_404() {
    let server = TestServer::start().await;
    let unknown = "/events/00000000-0000-4000-8000-000000000000";
    server.designer().put(unknown, json!({})).await.expect_error(404, "EVENT_NOT_FOUND");
    server.designer().put("/events/hydra", json!({})).await.expect_invalid("eventId");
}

#[tokio::test(flavor = "multi_thread")]
async fn start_type_and_region_stay_once_it_has_started() {
    let server = TestServer::start().await;
    let event = server.event(json!({})).await;
    for (member, value) in
        [("startTime", json!(noon() + TimeDelta::minutes(5))), ("type", json!("WAR")), ("region", json!("south"))]
    {
        let error =
            server.designer().put(&path(&event, ""), json!({ member: value })).await.expect_error(409, "EVENT_STARTED");
        assert_eq!(error["details"]["field"], member);
        // What it says already is no change.
        server.designer().put(&path(&event, ""), json!({ member: event[member] })).await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cap_cannot_go_below_those_inside() {
    let server = TestServer::start().await;
    let event = server.event(json!({ "maxParticipants": 5 })).await;
    for player in ["ann", "bob", "cid"] {
        server.join(&event, player).await.expect(201);
    }
    server.report(&event, "bob", json!({ "status": "COMPLETED" })).await.expect(200);
    let below = server.designer().put(&path(&event, ""), json!({ "maxParticipants": 2 })).await;
    let error = below.expect_error(409, "CAPACITY_BELOW_PARTICIPANTS");
    assert_eq!(error["details"], json!({ "maxParticipants": 2, "currentParticipants": 3 }));
    server.designer().put(&path(&event, ""), json!({ "maxParticipants": 3 })).await.expect(200);
    server.join(&event, "dan").await.expect_error(409, "EVENT_FULL");
    server.designer().delete(&path(&event, "")).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn illegal_steps_name_the_legal_ones() {
    let server = TestServer::start().await;
    let event = announced(&server).await;
    let error = server.designer().put(&path(&event, ""), json!({ "status": "COMPLETED" })).await;
    let error = error.expect_error(409, "ILLEGAL_TRANSITION");
    assert_eq!(error["details"], json!({ "from": "ANNOUNCED", "to": "COMPLETED", "legal": ["ACTIVE", "CANCELLED"] }));

    server.designer().put(&path(&event, ""), json!({ "status": "ACTIVE" })).await.expect(200);
    let error = server.designer().put(&path(&event, ""), json!({ "status": "ANNOUNCED" })).await;
    let error = error.expect_error(409, "ILLEGAL_TRANSITION");
    assert_eq!(error["details"]["legal"], json!(["COMPLETED", "CANCELLED"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn by_hand_the_start_and_the_end_move_to_now() {
    let server = TestServer::start().await;
    let event = announced(&server).await;
    server.clock.advance(TimeDelta::minutes(3));
    let started = server.designer().put(&path(&event, ""), json!({ "status": "ACTIVE" })).await.expect(200);
    assert_eq!((&started["status"], &started["startTime"]), (&json!("ACTIVE"), &json!(noon() + TimeDelta::minutes(3))));
    server.join(&event, "ann").await.expect(201);
    server.clock.advance(TimeDelta::minutes(4));
    let ended = server.designer().put(&path(&event, ""), json!({ "status": "COMPLETED" })).await.expect(200);
    assert_eq!((&ended["status"], &ended["endTime"]), (&json!("COMPLETED"), &json!(noon() + TimeDelta::minutes(7))));
    server.join(&event, "bob").await.expect_error(409, "EVENT_NOT_ACTIVE");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_without_an_end_gets_one_when_it_is_ended() {
    let server = TestServer::start().await;
    let event = server.event(json!({ "endTime": null })).await;
    let ended = server.designer().put(&path(&event, ""), json!({ "status": "COMPLETED" })).await.expect(200);
    assert_eq!(ended["endTime"], json!(noon()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_is_moved_into_the_past_starts_it() {
    let server = TestServer::start().await;
    let event = announced(&server).await;
    let after = server.designer().put(&path(&event, ""), json!({ "startTime": noon() })).await.expect(200);
    assert_eq!(after["status"], "ACTIVE");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_over_stays_as_it_is() {
    let server = TestServer::start().await;
    for over in ["COMPLETED", "CANCELLED"] {
        let event = server.event(json!({})).await;
        server.designer().put(&path(&event, ""), json!({ "status": over })).await.expect(200);
        for change in [json!({ "name": "Later" }), json!({ "status": "ACTIVE" })] {
            server.designer().put(&path(&event, ""), change).await.expect_error(409, "EVENT_OVER");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn if_match_refuses_what_is_based_on_an_older_version() {
    let server = TestServer::start().await;
    let event = server.event(json!({})).await;
    let first = server.designer().get(&path(&event, "")).await.tag();
    let second = server.designer().put_if(&path(&event, ""), &first, json!({ "name": "Second" })).await;
    assert!(second.tag().starts_with("\"2."), "{}", second.tag());

    let error = server.designer().put_if(&path(&event, ""), &first, json!({ "name": "Third" })).await;
    let error = error.expect_error(412, "PRECONDITION_FAILED");
    assert_eq!(error["details"]["version"], 2);
    for bad in ["2", "\"\"", "W/\"2\"", "\"two\""] {
        server.designer().put_if(&path(&event, ""), bad, json!({ "name": "Bad" })).await.expect(412);
    }
    for good in [second.tag(), "\"2\"".to_owned(), "*".to_owned(), format!("{first}, {}", second.tag())] {
        server.designer().put_if(&path(&event, ""), &good, json!({ "name": "Second" })).await.expect(200);
    }
    assert_eq!(server.designer().get(&path(&event, "")).await.expect(200)["name"], "Second");
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_at_once_lose_nothing() {
    let server = TestServer::start().await;
    let event = server.event(json!({})).await;
    let changes = [
        json!({ "name": "At once" }),
        json!({ "description": "All together" }),
        json!({ "maxParticipants": 77 }),
        json!({ "difficulty": "EASY" }),
        json!({ "objectives": [{ "id": "one" }] }),
        json!({ "rewards": [{ "type": "xp" }] }),
        json!({ "eventData": { "boss": "hydra" } }),
        json!({ "playerReports": true }),
    ];
    let (client, url) = (server.designer(), path(&event, ""));
    let tasks = changes.clone().map(|change| {
        let (client, url) = (client.clone(), url.clone());
        tokio::spawn(async move { client.put(&url, change).await.expect(200) })
    });
    for task in tasks {
        task.await.unwrap();
    }
    let after = client.get(&url).await.expect(200);
    for (member, value) in changes.iter().flat_map(|change| change.as_object().unwrap()) {
        assert_eq!(after[member], *value, "{member}");
    }
    assert_eq!(after["version"], 1 + changes.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_changes_to_one_version_one_wins() {
    let server = TestServer::start().await;
    let event = server.event(json!({})).await;
    let tag = server.designer().get(&path(&event, "")).await.tag();
    let tasks: Vec<_> = (0..8)
        .map(|number| {
            let (client, url, tag) = (server.designer(), path(&event, ""), tag.clone());
            tokio::spawn(async move { client.put_if(&url, &tag, json!({ "name": format!("{number}") })).await.status })
        })
        .collect();
    let mut won = 0;
    for task in tasks {
        match task.await.unwrap().as_u16() {
            200 => won += 1,
            status => assert_eq!(status, 412),
        }
    }
    assert_eq!(won, 1);
}
