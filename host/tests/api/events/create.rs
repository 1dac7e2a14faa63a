//! `POST /events`

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{TestServer, event_request, noon, path};

#[tokio::test(flavor = "multi_thread")]
async fn every_member_is_kept() {
    let server = TestServer::start().await;
    let members = json!({
        "description": "Three heads at least",
        "objectives": [{ "id": "heads", "count": 3 }],
        "rewards": [{ "rewardType": "item", "rewardId": "scale", "amount": 2 }],
        "maxParticipants": 40,
        "eventData": { "boss": "hydra", "nested": { "list": [1, null, "x"] } },
        "playerReports": true,
    });
    let answer = server.designer().post("/events", event_request(members.clone())).await;
    let tag = answer.tag();
    let event = answer.expect(201);
    for (member, value) in event_request(members).as_object().unwrap() {
        assert_eq!(event[member], *value, "{member}");
    }
    assert_eq!(event["status"], "ACTIVE");
    assert_eq!(event["currentParticipants"], 0);
    assert_eq!((&event["createdAt"], &event["updatedAt"]), (&json!(noon()), &json!(noon())));
    assert_eq!(event["settlement"]["state"], "none");
    assert!(tag.starts_with("\"1."), "{tag}");

    let detail = server.designer().get(&path(&event, "")).await.expect(200);
    for (member, value) in event.as_object().unwrap() {
        assert_eq!(detail[member], *value, "{member}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn five_members_are_enough() {
    let server = TestServer::start().await;
    let request = json!({
        "name": "Fair", "type": "FESTIVAL", "region": "south", "startTime": noon(), "difficulty": "EASY",
    });
    let event = server.designer().post("/events", request).await.expect(201);
    for absent in ["endTime", "description", "maxParticipants", "templateId", "rules"] {
        assert_eq!(event.get(absent), None, "{absent}");
    }
    assert_eq!((&event["objectives"], &event["rewards"]), (&json!([]), &json!([])));
    assert_eq!((&event["eventData"], &event["playerReports"]), (&json!({}), &json!(false)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_member_is_named() {
    let server = TestServer::start().await;
    for member in ["name", "type", "region", "startTime", "difficulty"] {
        let mut request = event_request(json!({}));
        request.as_object_mut().unwrap().remove(member);
        server.designer().post("/events", request).await.expect_invalid(member);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_edges_of_the_limits_are_inside() {
    let server = TestServer::start().await;
    for members in [
        json!({ "name": "ä".repeat(200), "region": "ü".repeat(100) }),
        json!({ "maxParticipants": 1, "description": "x".repeat(10_000) }),
        json!({ "description": "" }),
    ] {
        server.event(members).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_breaks_a_limit_is_named() {
    let server = TestServer::start().await;
    let large = "x".repeat(12 * 1024);
    for (field, value) in [
        ("name", json!("")),
        ("name", json!(" \t")),
        ("name", json!("x".repeat(201))),
        ("name", json!("a\0b")),
        ("name", json!(7)),
        ("region", json!("")),
        ("region", json!("  ")),
        ("region", json!("x".repeat(101))),
        ("type", json!("PICNIC")),
        ("type", json!("invasion")),
        ("difficulty", json!("NORMAL")),
        ("startTime", json!("tomorrow")),
        ("startTime", json!("1969-12-31T23:59:59Z")),
        ("endTime", json!("2030-05-01")),
        ("description", json!("x".repeat(10_001))),
        ("objectives", json!({})),
        ("objectives[1]", json!([{}, 1])),
        ("rewards[0]", json!(["gold"])),
        ("rewards", json!([{ "text": "\0" }])),
        ("maxParticipants", json!(0)),
        ("maxParticipants", json!(2_147_483_648_i64)),
        ("maxParticipants", json!(1.5)),
        ("eventData", json!([])),
        ("eventData", json!({ "a": { "b": "\0" } })),
        ("eventData", json!({ "large": large })),
        ("playerReports", json!("yes")),
        ("templateId", json!("none")),
    ] {
        let member = field.split('[').next().unwrap();
        let answer = server.designer().post("/events", event_request(json!({ member: value }))).await;
        assert_eq!(answer.status.as_u16(), 400, "{member} = {value}");
        answer.expect_invalid(field);
    }
    let events: i64 =
        sqlx::query_scalar("SELECT count(*) FROM gameplay.world_events").fetch_one(&server.database).await.unwrap();
    assert_eq!(events, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_lies_behind_the_start_and_in_the_future() {
    let server = TestServer::start().await;
    let minute = TimeDelta::minutes(1);
    for (start, end) in [(noon() + minute, noon()), (noon() + minute, noon() + minute), (noon() - minute, noon())] {
        let request = event_request(json!({ "startTime": start, "endTime": end }));
        server.designer().post("/events", request).await.expect_invalid("endTime");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn times_of_any_zone_are_told_in_utc() {
    let server = TestServer::start().await;
    let event = server.event(json!({ "startTime": "2030-05-01T18:30:00.25+02:00", "endTime": null })).await;
    assert_eq!(event["startTime"], "2030-05-01T16:30:00.250Z");
    assert_eq!(event["status"], "ANNOUNCED");
}

async fn template(server: &TestServer, members: Value) -> Value {
    let mut request = json!({ "name": "Raid", "type": "WAR", "difficulty": "EXTREME" });
    request.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    server.designer().post("/templates", request).await.expect(201)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_fills_what_is_left_out() {
    let server = TestServer::start().await;
    let template = template(
        &server,
        json!({
            "description": "To arms",
            "objectivesTemplate": [{ "id": "gate" }],
            "rewardsTemplate": [{ "type": "xp", "amount": 5 }],
            "durationMinutes": 90,
            "maxParticipants": 12,
            "eventDataTemplate": { "siege": true },
            "playerReports": true,
        }),
    )
    .await;
    let request = json!({ "templateId": template["id"], "region": "north", "startTime": noon() });
    let event = server.designer().post("/events", request).await.expect(201);
    assert_eq!(event["templateId"], template["id"]);
    for (member, of_template) in [
        ("name", "name"),
        ("type", "type"),
        ("difficulty", "difficulty"),
        ("description", "description"),
        ("objectives", "objectivesTemplate"),
        ("rewards", "rewardsTemplate"),
        ("maxParticipants", "maxParticipants"),
        ("eventData", "eventDataTemplate"),
        ("playerReports", "playerReports"),
    ] {
        assert_eq!(event[member], template[of_template], "{member}");
    }
    assert_eq!(event["endTime"], json!(noon() + TimeDelta::minutes(90)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_request_says_goes_before_the_template() {
    let server = TestServer::start().await;
    let template = template(
        &server,
        json!({ "durationMinutes": 90, "maxParticipants": 12, "eventDataTemplate": { "siege": true } }),
    )
    .await;
    let own = json!({
        "templateId": template["id"], "description": "Ours", "maxParticipants": 3, "eventData": {}, "objectives": [{}],
    });
    let event = server.event(own.clone()).await;
    for (member, value) in event_request(own).as_object().unwrap() {
        assert_eq!(event[member], *value, "{member}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_that_is_changed_later_changes_no_event() {
    let server = TestServer::start().await;
    let template = template(&server, json!({ "maxParticipants": 12 })).await;
    let event = server.event(json!({ "templateId": template["id"] })).await;
    let below = format!("/templates/{}", template["id"].as_str().unwrap());
    server.designer().put(&below, json!({ "maxParticipants": 1, "description": "Other" })).await.expect(200);
    let after = server.designer().get(&path(&event, "")).await.expect(200);
    assert_eq!((&after["maxParticipants"], after.get("description")), (&json!(12), None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_may_be_for_some_regions_only() {
    let server = TestServer::start().await;
    let template = template(&server, json!({ "regionRestrictions": ["north", "east"] })).await;
    let in_region = |region: &str| event_request(json!({ "templateId": template["id"], "region": region }));
    server.designer().post("/events", in_region("east")).await.expect(201);
    let error = server.designer().post("/events", in_region("west")).await.expect_invalid("region");
    assert!(error["message"].as_str().unwrap().contains("north, east"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inactive_template_is_a_conflict_and_an_unknown_one_an_error() {
    let server = TestServer::start().await;
    let template = template(&server, json!({})).await;
    let below = format!("/templates/{}", template["id"].as_str().unwrap());
    server.designer().delete(&below).await.expect(200);
    let request = event_request(json!({ "templateId": template["id"] }));
    server.designer().post("/events", request).await.expect_error(409, "TEMPLATE_INACTIVE");
    let request = event_request(json!({ "templateId": "00000000-0000-4000-8000-000000000000" }));
    server.designer().post("/events", request).await.expect_invalid("templateId");
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_are_pinned_to_the_version_and_its_bytes() {
    let server = TestServer::start().await;
    let published = server.publish("boss-invasion").await;
    let template =
        template(&server, json!({ "rules": { "plugin": "boss-invasion", "parameters": { "minLevel": 5.0 } } }));
    let event = server.event(json!({ "templateId": template.await["id"] })).await;
    for member in ["version", "digest", "capabilities"] {
        assert_eq!(event["rules"][member], published[member], "{member}");
    }
    assert_eq!(event["rules"]["plugin"], "boss-invasion");
    assert_eq!(event["rules"]["parameters"].to_string(), r#"{"minLevel":5}"#);

    let own = json!({ "plugin": "boss-invasion", "version": published["version"], "goals": [{ "counter": "c", "target": 9 }] });
    let event = server.event(json!({ "rules": own })).await;
    assert_eq!(event["rules"]["goals"], json!([{ "counter": "c", "target": 9, "endsEvent": false }]));
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_that_cannot_be_pinned_are_refused_with_the_place() {
    let server = TestServer::start().await;
    server.publish("boss-invasion").await;
    for (field, rules) in [
        ("rules.plugin", json!({ "plugin": "nobody" })),
        ("rules.plugin", json!({ "plugin": "Not A Name" })),
        ("rules.plugin", json!({})),
        ("rules.version", json!({ "plugin": "boss-invasion", "version": "99.0.0" })),
        ("rules.version", json!({ "plugin": "boss-invasion", "version": "new" })),
        ("rules.parameters.minLevel", json!({ "plugin": "boss-invasion", "parameters": { "minLevel": -1 } })),
        ("rules.parameters.factions.1", json!({ "plugin": "boss-invasion", "parameters": { "factions": ["a", 2] } })),
        ("rules.goals[0].target", json!({ "plugin": "boss-invasion", "goals": [{ "counter": "c", "target": 0 }] })),
        ("rules.goals[0].counter", json!({ "plugin": "boss-invasion", "goals": [{ "target": 1 }] })),
    ] {
        server.designer().post("/events", event_request(json!({ "rules": rules }))).await.expect_invalid(field);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_yanked_version_cannot_be_pinned() {
    let server = TestServer::start().await;
    let version = server.publish("harvest-festival").await["version"].as_str().unwrap().to_owned();
    let yank = format!("/plugins/harvest-festival/versions/{version}/yank");
    server.designer().post(&yank, json!({})).await.expect(200);
    for rules in [json!({ "plugin": "harvest-festival" }), json!({ "plugin": "harvest-festival", "version": version })]
    {
        let answer = server.designer().post("/events", event_request(json!({ "rules": rules }))).await;
        answer.expect_error(409, "VERSION_YANKED");
    }
}
