//! The OpenAPI document: `openapi/world-events.yaml`, and what it promises.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::TestServer;

fn document() -> Value {
    serde_json::to_value(world_events::api::openapi()).unwrap()
}

#[test]
fn the_committed_document_is_what_the_code_says() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi/world-events.yaml");
    let committed = std::fs::read_to_string(file).unwrap();
    let generated = world_events::api::openapi().to_yaml().unwrap();
    let different = committed.trim_end().lines().zip(generated.trim_end().lines()).find(|(old, new)| old != new);
    assert!(
        committed.trim_end() == generated.trim_end(),
        "openapi/world-events.yaml is not what the code says (first difference: {different:?}); update it with: \
         cargo run -p world-events -- openapi > openapi/world-events.yaml"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_serves_it() {
    let server = TestServer::start().await;
    assert_eq!(server.stranger().get("/openapi.json").await.expect(200), document());
}

#[test]
fn it_is_openapi_3_1_and_says_how_to_authenticate() {
    let document = document();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1."));
    assert_eq!(document["security"], json!([{ "bearer": [] }]));
    assert_eq!(document["components"]["securitySchemes"]["bearer"]["scheme"], "bearer");
    assert_eq!(document["paths"]["/health"]["get"]["security"], json!([{}]));
}

/// Operation, method, path, success, errors of its own.
const OPERATIONS: [(&str, &str, &str, &str, &[&str]); 16] = [
    ("healthCheck", "get", "/health", "200", &["503"]),
    ("listEvents", "get", "/events", "200", &["400"]),
    ("createEvent", "post", "/events", "201", &["400", "409"]),
    ("getEvent", "get", "/events/{eventId}", "200", &["404"]),
    ("updateEvent", "put", "/events/{eventId}", "200", &["400", "404", "409"]),
    ("cancelEvent", "delete", "/events/{eventId}", "200", &["404", "409"]),
    ("getEventParticipants", "get", "/events/{eventId}/participants", "200", &["404"]),
    ("joinEvent", "post", "/events/{eventId}/participants", "201", &["400", "404", "409"]),
    ("getPlayerParticipation", "get", "/events/{eventId}/participants/{playerId}", "200", &["404"]),
    ("updatePlayerParticipation", "put", "/events/{eventId}/participants/{playerId}", "200", &["400", "404", "409"]),
    ("leaveEvent", "delete", "/events/{eventId}/participants/{playerId}", "200", &["404", "409"]),
    ("getPlayerRewards", "get", "/events/{eventId}/rewards", "200", &["400", "404"]),
    ("claimReward", "post", "/events/{eventId}/rewards", "200", &["400", "404", "409"]),
    ("listEventTemplates", "get", "/templates", "200", &["400"]),
    ("createEventTemplate", "post", "/templates", "201", &["400"]),
    ("getEventAnalytics", "get", "/events/{eventId}/analytics", "200", &["404"]),
];

#[test]
fn every_operation_that_clients_rely_on_is_there() {
    let document = document();
    for (id, method, path, success, errors) in OPERATIONS {
        let operation = &document["paths"][path][method];
        assert_eq!(operation["operationId"], id, "{method} {path}");
        assert!(operation["responses"][success].is_object(), "{id} {success}");
        let general: &[&str] = if id == "healthCheck" { &[] } else { &["401", "403"] };
        for status in errors.iter().chain(general) {
            assert!(operation["responses"][status].is_object(), "{id} {status}");
        }
    }
}

#[test]
fn every_error_has_the_one_schema() {
    let document = document();
    for (path, item) in document["paths"].as_object().unwrap().iter().filter(|(path, _)| *path != "/health") {
        for operation in item.as_object().unwrap().values() {
            let responses = operation["responses"].as_object().unwrap();
            for (status, response) in responses.iter().filter(|(status, _)| status.starts_with(['4', '5'])) {
                let schema = &response["content"]["application/json"]["schema"];
                assert_eq!(schema["$ref"], "#/components/schemas/Error", "{path} {status}");
            }
        }
    }
}

#[test]
fn lists_say_their_limits() {
    let document = document();
    for (path, max, default) in
        [("/events", 100, 20), ("/events/{eventId}/participants", 100, 50), ("/templates", 50, 20)]
    {
        let parameters = document["paths"][path]["get"]["parameters"].as_array().unwrap();
        let schema = |name: &str| &parameters.iter().find(|parameter| parameter["name"] == name).unwrap()["schema"];
        let limit = schema("limit");
        assert_eq!(
            (&limit["minimum"], &limit["maximum"], &limit["default"]),
            (&json!(1), &json!(max), &json!(default))
        );
        assert_eq!((&schema("offset")["minimum"], &schema("offset")["default"]), (&json!(0), &json!(0)), "{path}");
        assert!(schema("cursor").is_object());
    }
}

/// Schema and members; `!` marks those that are required.
const RESPONSES: [(&str, &str); 9] = [
    (
        "WorldEvent",
        "id! name! type! region! status! startTime! endTime description objectives rewards maxParticipants \
         currentParticipants difficulty! eventData createdAt updatedAt",
    ),
    (
        "WorldEventDetail",
        "id! name! type! region! status! startTime! endTime description objectives rewards maxParticipants \
         currentParticipants difficulty! eventData createdAt updatedAt participants analytics",
    ),
    ("EventParticipant", "id! eventId! playerId! joinTime! status! progressData score achievements lastActivity"),
    (
        "EventParticipantDetail",
        "id! eventId! playerId! joinTime! status! progressData score achievements lastActivity rewards",
    ),
    ("EventReward", "id! eventId! playerId! rewardType! rewardId amount claimed! claimedAt createdAt"),
    (
        "EventTemplate",
        "id! name! type! difficulty! isActive! description objectivesTemplate rewardsTemplate durationMinutes \
         maxParticipants regionRestrictions eventDataTemplate createdAt updatedAt",
    ),
    (
        "EventAnalytics",
        "eventId! totalParticipants! completedParticipants! averageCompletionTime averageScore participationRate \
         satisfactionRating lastUpdated",
    ),
    ("PaginationMeta", "limit! offset! total!"),
    ("Error", "code! message! details timestamp!"),
];

/// Of requests no member may be required that is not marked. What a template can fill need not be.
const REQUESTS: [(&str, &str); 6] = [
    (
        "CreateEventRequest",
        "name type region! startTime! difficulty endTime description objectives rewards maxParticipants eventData \
         templateId",
    ),
    ("UpdateEventRequest", "name status endTime description objectives rewards maxParticipants eventData"),
    ("UpdateParticipationRequest", "status progressData score achievements"),
    (
        "CreateTemplateRequest",
        "name! type! difficulty! description objectivesTemplate rewardsTemplate durationMinutes maxParticipants \
         regionRestrictions eventDataTemplate",
    ),
    ("JoinEventRequest", "playerId!"),
    ("ClaimRewardRequest", "playerId! rewardType! rewardId"),
];

/// The members of a schema, and those that are required.
fn members(document: &Value, schema: &Value) -> (BTreeSet<String>, BTreeSet<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        return members(document, document.pointer(reference.trim_start_matches('#')).unwrap());
    }
    let mut all: BTreeSet<String> =
        schema["properties"].as_object().into_iter().flat_map(serde_json::Map::keys).cloned().collect();
    let required = schema["required"].as_array().into_iter().flatten();
    let mut required: BTreeSet<String> = required.map(|name| name.as_str().unwrap().to_owned()).collect();
    for part in schema["allOf"].as_array().into_iter().flatten() {
        let (more, more_required) = members(document, part);
        all.extend(more);
        required.extend(more_required);
    }
    (all, required)
}

fn named(document: &Value, name: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let schema = &document["components"]["schemas"][name];
    assert!(schema.is_object(), "there is no schema {name}");
    members(document, schema)
}

#[test]
fn every_member_that_clients_rely_on_is_there() {
    let document = document();
    for (schema, expected) in RESPONSES.iter().chain(&REQUESTS) {
        let (all, required) = named(&document, schema);
        for member in expected.split_whitespace() {
            let name = member.trim_end_matches('!');
            assert!(all.contains(name), "{schema}.{name} is missing");
            assert!(name == member || required.contains(name), "{schema}.{name} is not required");
        }
    }
}

#[test]
fn nothing_else_is_required_of_requests() {
    let document = document();
    for (schema, expected) in REQUESTS {
        let marked = expected.split_whitespace().filter_map(|member| member.strip_suffix('!'));
        let marked: BTreeSet<String> = marked.map(str::to_owned).collect();
        assert_eq!(named(&document, schema).1, marked, "{schema}");
    }
}

#[test]
fn enums_have_their_values() {
    let document = document();
    for (name, values) in [
        ("EventType", json!(["DISASTER", "FESTIVAL", "WAR", "INVASION", "TOURNAMENT", "QUEST"])),
        ("EventStatus", json!(["ANNOUNCED", "ACTIVE", "COMPLETED", "CANCELLED"])),
        ("Difficulty", json!(["EASY", "MEDIUM", "HARD", "EXTREME"])),
        ("ParticipantStatus", json!(["ACTIVE", "COMPLETED", "LEFT", "KICKED"])),
        ("RewardType", json!(["xp", "currency", "item", "achievement"])),
        ("HealthStatus", json!(["healthy", "degraded", "unhealthy"])),
    ] {
        assert_eq!(document["components"]["schemas"][name]["enum"], values, "{name}");
    }
}
