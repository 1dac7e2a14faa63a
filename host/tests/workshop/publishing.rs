//! `world-events plugin publish`, to a real server.

use std::fs;
use std::net::TcpListener;

use crate::fixture::{Ran, Server, assert_has, root, run, world_events};

const PREFIX: &str = "/api/v1/world-events";

fn publish(plugin: &str, server: &str, token: &str) -> Ran {
    run(world_events().args(["plugin", "publish", plugin, "--server", server]).env("WORLD_EVENTS_TOKEN", token))
}

/// The same plugin in other bytes: WebAssembly lets everybody add a section of their own.
fn with_another_section(mut wasm: Vec<u8>) -> Vec<u8> {
    let (custom, name) = (0, b"note");
    let size = u8::try_from(1 + name.len()).unwrap();
    wasm.extend([custom, size, size - 1]);
    wasm.extend(name);
    wasm
}

#[test]
fn a_plugin_is_published_once() {
    let server = Server::start(PREFIX);
    let token = server.token("designer");
    let say = |ran: Ran| ran.success();
    let published = say(publish("harvest-festival", &server.url, &token));
    assert_has(&published, &["published harvest-festival 1.0.0 at http://127.0.0.1:", PREFIX]);
    // With a slash at the end it is the same address.
    assert_has(
        &say(publish("harvest-festival", &format!("{}/", server.url), &token)),
        &["unchanged: harvest-festival 1.0.0"],
    );

    let built = run(world_events().args(["plugin", "build", "harvest-festival"])).success();
    let wasm = built.lines().find_map(|line| line.trim().strip_prefix("wasm")).unwrap().trim();
    assert_has(&say(publish(wasm, &server.url, &token)), &["unchanged: harvest-festival 1.0.0"]);

    let folder = tempfile::tempdir().unwrap();
    let other = folder.path().join("other.wasm");
    fs::write(&other, with_another_section(fs::read(wasm).unwrap())).unwrap();
    let (_, refused) = publish(other.to_str().unwrap(), &server.url, &token).failure();
    assert_has(&refused, &["harvest-festival 1.0.0 was not published", "409", "VERSION_TAKEN", "raise the version"]);
    let digest = built.lines().find_map(|line| line.trim().strip_prefix("digest")).unwrap().trim();
    assert_has(&refused, &[&format!("\"published\": \"{digest}\""), "\"sent\": \""]);

    let (_, refused) = publish("boss-invasion", &server.url, &server.token("player")).failure();
    assert_has(&refused, &["boss-invasion 1.0.0 was not published", "403", "FORBIDDEN"]);
    let (_, refused) = publish("boss-invasion", &server.url, "no-token-at-all").failure();
    assert_has(&refused, &["401", "UNAUTHORIZED"]);
    let (_, refused) = publish("boss-invasion", &server.url.replace(PREFIX, "/elsewhere"), &token).failure();
    assert_has(&refused, &["404"]);

    // A plugin's own folder is the default.
    let mut command = world_events();
    command.args(["plugin", "publish", "--server", &server.url, "--token", &token]);
    let published = run(command.current_dir(root().join("plugins/ranked-tournament"))).success();
    assert_has(&published, &["published ranked-tournament 1.0.0"]);
}

#[test]
fn what_cannot_be_published_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.wasm");
    fs::write(&file, "not wasm").unwrap();
    let (_, refused) = publish(file.to_str().unwrap(), "http://127.0.0.1:9", "t").failure();
    assert_has(&refused, &["a.wasm", "PLUGIN_NOT_WASM"]);

    let (_, refused) = run(world_events().args(["plugin", "publish", "harvest-festival"])).failure();
    assert_has(&refused, &["asks for a token", "WORLD_EVENTS_TOKEN", "world-events token --role designer"]);

    // A port that was free a moment ago and that nobody listens on.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (_, refused) = publish("harvest-festival", &format!("http://{address}"), "t").failure();
    assert_has(&refused, &["harvest-festival 1.0.0 was not published", "cannot be reached", &address.to_string()]);
}

#[test]
fn the_server_must_be_an_http_address() {
    for (server, part) in [("ftp://games.example", "must begin with https:// or http://"), ("nowhere", "must be a URL")]
    {
        let ran = publish("harvest-festival", server, "t");
        assert_eq!(ran.code, Some(2), "{}", ran.stderr);
        assert_has(&ran.stderr, &[part]);
    }
}

#[test]
fn a_signed_plugin_is_published_where_the_key_is_trusted() {
    let keys = tempfile::tempdir().unwrap();
    let keygen = |name: &str| run(world_events().args(["plugin", "keygen", name]).current_dir(keys.path()));
    let made = keygen("alice").success();
    assert_has(&made, &["alice.key.pem", "alice.pem", "--sign alice.key.pem", "plugin_keys"]);
    let (_, refused) = keygen("alice").failure();
    assert_has(&refused, &["alice.key.pem"]);
    assert_eq!(keygen("Alice Liddell").code, Some(2));
    keygen("eve").success();
    let trusted = keys.path().join("trusted");
    fs::create_dir(&trusted).unwrap();
    fs::copy(keys.path().join("alice.pem"), trusted.join("alice.pem")).unwrap();

    let server = Server::start_with(PREFIX, &["--plugin-keys", trusted.to_str().unwrap()]);
    let token = server.token("designer");
    let publish = |signing: &[&str]| {
        let mut command = world_events();
        command.args(["plugin", "publish", "harvest-festival", "--server", &server.url, "--token", &token]);
        run(command.args(signing).current_dir(root()))
    };
    let key = |name: &str| keys.path().join(name).to_str().unwrap().to_owned();
    let (_, refused) = publish(&[]).failure();
    assert_has(&refused, &["harvest-festival 1.0.0 was not published", "403", "SIGNATURE_REQUIRED", "--sign", "alice"]);
    let (_, refused) = publish(&["--sign", &key("eve.key.pem")]).failure();
    assert_has(&refused, &["403", "SIGNATURE_WRONG"]);
    let (_, refused) = publish(&["--sign", &key("alice.pem")]).failure();
    assert_has(&refused, &["alice.pem holds no Ed25519 private key", "plugin keygen"]);
    assert_has(&publish(&["--sign", &key("alice.key.pem")]).success(), &["published harvest-festival 1.0.0"]);
    assert_eq!(server.get("/plugins/harvest-festival/versions/1.0.0")["signature"]["signer"], "alice");
}

#[test]
fn a_server_does_not_start_that_can_trust_nobody() {
    let keys = tempfile::tempdir().unwrap();
    let data = tempfile::tempdir().unwrap();
    let mut command = world_events();
    command.args(["serve", "--listen", "127.0.0.1:0", "--metrics-listen", "off", "--plugin-keys"]).arg(keys.path());
    let (_, refused) = run(command.arg("--data-dir").arg(data.path())).failure();
    assert_has(&refused, &["`plugin_keys`", "there is no key in", "NAME.pem", "plugin keygen"]);
}
