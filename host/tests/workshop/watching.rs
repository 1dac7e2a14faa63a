//! `world-events plugin watch`

use std::fs;
use std::io::{BufRead as _, BufReader, Read};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

use crate::fixture::{OwnPlugin, Server, assert_has, rule, run, world_events};
use crate::proxy::{Proxy, certificate};

/// Long enough for a build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(300);

/// A command that goes on until it is told to end.
struct Watching {
    child: Child,
    lines: Receiver<String>,
}

impl Watching {
    fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (tell, lines) = channel();
        forward(child.stdout.take().unwrap(), tell.clone());
        forward(child.stderr.take().unwrap(), tell);
        Self { child, lines }
    }

    /// All that it says until it watches again.
    fn round(&self) -> String {
        let mut said = String::new();
        loop {
            let line = self.lines.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no more is said after:\n{said}"));
            if line.starts_with("watching ") {
                // What was said on the other stream may come a little later.
                while let Ok(line) = self.lines.recv_timeout(Duration::from_millis(300)) {
                    said += &format!("{line}\n");
                }
                return said;
            }
            said += &format!("{line}\n");
        }
    }

    /// Ctrl-C, as a shell sends it; gives the exit code.
    fn interrupt(mut self) -> Option<i32> {
        kill(Pid::from_raw(i32::try_from(self.child.id()).unwrap()), Signal::SIGINT).unwrap();
        self.child.wait().unwrap().code()
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn forward(stream: impl Read + Send + 'static, lines: Sender<String>) {
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines() {
            // Nobody listens when the test is over.
            let _ = lines.send(line.unwrap());
        }
    });
}

fn case(score: u64) -> Value {
    json!({
        "name": "one action",
        "call": "scoring.score",
        "input": { "participation": { "player": { "id": "p1" } }, "report": { "actions": [{ "kind": "a", "amount": 1 }] } },
        "expect": { "score": score },
    })
}

#[test]
fn every_save_is_built_and_tried_until_ctrl_c() {
    let plugin = OwnPlugin::new("watched", &rule("3"), &OwnPlugin::sdk());
    plugin.case("one.json", &case(3));
    let watching = Watching::start(&mut plugin.command("watch"));
    assert_has(&watching.round(), &["watched@1.0.0", "one action", "1 case passed"]);

    plugin.case("one.json", &case(5));
    assert_has(
        &watching.round(),
        &["cases/one.json was saved", "0 cases passed, 1 failed", "error: not all cases passed"],
    );
    fs::write(plugin.source(), rule("\"five\"")).unwrap();
    assert_has(&watching.round(), &["src/lib.rs was saved", "error: watched does not build", "src/lib.rs:"]);
    fs::write(plugin.source(), rule("5")).unwrap();
    assert_has(&watching.round(), &["src/lib.rs was saved", "1 case passed\n"]);
    // A new case in a new file counts as well.
    plugin.case("two.json", &case(6));
    assert_has(&watching.round(), &["cases/two.json was saved", "-   \"score\": 6", "+   \"score\": 5"]);
    assert_eq!(watching.interrupt(), Some(0));
}

#[test]
fn what_passes_becomes_a_draft() {
    let server = Server::start("/api/v1");
    let plugin = OwnPlugin::new("drafted", &rule("3"), &OwnPlugin::sdk());
    plugin.case("one.json", &case(3));
    let mut command = plugin.command("watch");
    command.args(["--publish=alice", "--server", &server.url]).env("WORLD_EVENTS_TOKEN", server.token("designer"));
    let watching = Watching::start(&mut command);
    assert_has(&watching.round(), &["published the draft alice of drafted at http://127.0.0.1:"]);
    let first = server.get("/plugins/drafted/drafts/alice");
    assert_eq!((&first["version"], &first["draft"]), (&json!("1.0.0"), &json!("alice")));

    // What does not pass is not published.
    fs::write(plugin.source(), rule("5")).unwrap();
    let round = watching.round();
    assert_has(&round, &["error: not all cases passed"]);
    assert!(!round.contains("the draft alice"), "{round}");
    assert_eq!(server.get("/plugins/drafted/drafts/alice")["digest"], first["digest"]);

    // The version is the same, the bytes are not.
    plugin.case("one.json", &case(5));
    assert_has(&watching.round(), &["replaced the draft alice of drafted"]);
    assert_ne!(server.get("/plugins/drafted/drafts/alice")["digest"], first["digest"]);
    assert_eq!(watching.interrupt(), Some(0));
}

#[test]
fn a_draft_goes_by_https() {
    let server = Server::start("");
    let proxy = Proxy::start(&server, certificate(&["localhost"]));
    let plugin = OwnPlugin::new("encrypted", &rule("3"), &OwnPlugin::sdk());
    plugin.case("one.json", &case(3));
    let mut command = plugin.command("watch");
    command.args(["--publish", "--server", &proxy.url("https", "localhost"), "--token", &server.token("designer")]);
    let watching = Watching::start(proxy.trusted_by(&mut command));
    assert_has(&watching.round(), &["published the draft draft of encrypted at https://localhost:"]);
    assert_eq!(server.get("/plugins/encrypted/drafts/draft")["version"], "1.0.0");
    assert_eq!(watching.interrupt(), Some(0));
}

#[test]
fn a_server_that_is_not_there_ends_nothing() {
    // A port that was free a moment ago and that nobody listens on.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let plugin = OwnPlugin::new("lonely", &rule("3"), &OwnPlugin::sdk());
    plugin.case("one.json", &case(3));
    // This machine as well, but not by a name that is told to be.
    let server = format!("http://0.0.0.0:{}", address.port());
    let watching = Watching::start(plugin.command("watch").args(["--publish", "--server", &server, "--token", "t"]));
    let not_reached = ["1 case passed", "error: the draft draft of lonely was not published", "cannot be reached"];
    let round = watching.round();
    assert_has(&round, &not_reached);
    assert_has(&round, &[&format!("warning: {server} is plain http")]);

    // The warning comes once.
    plugin.case("two.json", &case(3));
    let round = watching.round();
    assert_has(&round, &["2 cases passed", not_reached[1]]);
    assert!(!round.contains("is plain http"), "{round}");
    assert_eq!(watching.interrupt(), Some(0));
}

#[test]
fn what_cannot_be_watched_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (_, refused) = run(world_events().args(["plugin", "watch"]).current_dir(folder.path())).failure();
    assert_has(&refused, &["is no plugin's folder"]);
    let (_, refused) = run(world_events().args(["plugin", "watch", "harvest-festival", "--publish"])).failure();
    assert_has(&refused, &["asks for a token", "WORLD_EVENTS_TOKEN"]);
    let ran = run(world_events().args(["plugin", "watch", "harvest-festival", "--publish=My_Draft"]));
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert_has(&ran.stderr, &["must have 1 to 64 characters of a-z, 0-9 and '-', starting with a letter"]);
}
