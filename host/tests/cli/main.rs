//! The program as a user runs it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Child, Command, Output, Stdio},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use world_events::auth::{KeySource, Keys, Role};

/// The program, without the settings of whoever runs the tests.
fn world_events() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_world-events"));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("WORLD_EVENTS_") || name == "DATABASE_URL" || name == "PG_BIN_DIR" {
            command.env_remove(&*name);
        }
    }
    command.stdin(Stdio::null());
    command
}

fn run(command: &mut Command) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

mod token {
    use super::*;

    fn token(data_dir: &Path) -> Command {
        let mut command = world_events();
        command.arg("token").arg("--data-dir").arg(data_dir);
        command
    }

    #[test]
    fn prints_the_token_alone() {
        let dir = tempfile::tempdir().unwrap();
        let before = chrono::Utc::now().timestamp();
        let (code, stdout, stderr) =
            run(token(dir.path()).args(["--role", "game-server", "--subject", "shard-7", "--ttl", "90s"]));
        assert_eq!((code, &*stderr), (Some(0), ""));
        let token = stdout.strip_suffix('\n').unwrap();
        assert!(!token.contains(char::is_whitespace), "{token}");
        let keys = Keys::load(&KeySource::DataDir(dir.path().to_owned()), None, None).unwrap();
        let claims = keys.verify(token).unwrap();
        assert_eq!((&*claims.sub, claims.role), ("shard-7", Role::GameServer));
        let ttl = i64::try_from(claims.exp).unwrap() - before;
        assert!((90..100).contains(&ttl), "{ttl}");
    }

    #[test]
    fn uses_the_configured_secret() {
        let dir = tempfile::tempdir().unwrap();
        let secret = "a secret of more than thirty-two bytes";
        let (code, stdout, _) = run(token(dir.path())
            .args(["--role", "operator", "--subject", "me"])
            .env("WORLD_EVENTS_JWT_SECRET", secret));
        assert_eq!(code, Some(0));
        let keys = Keys::load(&KeySource::Secret(secret.to_owned()), None, None).unwrap();
        assert_eq!(keys.verify(stdout.trim()).unwrap().role, Role::Operator);
        assert!(!dir.path().join("jwt-secret").exists(), "no second key is made");
    }

    #[test]
    fn wrong_use_is_told_with_code_2() {
        let dir = tempfile::tempdir().unwrap();
        let long = "x".repeat(101);
        for (args, part) in [
            (&["--role", "admin", "--subject", "me"][..], "game-server"),
            (&["--role", "player"], "--subject"),
            (&["--role", "player", "--subject", ""], "--subject"),
            (&["--role", "player", "--subject", &long], "1 to 100 characters"),
            (&["--role", "player", "--subject", "me", "--ttl", "0s"], "one second"),
            (&["--role", "player", "--subject", "me", "--ttl", "12"], "time unit"),
            (&["--role", "player", "--subject", "me", "--jwt-secret", "short"], "at least 32 bytes"),
        ] {
            let (code, stdout, stderr) = run(token(dir.path()).args(args));
            assert_eq!((code, &*stdout), (Some(2), ""), "{args:?}: {stderr}");
            assert!(stderr.contains(part), "{part} is not in: {stderr}");
        }
    }

    #[test]
    fn what_cannot_be_done_is_told_with_code_1() {
        let dir = tempfile::tempdir().unwrap();
        let key = dir.path().join("jwt-secret");
        fs::write(&key, "a secret of more than thirty-two bytes").unwrap();
        fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
        let (code, stdout, stderr) = run(token(dir.path()).args(["--role", "player", "--subject", "me"]));
        assert_eq!((code, &*stdout), (Some(1), ""));
        assert!(stderr.starts_with("error: ") && stderr.contains("chmod 600"), "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
    }
}

mod settings {
    use super::*;

    #[test]
    fn a_wrong_environment_is_no_wrong_use() {
        let (code, _, stderr) = run(world_events().arg("serve").env("WORLD_EVENTS_LISTEN", "here"));
        assert_eq!(code, Some(1));
        assert!(stderr.contains("`listen` from the environment variable WORLD_EVENTS_LISTEN"), "{stderr}");
        let (code, _, stderr) = run(world_events().args(["serve", "--listen", "here"]));
        assert_eq!(code, Some(2));
        assert!(stderr.contains("`listen` from the flag --listen"), "{stderr}");
    }

    #[test]
    fn a_missing_file_is_named() {
        let (code, _, stderr) = run(world_events().args(["serve", "--config", "/nonexistent/settings.toml"]));
        assert_eq!(code, Some(1));
        assert!(stderr.contains("/nonexistent/settings.toml: No such file"), "{stderr}");
    }

    #[test]
    fn help_explains_the_settings() {
        let (code, stdout, _) = run(world_events().args(["serve", "--help"]));
        assert_eq!(code, Some(0));
        for part in ["--listen <ADDR>", "127.0.0.1:8080", "WORLD_EVENTS_LISTEN", "DATABASE_URL", "rules.decision"] {
            assert!(stdout.contains(part), "{part} is not in: {stdout}");
        }
    }

    #[test]
    fn missing_binaries_are_told() {
        let dir = tempfile::tempdir().unwrap();
        let (code, stdout, stderr) = run(world_events()
            .args(["serve", "--listen", "127.0.0.1:0", "--metrics-listen", "off", "--log", "off"])
            .arg("--data-dir")
            .arg(dir.path().join("data"))
            .env("PG_BIN_DIR", dir.path()));
        assert_eq!((code, &*stdout), (Some(1), ""));
        assert!(stderr.contains("apt-get install postgresql"), "{stderr}");
    }
}

mod serve {
    use super::*;

    struct Running {
        child: Child,
        address: String,
    }

    impl Drop for Running {
        fn drop(&mut self) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }

    impl Running {
        fn start(data_dir: &Path) -> Self {
            let mut child = world_events()
                .args(["serve", "--listen", "127.0.0.1:0", "--metrics-listen", "off", "--log-format", "json"])
                .arg("--data-dir")
                .arg(data_dir)
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            let mut line = String::new();
            BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
            let Some(address) = line.trim().strip_prefix("listening on http://").map(str::to_owned) else {
                let mut stderr = String::new();
                child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
                panic!("it says {line:?}, and {stderr}");
            };
            Self { child, address }
        }

        fn signal(&self, signal: Signal) {
            kill(Pid::from_raw(i32::try_from(self.child.id()).unwrap()), signal).unwrap();
        }

        /// Its exit code, and what it logged.
        fn end(mut self) -> (Option<i32>, String) {
            let mut stderr = String::new();
            self.child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
            (self.child.wait().unwrap().code(), stderr)
        }
    }

    #[test]
    fn stops_in_order_when_told() {
        let dir = tempfile::tempdir().unwrap();
        for signal in [Signal::SIGTERM, Signal::SIGINT] {
            let server = Running::start(dir.path());
            assert!(std::net::TcpStream::connect(&server.address).is_ok());
            let (code, _, stderr) = run(world_events().arg("migrate").arg("--data-dir").arg(dir.path()));
            assert_eq!(code, Some(1));
            assert!(stderr.contains("another World Events server (process"), "{stderr}");

            server.signal(signal);
            let (code, log) = server.end();
            assert_eq!(code, Some(0), "{log}");
            assert!(!dir.path().join("postgres/postmaster.pid").exists());
            for line in log.lines() {
                serde_json::from_str::<serde_json::Value>(line).unwrap_or_else(|error| panic!("{error}: {line}"));
            }
        }
    }

    #[test]
    fn starts_again_after_it_was_killed() {
        let dir = tempfile::tempdir().unwrap();
        let server = Running::start(dir.path());
        server.signal(Signal::SIGKILL);
        assert_eq!(server.end().0, None);
        let server = Running::start(dir.path());
        server.signal(Signal::SIGTERM);
        assert_eq!(server.end().0, Some(0));
    }

    #[test]
    fn migrate_can_go_first() {
        let dir = tempfile::tempdir().unwrap();
        let migrate = || run(world_events().args(["migrate", "--log", "error", "--data-dir"]).arg(dir.path()));
        let (code, stdout, stderr) = migrate();
        assert_eq!(code, Some(0), "{stderr}");
        assert!(stdout.starts_with("applied "), "{stdout}");
        assert_eq!(migrate(), (Some(0), "the schema is up to date\n".to_owned(), String::new()));
    }
}
