//! Events keep the rules that they were created with.

use serde_json::{Value, json};

use crate::guest::Guest;
use crate::support::{TestServer, event_request, path};

/// A rule that lets everybody in, or nobody.
fn inn(version: &str, is_open: bool) -> Guest {
    let mut guest = Guest::new("inn").manifest(|manifest| manifest[1] = version.into());
    let admit = guest.admit();
    let refuse = guest.refuse("CLOSED", (0, 0));
    guest.check(format!("(i32.const {})", if is_open { admit } else { refuse }))
}

async fn yank(server: &TestServer, version: &str) -> Value {
    server.designer().post(&format!("/plugins/inn/versions/{version}/yank"), json!({})).await.expect(200)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_publish_does_not_change_a_running_event() {
    let server = TestServer::start().await;
    let first = server.publish_guest("inn", inn("1.0.0", true)).await;
    let running = server.event(json!({ "rules": { "plugin": "inn" } })).await;
    assert_eq!((&running["rules"]["version"], &running["rules"]["digest"]), (&json!("1.0.0"), &first["digest"]));
    server.publish_guest("inn", inn("1.1.0", false)).await;
    server.join(&running, "ann").await.expect(201);

    let later = server.event(json!({ "rules": { "plugin": "inn" } })).await;
    assert_eq!(later["rules"]["version"], "1.1.0");
    server.join(&later, "ann").await.expect_error(409, "NOT_ELIGIBLE");
    let chosen = server.event(json!({ "rules": { "plugin": "inn", "version": "1.0.0" } })).await;
    server.join(&chosen, "ann").await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_yanked_version_serves_what_has_pinned_it_and_nothing_else() {
    let server = TestServer::start().await;
    server.publish_guest("inn", inn("1.0.0", true)).await;
    server.publish_guest("inn", inn("1.1.0", true)).await;
    let running = server.event(json!({ "rules": { "plugin": "inn" } })).await;
    assert_eq!(running["rules"]["version"], "1.1.0");
    assert_eq!(yank(&server, "1.1.0").await["yanked"], true);
    server.join(&running, "ann").await.expect(201);
    // Other parameters for the same version are no new pin.
    let same = json!({ "plugin": "inn", "version": "1.1.0", "parameters": { "level": 3 } });
    server.designer().put(&path(&running, "/rules"), same).await.expect(200);

    let rules = json!({ "plugin": "inn", "version": "1.1.0" });
    let request = event_request(json!({ "rules": rules }));
    server.designer().post("/events", request).await.expect_error(409, "VERSION_YANKED");
    let next = server.event(json!({ "rules": { "plugin": "inn" } })).await;
    assert_eq!(next["rules"]["version"], "1.0.0");
    server.designer().put(&path(&next, "/rules"), rules).await.expect_error(409, "VERSION_YANKED");
    assert_eq!(server.game().get("/plugins/inn").await.expect(200)["latest"], "1.0.0");

    yank(&server, "1.0.0").await;
    let request = event_request(json!({ "rules": { "plugin": "inn" } }));
    server.designer().post("/events", request).await.expect_error(409, "VERSION_YANKED");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_may_replace_the_rules_of_a_running_event() {
    let server = TestServer::start().await;
    server.publish_guest("inn", inn("1.0.0", true)).await;
    server.publish_guest("inn", inn("1.1.0", false)).await;
    let event = server.event(json!({ "rules": { "plugin": "inn", "version": "1.0.0" } })).await;
    let rules = path(&event, "/rules");
    let to = json!({ "plugin": "inn", "version": "1.1.0" });
    server.player("ann").put(&rules, to.clone()).await.expect_error(403, "FORBIDDEN");
    server.operator().put_if(&rules, "\"7\"", to.clone()).await.expect_error(412, "PRECONDITION_FAILED");
    let changed = server.operator().put(&rules, to).await.expect(200);
    assert_eq!((&changed["rules"]["version"], &changed["version"]), (&json!("1.1.0"), &json!(2)));
    server.join(&event, "ann").await.expect_error(409, "NOT_ELIGIBLE");
}
