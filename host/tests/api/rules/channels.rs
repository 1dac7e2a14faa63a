//! `/plugins/{name}/channels`: which version is deployed.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use crate::guest::Guest;
use crate::support::{Answer, TestServer, event_request};

const LIVE: &str = "/plugins/inn/channels/live";

/// A version of a rule that lets everybody in and notes which version did; with parameters of its own or any.
fn inn(version: &str) -> Guest {
    let mut guest = Guest::new("inn").manifest(|manifest| manifest[1] = version.into());
    let admit = guest.admit_with(&format!(r#"{{"by": "{version}"}}"#), &[]);
    guest.check(format!("(i32.const {admit})"))
}

async fn with_versions(versions: &[&str]) -> TestServer {
    let server = TestServer::start().await;
    for version in versions {
        server.publish_guest("inn", inn(version)).await;
    }
    server
}

async fn deploy(server: &TestServer, version: &str) -> Answer {
    server.designer().put(LIVE, json!({ "version": version })).await
}

async fn rollback(server: &TestServer) -> Answer {
    server.operator().post(&format!("{LIVE}/rollback"), json!({})).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_is_made_moved_and_rolled_back() {
    let server = with_versions(&["1.0.0", "1.1.0", "2.0.0"]).await;
    server.game().get(LIVE).await.expect_error(404, "CHANNEL_NOT_FOUND");
    rollback(&server).await.expect_error(404, "CHANNEL_NOT_FOUND");
    let made = deploy(&server, "1.0.0").await.expect(201);
    assert_eq!((&made["plugin"], &made["channel"]), (&json!("inn"), &json!("live")));
    assert_eq!((&made["version"], &made["number"], &made["movedBy"]), (&json!("1.0.0"), &json!(1), &json!("designer")));
    rollback(&server).await.expect_error(409, "NOTHING_TO_ROLL_BACK");

    deploy(&server, "1.1.0").await.expect(200);
    deploy(&server, "2.0.0").await.expect(200);
    let there = deploy(&server, "2.0.0").await.expect(200);
    assert_eq!(there["number"], 3, "it was there already");
    let back = rollback(&server).await.expect(200);
    assert_eq!((&back["version"], &back["backTo"], &back["movedBy"]), (&json!("1.1.0"), &json!(2), &json!("operator")));
    assert_eq!(rollback(&server).await.expect(200)["version"], "1.0.0");
    rollback(&server).await.expect_error(409, "NOTHING_TO_ROLL_BACK");

    let channel = server.game().get(LIVE).await.expect(200);
    let moves: Vec<_> = channel["moves"].as_array().unwrap().iter().map(|step| step["version"].clone()).collect();
    assert_eq!(moves, ["1.0.0", "1.1.0", "2.0.0", "1.1.0", "1.0.0"]);
    let listed = server.game().get("/plugins/inn/channels").await.expect(200);
    assert_eq!(listed["channels"], json!([{ "channel": "live", "version": "1.0.0" }]));
    assert_eq!(server.game().get("/plugins/inn").await.expect(200)["channels"], json!({ "live": "1.0.0" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_goes_to_published_versions_only_and_holds_them() {
    let server = with_versions(&["1.0.0", "1.1.0"]).await;
    deploy(&server, "3.0.0").await.expect_invalid("version");
    server
        .designer()
        .put("/plugins/outn/channels/live", json!({ "version": "1.0.0" }))
        .await
        .expect_error(404, "PLUGIN_NOT_FOUND");
    server
        .designer()
        .put("/plugins/inn/channels/Live", json!({ "version": "1.0.0" }))
        .await
        .expect_error(400, "VALIDATION_ERROR");
    deploy(&server, "1.0.0").await.expect(201);
    let yank = "/plugins/inn/versions/1.0.0/yank";
    let error = server.designer().post(yank, json!({})).await.expect_error(409, "VERSION_DEPLOYED");
    assert_eq!(error["details"]["channel"], "live");
    deploy(&server, "1.1.0").await.expect(200);
    server.designer().post(yank, json!({})).await.expect(200);
    deploy(&server, "1.0.0").await.expect_error(409, "VERSION_YANKED");
    rollback(&server).await.expect_error(409, "VERSION_YANKED");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_move_it_the_second_is_told() {
    let server = with_versions(&["1.0.0", "1.1.0"]).await;
    deploy(&server, "1.0.0").await.expect(201);
    let tag = server.designer().get(LIVE).await.tag();
    deploy(&server, "1.1.0").await.expect(200);
    let late = json!({ "version": "1.0.0" });
    server.designer().put_if(LIVE, &tag, late).await.expect_error(412, "PRECONDITION_FAILED");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_hundred_moves_are_kept() {
    let server = with_versions(&["1.0.0", "1.1.0"]).await;
    for number in 0..103 {
        let version = if number % 2 == 0 { "1.0.0" } else { "1.1.0" };
        assert!(deploy(&server, version).await.status.is_success());
    }
    let channel = server.game().get(LIVE).await.expect(200);
    let moves = channel["moves"].as_array().unwrap();
    assert_eq!((moves.len(), &moves[0]["number"], &moves[99]["number"]), (100, &json!(103), &json!(4)));
}

#[tokio::test(flavor = "multi_thread")]
async fn templates_follow_it_and_running_events_do_not() {
    let server = with_versions(&["1.0.0", "1.1.0"]).await;
    let unknown = json!({ "plugin": "inn", "channel": "live" });
    let request = event_request(json!({ "rules": unknown }));
    let error = server.designer().post("/events", request).await.expect_error(400, "VALIDATION_ERROR");
    assert!(error["message"].as_str().unwrap().contains("there is none yet"), "{error}");

    deploy(&server, "1.0.0").await.expect(201);
    let template = json!({
        "name": "Feast", "type": "FESTIVAL", "difficulty": "EASY", "rules": { "plugin": "inn", "channel": "live" },
    });
    let template = server.designer().post("/templates", template).await.expect(201);
    let event = async || server.event(json!({ "templateId": template["id"] })).await;
    let first = event().await;
    assert_eq!((&first["rules"]["version"], &first["rules"]["channel"]), (&json!("1.0.0"), &json!("live")));
    deploy(&server, "1.1.0").await.expect(200);
    let second = event().await;
    assert_eq!(second["rules"]["version"], "1.1.0");
    let lenient = json!({ "onFailure": "admit" });
    let edited = server.operator().put(&crate::support::path(&first, "/rules"), lenient).await.expect(200);
    assert_eq!((&edited["rules"]["version"], &edited["rules"]["channel"]), (&json!("1.0.0"), &json!("live")));
    assert_eq!(server.join(&first, "ann").await.expect(201)["progressData"]["by"], "1.0.0");
    assert_eq!(server.join(&second, "ann").await.expect(201)["progressData"]["by"], "1.1.0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_a_template_does_not_fit_needs_force() {
    let server = with_versions(&["1.0.0"]).await;
    let strict = inn("2.0.0").manifest(|manifest| {
        manifest[3] = r#"{"type":"object","properties":{"level":{"type":"integer","minimum":5}}}"#.into();
    });
    server.publish_guest("inn", strict).await;
    deploy(&server, "1.0.0").await.expect(201);
    let rules = json!({ "plugin": "inn", "channel": "live", "parameters": { "level": 3 } });
    let template = json!({ "name": "Feast", "type": "FESTIVAL", "difficulty": "EASY", "rules": rules });
    let template = server.designer().post("/templates", template).await.expect(201);
    let error = deploy(&server, "2.0.0").await.expect_error(409, "PARAMETERS_DO_NOT_FIT");
    assert_eq!(error["details"]["templates"][0]["templateId"], template["id"]);
    assert_eq!(server.game().get(LIVE).await.expect(200)["version"], "1.0.0");

    let forced = json!({ "version": "2.0.0", "force": true });
    server.designer().put(LIVE, forced).await.expect(200);
    let request = event_request(json!({ "templateId": template["id"] }));
    server.designer().post("/events", request).await.expect_error(400, "VALIDATION_ERROR");
    rollback(&server).await.expect(200);
    server.event(json!({ "templateId": template["id"] })).await;
}

/// While a channel goes back and forth, events are made and joined all the time: none of it fails, and no call is of a
/// version that was not deployed.
#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_under_load_fails_nobody() {
    let server = with_versions(&["1.0.0", "1.1.0", "9.9.9"]).await;
    for version in ["1.0.0", "1.1.0"] {
        assert!(deploy(&server, version).await.status.is_success());
    }
    let over = AtomicBool::new(false);
    let load = async |worker: usize| {
        let mut seen = BTreeSet::new();
        let mut joined = 0;
        while !over.load(Ordering::Relaxed) {
            let request = event_request(json!({ "rules": { "plugin": "inn", "channel": "live" } }));
            let event: Value = server.designer().post("/events", request).await.expect(201);
            let pinned = event["rules"]["version"].as_str().unwrap().to_owned();
            for player in 0..5 {
                let participation = server.join(&event, &format!("player-{worker}-{player}")).await.expect(201);
                assert_eq!(participation["progressData"]["by"], *pinned, "called as pinned");
                joined += 1;
            }
            seen.insert(pinned);
        }
        (seen, joined)
    };
    let moving = async {
        for _ in 0..10 {
            rollback(&server).await.expect(200);
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            deploy(&server, "1.1.0").await.expect(200);
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        over.store(true, Ordering::Relaxed);
    };
    let ((), first, second, third, fourth) = tokio::join!(moving, load(1), load(2), load(3), load(4));
    let all = [first, second, third, fourth];
    let seen: BTreeSet<_> = all.iter().flat_map(|(seen, _)| seen.iter().map(String::as_str)).collect();
    assert_eq!(seen, BTreeSet::from(["1.0.0", "1.1.0"]));
    assert!(all.iter().all(|(_, joined)| *joined > 0), "{all:?}");
    // After the last move, the next event has what is deployed.
    rollback(&server).await.expect(200);
    let next = server.event(json!({ "rules": { "plugin": "inn", "channel": "live" } })).await;
    assert_eq!(next["rules"]["version"], "1.0.0");
}
