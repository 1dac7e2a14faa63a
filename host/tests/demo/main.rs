//! The demonstration as a newcomer runs it, with fewer players.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Command, Stdio},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

/// The program, without the settings of whoever runs the tests, and with a folder of its own for what is temporary.
fn demo(temporary: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_world-events"));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("WORLD_EVENTS_") || name == "DATABASE_URL" {
            command.env_remove(&*name);
        }
    }
    command.arg("demo").args(args).env("TMPDIR", temporary).stdin(Stdio::null());
    command
}

#[test]
fn everything_that_is_expected_holds() {
    let temporary = tempfile::tempdir().unwrap();
    let output = demo(temporary.path(), &["--players", "60"]).output().unwrap();
    let (account, progress) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(0), "{account}\n{progress}");

    let verdict = account.lines().last().unwrap();
    let held: usize =
        verdict.strip_prefix("all ").unwrap().strip_suffix(" expectations held").unwrap().parse().unwrap();
    assert!(held >= 80, "{verdict}");
    for part in [
        "World Events: 60 players and a private PostgreSQL",
        "The Siege of Greyharbour",
        "LEVEL_TOO_LOW",
        "EVENT_NOT_ACTIVE",
        "EVENT_FULL",
        "NO_ATTEMPTS_LEFT",
        "ALREADY_CLAIMED",
        "contribution tier gold",
        "top 10 percent",
        "promised by the event",
        "nobody is paid",
        "harvest-festival",
    ] {
        assert!(account.contains(part), "{part} is not in\n{account}");
    }
    // Each function that a rule has was called and measured: its row has a median and a p99 that are not nothing.
    for (plugin, function) in [
        ("boss-invasion", "eligibility"),
        ("boss-invasion", "scoring"),
        ("boss-invasion", "rewards"),
        ("ranked-tournament", "eligibility"),
        ("ranked-tournament", "scoring"),
        ("ranked-tournament", "rewards"),
        ("harvest-festival", "scoring"),
    ] {
        let row = account.lines().map(|line| line.split(['│', '┆']).map(str::trim).collect::<Vec<_>>());
        let row = row.into_iter().find(|cells| cells.len() == 9 && cells[1] == plugin && cells[2] == function);
        let cells = row.unwrap_or_else(|| panic!("{plugin} {function} is not in\n{account}"));
        assert!(cells[3].parse::<u64>().unwrap() > 0 && cells[5] == "0", "{cells:?}");
        assert!(cells[6] != "0.0 µs" && cells[7] != "0.0 µs", "{cells:?}");
    }
    assert!(progress.contains("building the example plugins"), "{progress}");
    assert_eq!(std::fs::read_dir(temporary.path()).unwrap().count(), 0, "what is temporary goes away");
}

#[test]
fn a_server_that_is_kept_can_be_used_with_the_tokens_that_are_printed() {
    let temporary = tempfile::tempdir().unwrap();
    let mut command = demo(temporary.path(), &["--players", "50", "--keep"]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let stays = lines.find(|line| line.starts_with("The server stays up at ")).unwrap();
    let base = stays.split_whitespace().find(|word| word.starts_with("http://")).unwrap().to_owned();
    let mut token = |role: &str| {
        lines.find(|line| *line == format!("{role}:")).unwrap();
        lines.next().unwrap()
    };
    let tokens = ["operator", "designer", "game-server", "player"].map(&mut token);

    let statuses = tokio::runtime::Runtime::new().unwrap().block_on(async {
        let client = world_events::http_client::plain().build().unwrap();
        let mut statuses = Vec::new();
        for token in &tokens {
            let region = client.put(format!("{base}/regions/elsewhere")).bearer_auth(token);
            let region = region.json(&serde_json::json!({ "population": 7 })).send().await.unwrap();
            let events = client.get(format!("{base}/events?status=COMPLETED")).bearer_auth(token).send().await.unwrap();
            let events: serde_json::Value = events.json().await.unwrap();
            statuses.push((region.status().as_u16(), events["pagination"]["total"].as_u64()));
        }
        statuses
    });
    assert_eq!(statuses, [(200, Some(3)), (403, Some(3)), (403, Some(3)), (403, Some(3))]);

    kill(Pid::from_raw(child.id().try_into().unwrap()), Signal::SIGTERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(std::fs::read_dir(temporary.path()).unwrap().count(), 0, "what is temporary goes away");
}

#[test]
fn a_payout_that_fails_is_told() {
    let temporary = tempfile::tempdir().unwrap();
    let output = demo(temporary.path(), &["--players", "50", "--rules-payout-fuel", "1000"]).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("the payout of \"The Siege of Greyharbour\" is failed: RULE_OUT_OF_FUEL"), "{stderr}");
    assert_eq!(std::fs::read_dir(temporary.path()).unwrap().count(), 0, "what is temporary goes away");
}

#[test]
fn what_is_missing_or_wrong_is_said() {
    let temporary = tempfile::tempdir().unwrap();
    let mut elsewhere = demo(temporary.path(), &[]);
    let output = elsewhere.current_dir(temporary.path()).env_remove("CARGO_MANIFEST_DIR").output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("inside the repository"), "{stderr}");

    let output = demo(temporary.path(), &["--players", "3"]).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("50..=100000"), "{stderr}");
}
