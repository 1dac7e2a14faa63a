//! `/plugins/{name}/drafts`: modules that are being worked on.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::guest::Guest;
use crate::support::{Answer, TestServer, event_request, path};

const DRAFT: &str = "/plugins/inn/drafts/ann";

/// A rule that notes who wrote it.
fn inn(author: &str) -> Guest {
    let mut guest = Guest::new("inn");
    let admit = guest.admit_with(&format!(r#"{{"by": "{author}"}}"#), &[]);
    guest.check(format!("(i32.const {admit})"))
}

async fn put(server: &TestServer, guest: Guest) -> Answer {
    server.designer().put_wasm(DRAFT, guest.build()).await
}

async fn test_event(server: &TestServer) -> Value {
    server.event(json!({ "test": true, "rules": { "plugin": "inn", "draft": "ann" } })).await
}

async fn modules(server: &TestServer) -> i64 {
    let count = sqlx::query_scalar("SELECT count(*) FROM gameplay.plugin_modules");
    count.fetch_one(&server.database).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_replaced_and_test_events_go_on_with_it() {
    let server = TestServer::start().await;
    let draft = put(&server, inn("first")).await.expect(201);
    assert_eq!((&draft["draft"], &draft["name"], &draft["version"]), (&json!("ann"), &json!("inn"), &json!("1.2.3")));
    assert_eq!((&draft["publishedBy"], &draft["movedEvents"]), (&json!("designer"), &json!([])));
    let event = test_event(&server).await;
    assert_eq!((&event["test"], &event["rules"]["draft"]), (&json!(true), &json!("ann")));
    assert_eq!(server.join(&event, "ann").await.expect(201)["progressData"]["by"], "first");

    let replaced = put(&server, inn("second")).await.expect(200);
    assert_eq!(replaced["movedEvents"], json!([event["id"]]));
    assert_eq!(server.join(&event, "bob").await.expect(201)["progressData"]["by"], "second");
    assert_eq!(modules(&server).await, 1, "the bytes that nobody needs any more are gone");
    assert_eq!(put(&server, inn("second")).await.expect(200)["movedEvents"], json!([]), "the same bytes");
    let listed = server.designer().get("/plugins/inn/drafts").await.expect(200);
    assert_eq!(listed["drafts"][0]["digest"], replaced["digest"]);

    // What was a draft is published, and the test event goes on with that.
    server.publish_guest("inn", inn("second")).await;
    server.designer().put(&path(&event, "/rules"), json!({ "version": "1.2.3" })).await.expect(200);
    server.designer().delete(DRAFT).await.expect(200);
    server.designer().get(DRAFT).await.expect_error(404, "DRAFT_NOT_FOUND");
    server.designer().delete(DRAFT).await.expect_error(404, "DRAFT_NOT_FOUND");
    assert_eq!(server.join(&event, "cid").await.expect(201)["progressData"]["by"], "second");
    assert_eq!(modules(&server).await, 1, "the published bytes stay");
}

#[tokio::test(flavor = "multi_thread")]
async fn drafts_are_for_designers_and_test_events_only() {
    let server = TestServer::start().await;
    put(&server, inn("ann")).await.expect(201);
    for client in [server.game(), server.player("ann")] {
        client.get(DRAFT).await.expect_error(403, "FORBIDDEN");
        client.get("/plugins/inn/drafts").await.expect_error(403, "FORBIDDEN");
        client.put_wasm(DRAFT, inn("mallory").build()).await.expect_error(403, "FORBIDDEN");
    }
    server.designer().get("/plugins/inn").await.expect_error(404, "PLUGIN_NOT_FOUND");
    let rules = json!({ "plugin": "inn", "draft": "ann" });
    let error = server.designer().post("/events", event_request(json!({ "rules": rules }))).await;
    error.expect_invalid("rules.draft");
    let unknown = event_request(json!({ "test": true, "rules": { "plugin": "inn", "draft": "bob" } }));
    server.designer().post("/events", unknown).await.expect_invalid("rules.draft");
    let counting = server.event(json!({})).await;
    let error = server.designer().put(&path(&counting, "/rules"), rules).await;
    error.expect_invalid("rules.draft");
    put(&server, Guest::welcoming("outn")).await.expect_error(400, "PLUGIN_NAME_MISMATCH");
}

#[tokio::test(flavor = "multi_thread")]
async fn test_events_are_listed_only_to_those_who_ask_and_are_no_players() {
    let server = TestServer::start().await;
    put(&server, inn("ann")).await.expect(201);
    let event = test_event(&server).await;
    let counting = server.event(json!({})).await;
    let ids =
        |list: Value| list["events"].as_array().unwrap().iter().map(|event| event["id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(server.designer().get("/events").await.expect(200)), [counting["id"].clone()]);
    assert_eq!(ids(server.game().get("/events?test=true").await.expect(200)), [event["id"].clone()]);
    server.player("ann").get("/events?test=true").await.expect_error(403, "FORBIDDEN");
    // Play-testers are told the id.
    server.player("ann").get(&path(&event, "")).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_whose_parameters_do_not_fit_keeps_what_it_has() {
    let server = TestServer::start().await;
    put(&server, inn("first")).await.expect(201);
    let rules = json!({ "plugin": "inn", "draft": "ann", "parameters": { "level": 3 } });
    let event = server.event(json!({ "test": true, "rules": rules })).await;
    let strict = inn("second").manifest(|manifest| {
        manifest[3] = r#"{"type":"object","properties":{"level":{"type":"integer","minimum":5}}}"#.into();
    });
    let placed = put(&server, strict).await.expect(200);
    assert_eq!(placed["movedEvents"], json!([]));
    assert_eq!(placed["keptEvents"][0]["eventId"], event["id"]);
    let why = placed["keptEvents"][0]["why"].as_str().unwrap();
    assert!(why.starts_with("rules.parameters.level "), "{why}");
    assert_eq!(server.join(&event, "ann").await.expect(201)["progressData"]["by"], "first");
    server.designer().put(&path(&event, "/rules"), json!({ "parameters": { "level": 7 } })).await.expect(200);
    assert_eq!(server.join(&event, "bob").await.expect(201)["progressData"]["by"], "second");
}

#[tokio::test(flavor = "multi_thread")]
async fn drafts_that_are_put_at_once_leave_no_bytes_behind() {
    let server = TestServer::start().await;
    for _ in 0..4 {
        // Two drafts take each other's bytes, and one of them is published.
        let mut puts = tokio::task::JoinSet::new();
        for (number, draft) in ["ann", "bob", "ann", "bob", "ann", "bob"].into_iter().enumerate() {
            let (designer, wasm) = (server.designer(), inn(["first", "second", "third"][number % 3]).build());
            puts.spawn(async move { designer.put_wasm(&format!("/plugins/inn/drafts/{draft}"), wasm).await.status });
        }
        let (designer, wasm) = (server.designer(), inn("first").build());
        puts.spawn(async move { designer.publish("inn", wasm).await.status });
        while let Some(status) = puts.join_next().await {
            assert!(status.as_ref().unwrap().is_success(), "{status:?}");
        }
        let drafts = server.designer().get("/plugins/inn/drafts").await.expect(200);
        let digest = |draft: &Value| draft["digest"].as_str().unwrap().to_owned();
        let mut needed: BTreeSet<_> = drafts["drafts"].as_array().unwrap().iter().map(digest).collect();
        needed.insert(digest(&server.designer().get("/plugins/inn/versions/1.2.3").await.expect(200)));
        assert_eq!(modules(&server).await, i64::try_from(needed.len()).unwrap());
        for draft in ["ann", "bob"] {
            server.designer().delete(&format!("/plugins/inn/drafts/{draft}")).await.expect(200);
        }
        assert_eq!(modules(&server).await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_never_follow_a_draft_that_is_just_being_replaced() {
    let server = TestServer::start().await;
    put(&server, inn("first")).await.expect(201);
    server.publish_guest("inn", inn("second")).await;
    let kept = test_event(&server).await;
    let rules = json!({ "plugin": "inn", "draft": "ann", "parameters": { "a": 1 } });
    let create = event_request(json!({ "test": true, "rules": rules }));
    // Somebody is about to put the second in its place.
    let mut halfway = server.database.begin().await.unwrap();
    let replace = "UPDATE gameplay.plugin_drafts SET digest = (SELECT digest FROM gameplay.plugin_versions)";
    sqlx::query(replace).execute(&mut *halfway).await.unwrap();
    let (designer, its_rules) = (server.designer(), path(&kept, "/rules"));
    let (created, given, ()) = tokio::join!(
        designer.post("/events", create.clone()),
        designer.put(&its_rules, json!({ "parameters": { "a": 2 } })),
        async {
            server.until_waiting(2).await;
            halfway.commit().await.unwrap();
        }
    );
    created.expect_error(409, "RULES_CHANGED");
    given.expect_error(409, "RULES_CHANGED");
    put(&server, inn("second")).await.expect(200);
    designer.post("/events", create).await.expect(201);
}
