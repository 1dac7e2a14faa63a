//! `world-events plugin deploy` and `world-events plugin rollback`, at a real server.

use std::fs;

use serde_json::{Value, json};

use crate::fixture::{OwnPlugin, Ran, Server, assert_has, rule, run, world_events};

/// A command at a server, as a designer.
fn at(server: &Server, arguments: &[&str]) -> Ran {
    let mut command = world_events();
    command.arg("plugin").args(arguments);
    run(command.env("WORLD_EVENTS_SERVER", &server.url).env("WORLD_EVENTS_TOKEN", server.token("designer")))
}

/// A plugin that is published as 1.0.0.
fn published(server: &Server, name: &str) -> OwnPlugin {
    let dependencies =
        format!("{}\nschemars = '1'\nserde = {{ version = '1', features = ['derive'] }}", OwnPlugin::sdk());
    let plugin = OwnPlugin::new(name, &rule("1"), &dependencies);
    at(server, &["publish", plugin.folder().to_str().unwrap()]).success();
    plugin
}

/// Publishes the plugin once more.
fn publish_next(server: &Server, plugin: &OwnPlugin, version: &str) {
    let manifest = fs::read_to_string(plugin.folder().join("Cargo.toml")).unwrap();
    plugin.file("Cargo.toml", &manifest.replacen("1.0.0", version, 1));
    at(server, &["publish", plugin.folder().to_str().unwrap()]).success();
}

fn channels(server: &Server, name: &str) -> Value {
    server.get(&format!("/plugins/{name}"))["channels"].clone()
}

#[test]
fn a_version_is_deployed_and_taken_back() {
    let server = Server::start("");
    publish_next(&server, &published(&server, "deployed"), "1.1.0");
    let url = &server.url;

    assert_eq!(
        at(&server, &["deploy", "deployed", "1.0.0"]).success(),
        format!("deployed@live is now 1.0.0 at {url}\n")
    );
    assert_eq!(
        at(&server, &["deploy", "deployed", "1.1.0"]).success(),
        format!("deployed@live is now 1.1.0 at {url}\n")
    );
    // It is there already.
    at(&server, &["deploy", "deployed", "1.1.0"]).success();
    assert_eq!(channels(&server, "deployed"), json!({ "live": "1.1.0" }));
    let back = at(&server, &["rollback", "deployed"]).success();
    assert_eq!(back, format!("deployed@live is back to 1.0.0 at {url}\n"));
    assert_eq!(channels(&server, "deployed"), json!({ "live": "1.0.0" }));
    let (_, refused) = at(&server, &["rollback", "deployed"]).failure();
    assert_has(&refused, &["deployed@live was not rolled back", "409", "NOTHING_TO_ROLL_BACK"]);

    at(&server, &["deploy", "deployed", "1.1.0", "--channel", "beta"]).success();
    assert_eq!(channels(&server, "deployed"), json!({ "beta": "1.1.0", "live": "1.0.0" }));
    let moved = server.get("/plugins/deployed/channels/beta");
    assert_eq!(moved["moves"][0]["movedBy"], "somebody");
}

#[test]
fn what_cannot_be_deployed_is_told() {
    let server = Server::start("");
    let plugin = published(&server, "not-deployed");
    let (_, refused) = at(&server, &["deploy", "not-deployed", "3.0.0"]).failure();
    assert_has(&refused, &["not-deployed 3.0.0 was not deployed to live", "400", "no published version", "3.0.0"]);
    let (_, refused) = at(&server, &["deploy", "nobody", "1.0.0"]).failure();
    assert_has(&refused, &["404", "PLUGIN_NOT_FOUND"]);
    let (_, refused) = at(&server, &["rollback", "not-deployed", "--channel", "beta"]).failure();
    assert_has(&refused, &["not-deployed@beta was not rolled back", "404", "CHANNEL_NOT_FOUND"]);

    // A template that follows the channel, and a version that wants a parameter of it.
    at(&server, &["deploy", "not-deployed", "1.0.0"]).success();
    let rules = json!({ "plugin": "not-deployed", "channel": "live" });
    server.post("/templates", &json!({ "name": "Dance", "type": "FESTIVAL", "difficulty": "EASY", "rules": rules }));
    let parameters = "#[derive(serde::Deserialize, schemars::JsonSchema)]\npub struct Parameters { pub points: u32 }\n";
    fs::write(plugin.source(), parameters.to_owned() + &rule("1").replace("NoParameters", "Parameters")).unwrap();
    publish_next(&server, &plugin, "2.0.0");
    let (_, refused) = at(&server, &["deploy", "not-deployed", "2.0.0"]).failure();
    assert_has(&refused, &["409", "PARAMETERS_DO_NOT_FIT", "Dance", "points"]);
    assert_eq!(channels(&server, "not-deployed"), json!({ "live": "1.0.0" }));
    at(&server, &["deploy", "not-deployed", "2.0.0", "--force"]).success();
    assert_eq!(channels(&server, "not-deployed"), json!({ "live": "2.0.0" }));

    let (_, refused) = run(world_events().args(["plugin", "rollback", "not-deployed"])).failure();
    assert_has(&refused, &["asks for a token", "WORLD_EVENTS_TOKEN"]);
    for arguments in [&["deploy", "Not A Name", "1.0.0"], &["deploy", "not-deployed", "one"]] {
        let ran = at(&server, arguments);
        assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    }
}
