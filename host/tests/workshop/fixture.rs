//! The program, the example plugins, and plugins of one's own.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use tempfile::TempDir;
use world_events::http_client;

/// The names of the example plugins that have cases.
pub(crate) const EXAMPLES: [&str; 7] = [
    "boss-invasion",
    "faction-war",
    "harvest-festival",
    "night-market",
    "ranked-tournament",
    "relief-drive",
    "story-quest",
];

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The program, without the settings of whoever runs the tests.
pub(crate) fn world_events() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_world-events"));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        let is_proxy = name.to_ascii_lowercase().ends_with("_proxy");
        if name.starts_with("WORLD_EVENTS_") || name == "DATABASE_URL" || name == "PG_BIN_DIR" || is_proxy {
            command.env_remove(&*name);
        }
    }
    command.stdin(Stdio::null()).current_dir(root());
    command
}

/// What came of running a program: its exit code, its standard output and its standard error.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

pub(crate) fn run(command: &mut Command) -> Ran {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let [stdout, stderr] = [stdout, stderr].map(|text| String::from_utf8(text).unwrap());
    Ran { code: status.code(), stdout, stderr }
}

impl Ran {
    /// What a command prints that succeeds.
    pub(crate) fn success(self) -> String {
        assert_eq!(self.code, Some(0), "{}\n{}", self.stdout, self.stderr);
        self.stdout
    }

    /// What a command prints, and complains about, that fails as commands do.
    pub(crate) fn failure(self) -> (String, String) {
        assert_eq!(self.code, Some(1), "{}\n{}", self.stdout, self.stderr);
        assert!(self.stderr.lines().any(|line| line.starts_with("error: ")), "{}", self.stderr);
        (self.stdout, self.stderr)
    }
}

/// Asserts that a text has all the parts.
pub(crate) fn assert_has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in:\n{text}");
    }
}

/// A plugin in a workspace of its own, as somebody has it who is not part of this one. Each has a name of its own, as its
/// folder stays, so that the next run of the tests has less to build.
pub(crate) struct OwnPlugin {
    folder: PathBuf,
}

/// Says what the workspace's manifest and `plugins/.cargo/config.toml` say, so that what was compiled for the examples
/// serves here too.
const PROFILE: &str = r#"
[profile.guest]
inherits = "release"
debug = false
opt-level = "s"
lto = true
codegen-units = 1
panic = "abort"
strip = "debuginfo"
overflow-checks = true
"#;

impl OwnPlugin {
    /// A plugin with this source, and no cases.
    pub(crate) fn new(name: &str, source: &str, dependencies: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("plugins").join(name);
        let _ = fs::remove_dir_all(&folder);
        for part in ["src", "cases", ".cargo"] {
            fs::create_dir_all(folder.join(part)).unwrap();
        }
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"1.0.0\"\nedition = \"2024\"\n\n[lib]\ncrate-type = [\"cdylib\"]\n\n\
             [dependencies]\n{dependencies}\n{PROFILE}\n[workspace]\n"
        );
        fs::write(folder.join("Cargo.toml"), manifest).unwrap();
        fs::write(folder.join("src/lib.rs"), source).unwrap();
        // The versions of this workspace, so that nothing has to be looked up.
        fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
        let linker = fs::read_to_string(root().join("plugins/.cargo/config.toml")).unwrap();
        let config = format!("{linker}\n[build]\ntarget-dir = {:?}\n", root().join("target"));
        fs::write(folder.join(".cargo/config.toml"), config).unwrap();
        Self { folder }
    }

    /// What a rule needs in the dependencies.
    pub(crate) fn sdk() -> String {
        format!("world-events-plugin-sdk = {{ path = {:?} }}", root().join("plugin-sdk"))
    }

    /// Its folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The file of its source.
    pub(crate) fn source(&self) -> PathBuf {
        self.folder.join("src/lib.rs")
    }

    /// The file of a case.
    pub(crate) fn case_file(&self, name: &str) -> PathBuf {
        self.folder.join("cases").join(name)
    }

    /// Puts a file beside it.
    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let file = self.folder.join(name);
        fs::write(&file, text).unwrap();
        file
    }

    /// Puts a case beside it.
    pub(crate) fn case(&self, file: &str, case: &Value) {
        fs::write(self.case_file(file), case.to_string()).unwrap();
    }

    /// A command of `world-events plugin` in its folder.
    pub(crate) fn command(&self, name: &str) -> Command {
        let mut command = world_events();
        command.args(["plugin", name]).current_dir(&self.folder);
        command
    }
}

/// A rule in which an action is worth so much.
pub(crate) fn rule(points: &str) -> String {
    format!(
        "use world_events_plugin_sdk::prelude::*;\npub struct Rule;\nimpl Plugin for Rule {{ type Parameters = NoParameters; }}\n\
         impl Scoring for Rule {{\n    fn score(card: &Scorecard, _: &NoParameters) -> Result<Outcome, Refusal> {{\n        \
         let mut outcome = Outcome::from(&card.participation);\n        \
         outcome.add_score(card.report.actions.len() as i64 * {points});\n        Ok(outcome)\n    }}\n}}\n\
         world_events_plugin_sdk::export!(Rule: scoring);\n"
    )
}

/// A real server, with a database of its own.
pub(crate) struct Server {
    child: Child,
    data_dir: TempDir,
    /// Where its API is, prefix included.
    pub(crate) url: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        // In order, so that the database has let go of its folder before that is removed.
        let _ = kill(Pid::from_raw(i32::try_from(self.child.id()).unwrap()), Signal::SIGTERM);
        let _ = self.child.wait();
    }
}

impl Server {
    pub(crate) fn start(prefix: &str) -> Self {
        Self::start_with(prefix, &[])
    }

    /// A server with more flags.
    pub(crate) fn start_with(prefix: &str, flags: &[&str]) -> Self {
        let data_dir = tempfile::tempdir().unwrap();
        let mut child = world_events()
            .args(["serve", "--listen", "127.0.0.1:0", "--metrics-listen", "off", "--log", "error"])
            .args(["--path-prefix", prefix, "--data-dir"])
            .arg(data_dir.path())
            .args(flags)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let Some(address) = line.trim().strip_prefix("listening on ") else {
            let mut stderr = String::new();
            child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
            panic!("it says {line:?}, and {stderr}");
        };
        let url = if address.ends_with(prefix) { address.to_owned() } else { format!("{address}{prefix}") };
        Self { child, data_dir, url }
    }

    pub(crate) fn token(&self, role: &str) -> String {
        let mut command = world_events();
        command.args(["token", "--role", role, "--subject", "somebody", "--data-dir"]).arg(self.data_dir.path());
        run(&mut command).success().trim().to_owned()
    }

    /// What the API says of a resource.
    pub(crate) fn get(&self, path: &str) -> Value {
        self.ask(|http| http.get(format!("{}{path}", self.url)))
    }

    /// What the API says of something new.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Value {
        self.ask(|http| http.post(format!("{}{path}", self.url)).json(body))
    }

    fn ask(&self, request: impl FnOnce(reqwest::Client) -> reqwest::RequestBuilder) -> Value {
        let request = request(http_client::plain().build().unwrap()).bearer_auth(self.token("designer"));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { request.send().await.unwrap().error_for_status().unwrap().json().await.unwrap() })
    }
}
