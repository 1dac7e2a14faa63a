//! The program, started as an operator does it, with a private database.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use chrono::Utc;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use world_events::auth::{Claims, KeySource, Keys, Role};
use world_events::http_client;

use crate::client::Client;

/// How long something that happens in the background may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(300);

/// A running server. Dropping it kills it.
pub struct Program {
    child: Child,
    pub address: String,
    keys: Keys,
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Program {
    /// Starts it on a data directory, and waits until it is ready.
    pub fn start(data_dir: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_world-events"));
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("WORLD_EVENTS_") || name == "DATABASE_URL" || name == "PG_BIN_DIR" {
                command.env_remove(&*name);
            }
        }
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--metrics-listen", "off", "--log", "error"])
            // Tests share the machine with others: the clock is not to stop a rule.
            .args(["--rules-decision-time-ms", "10000", "--rules-payout-time-ms", "10000", "--rules-queue-ms", "30000"])
            .arg("--data-dir")
            .arg(data_dir)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let Some(address) = line.trim().strip_prefix("listening on http://").map(str::to_owned) else {
            panic!("it says {line:?}");
        };
        let keys = Keys::load(&KeySource::DataDir(data_dir.to_owned()), None, None).unwrap();
        Self { child, address, keys }
    }

    /// A token that is valid for an hour.
    pub fn token(&self, role: Role) -> String {
        let exp = (Utc::now().timestamp() + 3_600).try_into().unwrap();
        self.keys.mint(&Claims { sub: "test".to_owned(), role, exp }).unwrap()
    }

    /// Somebody who asks it.
    pub fn client(&self, role: Role) -> Client {
        Client::new(http_client::plain().build().unwrap(), format!("http://{}", self.address), Some(self.token(role)))
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id().try_into().unwrap()), signal).unwrap();
    }

    /// Waits for its end; its exit code.
    pub fn end(mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }

    /// Stops it as an operator does.
    pub fn stop(self) {
        self.signal(Signal::SIGTERM);
        assert_eq!(self.end(), Some(0));
    }
}

/// What creates an event that began a minute ago and has no end.
pub fn event_request(rules: Value) -> Value {
    json!({
        "name": "Hydra", "type": "INVASION", "region": "north", "difficulty": "HARD",
        "startTime": Utc::now() - chrono::TimeDelta::minutes(1), "rules": rules,
    })
}

/// Reads an event again and again until it is as wanted.
pub async fn wait_for(client: &Client, event: &Value, wanted: impl Fn(&Value) -> bool) -> Value {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    let path = format!("/events/{}", event["id"].as_str().unwrap());
    loop {
        let event = client.get(&path).await.expect(200);
        if wanted(&event) {
            return event;
        }
        assert!(tokio::time::Instant::now() < deadline, "it never came to that: {event:#}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
