//! `/plugins`: what is taken in, and what is refused and why.

use serde_json::{Value, json};

use crate::guest::Guest;
use crate::support::{Answer, TestServer, wasm};

async fn publish(server: &TestServer, name: &str, wasm: Vec<u8>) -> Answer {
    server.designer().publish(name, wasm).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_published_says_what_it_is() {
    let server = TestServer::start().await;
    let version = server.publish("boss-invasion").await;
    assert_eq!((&version["name"], &version["version"]), (&json!("boss-invasion"), &json!("1.0.0")));
    assert_eq!(version["capabilities"], json!(["eligibility", "scoring", "rewards"]));
    assert_eq!(version["parametersSchema"]["properties"]["minLevel"]["maximum"], 1_000_000);
    assert_eq!((&version["publishedBy"], &version["yanked"]), (&json!("designer"), &json!(false)));
    assert_eq!(version["sizeBytes"], wasm("boss-invasion").await.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_bytes_again_change_nothing() {
    let server = TestServer::start().await;
    let first = server.publish("harvest-festival").await;
    let again = server.operator().publish("harvest-festival", wasm("harvest-festival").await).await.expect(200);
    assert_eq!(again, first);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_never_changes() {
    let server = TestServer::start().await;
    let first = server.publish_guest("inn", Guest::welcoming("inn")).await;
    let other = Guest::welcoming("inn").more("(func $another)").build();
    let error = publish(&server, "inn", other.clone()).await.expect_error(409, "VERSION_TAKEN");
    assert_eq!(error["details"]["published"], first["digest"]);
    assert_ne!(error["details"]["sent"], first["digest"]);
    let versions = server.designer().get("/plugins/inn").await.expect(200)["versions"].clone();
    assert_eq!(versions, json!([first]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_webassembly_is_refused() {
    let server = TestServer::start().await;
    for bytes in [&b"\x7fELF"[..], b"(module)", b"\0asm"] {
        publish(&server, "inn", bytes.to_vec()).await.expect_error(400, "PLUGIN_NOT_WASM");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn imports_that_are_not_granted_are_named() {
    let server = TestServer::start().await;
    let thief = r#"(module (import "env" "open" (func)) (import "wasi_snapshot_preview1" "fd_write" (func)))"#;
    let error = publish(&server, "thief", wat::parse_str(thief).unwrap()).await;
    let error = error.expect_error(400, "PLUGIN_FORBIDDEN_IMPORTS");
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("env#open, wasi_snapshot_preview1#fd_write"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_must_decide_something() {
    let server = TestServer::start().await;
    publish(&server, "idle", Guest::new("idle").build()).await.expect_error(400, "PLUGIN_NO_RULE");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_must_have_a_manifest() {
    let server = TestServer::start().await;
    let nobody = wat::parse_str("(module)").unwrap();
    publish(&server, "nobody", nobody).await.expect_error(400, "PLUGIN_MANIFEST_MISSING");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_manifest_is_refused_by_member() {
    type Change = fn(&mut [String; 5]);
    let cases: [(Change, &str); 4] = [
        (|manifest| manifest[0] = "The Inn".into(), "`name`"),
        (|manifest| manifest[1] = "1".into(), "`version`"),
        (|manifest| manifest[3] = "{".into(), "`parameters-schema`"),
        (|manifest| manifest[4] = "[]".into(), "`extra`"),
    ];
    let server = TestServer::start().await;
    for (change, member) in cases {
        let error = publish(&server, "inn", Guest::welcoming("inn").manifest(change).build()).await;
        let error = error.expect_error(400, "PLUGIN_MANIFEST_MALFORMED");
        assert!(error["message"].as_str().unwrap().contains(member), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_has_a_largest_size() {
    let server = TestServer::start_with(|settings| {
        settings.rules.component_bytes = 2_000;
        settings.rules.large.component_bytes = 0;
    })
    .await;
    for size in [2_001, 4_000, 100_000] {
        assert_eq!(publish(&server, "large", vec![0; size]).await.status, 413);
    }
    publish(&server, "large", vec![0; 2_001]).await.expect_error(413, "PLUGIN_TOO_LARGE");
    publish(&server, "large", vec![0; 2_000]).await.expect_error(400, "PLUGIN_NOT_WASM");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_compile_is_refused() {
    let server = TestServer::start().await;
    let ill_typed = wat::parse_str("(module (func (result i32) (i64.const 0)))").unwrap();
    let error = publish(&server, "ill", ill_typed).await.expect_error(400, "PLUGIN_DOES_NOT_COMPILE");
    assert!(error["message"].as_str().unwrap().contains("type mismatch"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trap_in_describe_is_shown_to_its_author() {
    let server = TestServer::start().await;
    let guest = Guest::welcoming("trap").more("(func $boom unreachable)").describe("(call $boom) unreachable");
    let error = publish(&server, "trap", guest.build()).await.expect_error(422, "PLUGIN_DESCRIBE_FAILED");
    assert!(error["details"]["backtrace"][0].as_str().unwrap().contains("boom"), "{error:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_goes_by_its_own_name() {
    let server = TestServer::start().await;
    let guest = Guest::welcoming("inn").build();
    let error = publish(&server, "tavern", guest).await.expect_error(400, "PLUGIN_NAME_MISMATCH");
    assert!(error["message"].as_str().unwrap().contains("/plugins/inn/versions"), "{error}");
    publish(&server, "The%20Inn", Vec::new()).await.expect_error(400, "VALIDATION_ERROR");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_kept_of_what_was_refused() {
    let server = TestServer::start().await;
    publish(&server, "idle", Guest::new("idle").build()).await.expect_error(400, "PLUGIN_NO_RULE");
    server.designer().get("/plugins/idle").await.expect_error(404, "PLUGIN_NOT_FOUND");
    assert_eq!(server.designer().get("/plugins").await.expect(200)["plugins"], json!([]));
    let event = json!({ "rules": { "plugin": "idle" } });
    let request = crate::support::event_request(event);
    server.designer().post("/events", request).await.expect_invalid("rules.plugin");
}

#[tokio::test(flavor = "multi_thread")]
async fn plugins_are_listed_with_their_versions() {
    let server = TestServer::start().await;
    let versions = ["1.0.0", "1.10.0", "1.9.0"];
    for version in versions {
        let guest = Guest::welcoming("inn").manifest(|manifest| manifest[1] = version.into());
        server.publish_guest("inn", guest).await;
    }
    server.publish_guest("bar", Guest::welcoming("bar")).await;

    let list = server.game().get("/plugins?limit=1&offset=1").await.expect(200);
    assert_eq!((&list["pagination"]["total"], &list["plugins"][0]["name"]), (&json!(2), &json!("inn")));
    let inn = server.game().get("/plugins/inn").await.expect(200);
    let newest_first: Vec<&Value> = inn["versions"].as_array().unwrap().iter().map(|it| &it["version"]).collect();
    assert_eq!(newest_first, ["1.10.0", "1.9.0", "1.0.0"]);
    assert_eq!(inn["latest"], "1.10.0");
    let one = server.game().get("/plugins/inn/versions/1.9.0").await.expect(200);
    assert_eq!(one, inn["versions"][1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_downloaded_is_what_was_published() {
    let server = TestServer::start().await;
    server.publish("boss-invasion").await;
    let answer = server.game().get("/plugins/boss-invasion/versions/1.0.0/wasm").await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, Some("application/wasm")));
    assert_eq!(answer.bytes, wasm("boss-invasion").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_404() {
    let server = TestServer::start().await;
    server.publish_guest("inn", Guest::welcoming("inn")).await;
    let designer = server.designer();
    for path in ["/plugins/inn/versions/9.9.9", "/plugins/inn/versions/9.9.9/wasm"] {
        designer.get(path).await.expect_error(404, "PLUGIN_VERSION_NOT_FOUND");
    }
    let yank = designer.post("/plugins/inn/versions/9.9.9/yank", json!({})).await;
    yank.expect_error(404, "PLUGIN_VERSION_NOT_FOUND");
    designer.get("/plugins/inn/versions/one").await.expect_error(400, "VALIDATION_ERROR");
}
