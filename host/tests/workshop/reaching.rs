//! How a server is reached: by HTTPS, by plain HTTP, or not at all.

use std::fs;
use std::process::Command;

use rcgen::{BasicConstraints, IsCa, date_time_ymd};
use serde_json::json;

use crate::fixture::{Ran, Server, assert_has, run, world_events};
use crate::proxy::{Proxy, authority, certificate};

const PREFIX: &str = "/api/v1";
const PUBLISH: &[&str] = &["publish", "harvest-festival"];
const DEPLOY: &[&str] = &["deploy", "harvest-festival", "1.0.0"];

/// A command at this address of a server, as a designer.
fn command(server: &Server, url: &str, arguments: &[&str]) -> Command {
    let mut command = world_events();
    command.arg("plugin").args(arguments).env("WORLD_EVENTS_SERVER", url);
    command.env("WORLD_EVENTS_TOKEN", server.token("designer"));
    command
}

/// Runs a command of which only an error comes, and gives that.
fn error(command: &mut Command) -> String {
    let (stdout, stderr) = run(command).failure();
    assert_eq!(stdout, "");
    stderr
}

#[test]
fn a_plugin_is_published_and_deployed_by_https() {
    let server = Server::start(PREFIX);
    let proxy = Proxy::start(&server, certificate(&["localhost", "127.0.0.1"]));
    for host in ["localhost", "127.0.0.1"] {
        let url = proxy.url("https", host);
        let at = |arguments: &[&str]| run(proxy.trusted_by(&mut command(&server, &url, arguments)));
        for (arguments, part) in [(PUBLISH, "harvest-festival 1.0.0"), (DEPLOY, "harvest-festival@live is now 1.0.0")] {
            let ran = at(arguments);
            assert!(!ran.stderr.contains("warning: "), "{}", ran.stderr);
            assert_has(&ran.success(), &[part, &format!("at {url}")]);
        }
    }
    assert_eq!(server.get("/plugins/harvest-festival")["channels"], json!({ "live": "1.0.0" }));

    // The directory in which the CA's file is does as well.
    let mut by_directory = command(&server, &proxy.url("https", "localhost"), &["rollback", "harvest-festival"]);
    by_directory.env_remove("SSL_CERT_FILE").env("SSL_CERT_DIR", proxy.ca().parent().unwrap());
    assert_has(&error(&mut by_directory), &["NOTHING_TO_ROLL_BACK"]);
}

#[test]
fn nothing_goes_to_whom_nobody_trusts() {
    let server = Server::start(PREFIX);
    let proxy = Proxy::start(&server, certificate(&["localhost"]));
    let url = proxy.url("https", "localhost");
    let other = proxy.ca().with_extension("other");
    // The second has the name of the CA, and not its key.
    for name in ["Another studio", "A studio"] {
        fs::write(&other, authority(name).pem()).unwrap();
        let mut publish = command(&server, &url, PUBLISH);
        let refused = error(publish.env("SSL_CERT_FILE", &other).env_remove("SSL_CERT_DIR"));
        assert_has(
            &refused,
            &[
                "harvest-festival 1.0.0 was not published",
                &format!("the server at {url} cannot be reached: its certificate is signed by nobody whom"),
                "make the system trust the CA",
                "SSL_CERT_FILE",
            ],
        );
        assert_eq!(refused.matches("its certificate").count(), 1, "{refused}");
    }
    // Whomever this machine trusts, if anybody.
    let mut of_system = command(&server, &url, DEPLOY);
    assert_has(&error(of_system.env_remove("SSL_CERT_FILE").env_remove("SSL_CERT_DIR")), &["SSL_CERT_FILE"]);

    let nowhere = proxy.ca().with_extension("gone");
    let refused = error(command(&server, &url, DEPLOY).env("SSL_CERT_FILE", nowhere).env_remove("SSL_CERT_DIR"));
    assert_has(&refused, &["nobody would be trusted", "install the system's CA certificates", "SSL_CERT_FILE"]);

    assert_eq!(server.get("/plugins")["plugins"], json!([]));
}

#[test]
fn a_certificate_must_be_the_servers_own() {
    let server = Server::start(PREFIX);
    let mut expired = certificate(&["localhost"]);
    (expired.not_before, expired.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1));
    let mut of_ca = certificate(&["localhost"]);
    of_ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    for (certificate, parts) in [
        (certificate(&["games.example"]), &["is not for localhost, but for", "games.example"][..]),
        (certificate(&[]), &["is not for localhost, but for no name at all"]),
        (expired, &["has expired", "clock"]),
        (of_ca, &["a CA's, as self-signed ones are", "none itself"]),
    ] {
        let proxy = Proxy::start(&server, certificate);
        let url = proxy.url("https", "localhost");
        let refused = error(proxy.trusted_by(&mut command(&server, &url, DEPLOY)));
        assert_has(&refused, &["was not deployed to live", "cannot be reached: its certificate "]);
        assert_has(&refused, parts);
    }
}

#[test]
fn the_wrong_scheme_is_told() {
    let server = Server::start(PREFIX);
    let proxy = Proxy::start(&server, certificate(&["localhost"]));
    let plain = error(&mut command(&server, &proxy.url("http", "localhost"), DEPLOY));
    assert_has(&plain, &["cannot be reached", "if it speaks https there, write https://"]);
    let encrypted = server.url.replace("http://", "https://");
    let refused = error(proxy.trusted_by(&mut command(&server, &encrypted, DEPLOY)));
    assert_has(&refused, &["cannot be reached", "if it speaks plain http there, write http://"]);
}

#[test]
fn a_token_in_the_clear_is_remarked() {
    let server = Server::start(PREFIX);
    let warnings = |ran: &Ran| ran.stderr.lines().filter(|line| line.starts_with("warning: ")).count();
    // This machine as well, but not by a name that is told to be.
    let exposed = server.url.replace("127.0.0.1", "0.0.0.0");
    let ran = run(&mut command(&server, &exposed, PUBLISH));
    assert_eq!(warnings(&ran), 1, "{}", ran.stderr);
    assert_has(&ran.stderr, &[&format!("warning: {exposed} is plain http"), "token", "use https://"]);
    ran.success();
    for host in ["127.0.0.1", "localhost"] {
        let ran = run(&mut command(&server, &server.url.replace("127.0.0.1", host), DEPLOY));
        assert_eq!(warnings(&ran), 0, "{}", ran.stderr);
        ran.success();
    }
}
