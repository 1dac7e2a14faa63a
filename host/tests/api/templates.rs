//! `/templates`

use std::collections::HashSet;

use chrono::TimeDelta;
use reqwest::{Method, header};
use serde_json::{Value, json};

use crate::support::{TestServer, noon};

const UNKNOWN: &str = "/templates/00000000-0000-4000-8000-000000000000";

fn request(members: Value) -> Value {
    let mut request = json!({ "name": "Raid", "type": "WAR", "difficulty": "HARD" });
    request.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    request
}

async fn create(server: &TestServer, members: Value) -> Value {
    server.designer().post("/templates", request(members)).await.expect(201)
}

fn at(template: &Value) -> String {
    format!("/templates/{}", template["id"].as_str().unwrap())
}

fn everything() -> Value {
    request(json!({
        "description": "To arms",
        "objectivesTemplate": [{ "id": "gate" }],
        "rewardsTemplate": [{ "type": "xp", "amount": 5 }],
        "durationMinutes": 90,
        "maxParticipants": 12,
        "regionRestrictions": ["north", "south"],
        "eventDataTemplate": { "siege": true },
        "playerReports": true,
    }))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_member_is_kept() {
    let server = TestServer::start().await;
    let answer = server.designer().post("/templates", everything()).await;
    assert_eq!(answer.tag(), "\"1\"");
    let template = answer.expect(201);
    for (member, value) in everything().as_object().unwrap() {
        assert_eq!(template[member], *value, "{member}");
    }
    assert_eq!(template["isActive"], true);
    assert_eq!((&template["createdAt"], &template["updatedAt"]), (&json!(noon()), &json!(noon())));
    assert_eq!(server.player("anybody").get(&at(&template)).await.expect(200), template);
}

#[tokio::test(flavor = "multi_thread")]
async fn three_members_are_enough() {
    let server = TestServer::start().await;
    let template = create(&server, json!({})).await;
    for absent in ["description", "durationMinutes", "maxParticipants", "rules"] {
        assert_eq!(template.get(absent), None, "{absent}");
    }
    for member in ["name", "type", "difficulty"] {
        let mut request = request(json!({}));
        request.as_object_mut().unwrap().remove(member);
        server.designer().post("/templates", request).await.expect_invalid(member);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_breaks_a_limit_is_named_in_new_templates_and_in_changes() {
    let server = TestServer::start().await;
    let template = create(&server, json!({})).await;
    let many = vec!["north"; 101];
    for (field, value) in [
        ("name", json!("")),
        ("name", json!("x".repeat(201))),
        ("type", json!("PARTY")),
        ("difficulty", json!("hard")),
        ("durationMinutes", json!(0)),
        ("durationMinutes", json!(1.5)),
        ("maxParticipants", json!(0)),
        ("regionRestrictions", json!(many)),
        ("regionRestrictions[0]", json!([" "])),
        ("eventDataTemplate", json!([])),
        ("objectivesTemplate", json!("x")),
        ("rewardsTemplate[0]", json!([1])),
        ("rules.plugin", json!({ "plugin": "nobody" })),
    ] {
        let member = field.split(['[', '.']).next().unwrap();
        server.designer().post("/templates", request(json!({ member: value }))).await.expect_invalid(field);
        server.designer().put(&at(&template), json!({ member: value })).await.expect_invalid(field);
    }
    assert_eq!(server.designer().get(&at(&template)).await.expect(200), template);
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_are_checked_against_the_plugin_s_schema() {
    let server = TestServer::start().await;
    server.publish("boss-invasion").await;
    let rules = |parameters: Value| json!({ "rules": { "plugin": "boss-invasion", "parameters": parameters } });
    let template = create(&server, rules(json!({ "minLevel": 3, "factions": ["red"] }))).await;
    for (field, parameters) in [
        ("rules.parameters.minLevel", json!({ "minLevel": "three" })),
        ("rules.parameters.minLevel", json!({ "minLevel": -3 })),
        ("rules.parameters.factions.1", json!({ "factions": ["red", ""] })),
        ("rules.parameters", json!({ "minimumLevel": 3 })),
    ] {
        server.designer().post("/templates", request(rules(parameters.clone()))).await.expect_invalid(field);
        server.designer().put(&at(&template), rules(parameters)).await.expect_invalid(field);
    }
    // A plugin without parameters takes none.
    server.publish("harvest-festival").await;
    let rules = json!({ "rules": { "plugin": "harvest-festival", "parameters": { "a": 1 } } });
    server.designer().post("/templates", request(rules)).await.expect_invalid("rules.parameters");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_yanked_version_is_a_conflict() {
    let server = TestServer::start().await;
    let version = server.publish("harvest-festival").await["version"].as_str().unwrap().to_owned();
    let template = create(&server, json!({})).await;
    let yank = format!("/plugins/harvest-festival/versions/{version}/yank");
    server.designer().post(&yank, json!({})).await.expect(200);
    let rules = json!({ "rules": { "plugin": "harvest-festival", "version": version } });
    let refused = server.designer().post("/templates", request(rules.clone())).await;
    refused.expect_error(409, "VERSION_YANKED");
    server.designer().put(&at(&template), rules).await.expect_error(409, "VERSION_YANKED");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_present_changes_and_the_rest_stays() {
    let server = TestServer::start().await;
    let template = server.designer().post("/templates", everything()).await.expect(201);
    server.clock.advance(TimeDelta::minutes(1));
    for (member, value) in [
        ("name", json!("Siege")),
        ("type", json!("QUEST")),
        ("difficulty", json!("EASY")),
        ("isActive", json!(false)),
        ("description", json!("Again")),
        ("objectivesTemplate", json!([])),
        ("rewardsTemplate", json!([{ "type": "item" }])),
        ("durationMinutes", json!(30)),
        ("maxParticipants", json!(2)),
        ("regionRestrictions", json!(["east"])),
        ("eventDataTemplate", json!({ "siege": false })),
        ("playerReports", json!(false)),
    ] {
        let before = server.operator().get(&at(&template)).await.expect(200);
        let mut expected = before.clone();
        expected[member] = value.clone();
        expected["version"] = json!(before["version"].as_i64().unwrap() + 1);
        expected["updatedAt"] = json!(noon() + TimeDelta::minutes(1));
        let after = server.designer().put(&at(&template), json!({ member: value })).await.expect(200);
        assert_eq!(after, expected, "{member}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn null_clears_what_is_optional_and_nothing_else() {
    let server = TestServer::start().await;
    server.publish("harvest-festival").await;
    let mut all = everything();
    all["rules"] = json!({ "plugin": "harvest-festival" });
    let template = server.designer().post("/templates", all).await.expect(201);
    for member in ["name", "type", "difficulty", "isActive", "playerReports"] {
        server.designer().put(&at(&template), json!({ member: null })).await.expect_invalid(member);
    }
    for member in ["description", "durationMinutes", "maxParticipants", "rules"] {
        let after = server.designer().put(&at(&template), json!({ member: null })).await.expect(200);
        assert_eq!(after.get(member), None, "{member}");
    }
    for (member, empty) in [
        ("objectivesTemplate", json!([])),
        ("rewardsTemplate", json!([])),
        ("regionRestrictions", json!([])),
        ("eventDataTemplate", json!({})),
    ] {
        let after = server.designer().put(&at(&template), json!({ member: null })).await.expect(200);
        assert_eq!(after[member], empty, "{member}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_templates_are_404_and_malformed_ids_400() {
    let server = TestServer::start().await;
    let designer = server.designer();
    designer.get(UNKNOWN).await.expect_error(404, "TEMPLATE_NOT_FOUND");
    designer.put(UNKNOWN, json!({})).await.expect_error(404, "TEMPLATE_NOT_FOUND");
    designer.delete(UNKNOWN).await.expect_error(404, "TEMPLATE_NOT_FOUND");
    designer.get("/templates/raid").await.expect_invalid("templateId");
    designer.put("/templates/raid", json!({})).await.expect_invalid("templateId");
    designer.delete("/templates/raid").await.expect_invalid("templateId");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_can_be_deactivated_and_activated_again() {
    let server = TestServer::start().await;
    let template = create(&server, json!({})).await;
    let inactive = server.designer().delete(&at(&template)).await.expect(200);
    assert_eq!((&inactive["isActive"], &inactive["version"]), (&json!(false), &json!(2)));
    // Once more changes nothing.
    assert_eq!(server.designer().delete(&at(&template)).await.expect(200), inactive);
    let active = server.designer().put(&at(&template), json!({ "isActive": true })).await.expect(200);
    assert_eq!((&active["isActive"], &active["version"]), (&json!(true), &json!(3)));
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_guard_against_lost_changes() {
    let server = TestServer::start().await;
    let template = create(&server, json!({})).await;
    let client = server.designer();
    let tag = client.get(&at(&template)).await.tag();
    let request = client.request(Method::GET, &at(&template)).header(header::IF_NONE_MATCH, &tag);
    assert_eq!(client.send(request).await.status.as_u16(), 304);

    let newer = client.put_if(&at(&template), &tag, json!({ "name": "Second" })).await;
    assert_eq!(newer.tag(), "\"2\"");
    let refused = client.put_if(&at(&template), &tag, json!({ "name": "Third" })).await;
    refused.expect_error(412, "PRECONDITION_FAILED");
    let request = client.request(Method::DELETE, &at(&template)).header(header::IF_MATCH, &tag);
    client.send(request).await.expect_error(412, "PRECONDITION_FAILED");
    let request = client.request(Method::GET, &at(&template)).header(header::IF_NONE_MATCH, &tag);
    let after = client.send(request).await.expect(200);
    assert_eq!((&after["name"], &after["isActive"]), (&json!("Second"), &json!(true)));
}

fn names(list: &Value) -> Vec<&str> {
    list["templates"].as_array().unwrap().iter().map(|template| template["name"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_narrow_the_list_down() {
    let server = TestServer::start().await;
    for (name, kind, difficulty) in [("a", "WAR", "EASY"), ("b", "WAR", "HARD"), ("c", "QUEST", "HARD")] {
        create(&server, json!({ "name": name, "type": kind, "difficulty": difficulty })).await;
    }
    for (query, found) in [
        ("", vec!["c", "b", "a"]),
        ("?type=WAR", vec!["b", "a"]),
        ("?difficulty=HARD", vec!["c", "b"]),
        ("?type=WAR&difficulty=HARD", vec!["b"]),
        ("?type=FESTIVAL", vec![]),
        ("?limit=1&offset=1", vec!["b"]),
    ] {
        let list = server.player("anybody").get(&format!("/templates{query}")).await.expect(200);
        assert_eq!(names(&list), found, "{query}");
    }
    let pagination = server.operator().get("/templates?limit=2").await.expect(200)["pagination"].clone();
    assert_eq!((&pagination["limit"], &pagination["offset"], &pagination["total"]), (&json!(2), &json!(0), &json!(3)));
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_out_of_range_are_named() {
    let server = TestServer::start().await;
    for (field, query) in [
        ("limit", "limit=0"),
        ("limit", "limit=51"),
        ("offset", "offset=-1"),
        ("type", "type=PARTY"),
        ("difficulty", "difficulty=easy"),
        ("cursor", "cursor=x"),
    ] {
        server.operator().get(&format!("/templates?{query}")).await.expect_invalid(field);
    }
    server.operator().get("/templates?limit=50").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_reaches_every_template_once() {
    let server = TestServer::start().await;
    for _ in 0..7 {
        create(&server, json!({})).await;
    }
    let (mut seen, mut query) = (HashSet::new(), String::from("?limit=2"));
    loop {
        let list = server.operator().get(&format!("/templates{query}")).await.expect(200);
        for template in list["templates"].as_array().unwrap() {
            assert!(seen.insert(template["id"].to_string()), "twice");
        }
        let Some(cursor) = list["pagination"]["nextCursor"].as_str() else { break };
        query = format!("?limit=2&cursor={cursor}");
    }
    assert_eq!(seen.len(), 7);
}
