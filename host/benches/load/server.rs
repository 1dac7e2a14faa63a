//! The server under test: the real program with its private PostgreSQL.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tempfile::TempDir;
use world_events::store::embedded::{DATABASE, EmbeddedOptions, EmbeddedPostgres, ROLE};

/// What tokens are signed with, in this run only.
pub const SECRET: &str = "a secret that only signs tokens of this benchmark";

/// pgbench needs a connection for each of its clients; the embedded server's own setting is 100.
const MAX_CONNECTIONS: u32 = 700;

/// Where the private PostgreSQL is met.
#[derive(Debug, Clone)]
pub struct Database {
    /// The folder of its socket.
    pub socket: PathBuf,
    /// The folder of its programs.
    pub programs: PathBuf,
}

impl Database {
    /// How to connect.
    pub fn options(socket: &Path) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass().socket(socket).port(5432).username(ROLE).database(DATABASE)
    }

    /// A few connections, for seeding and checking.
    pub async fn pool(&self) -> anyhow::Result<PgPool> {
        Ok(PgPoolOptions::new().max_connections(3).connect_with(Self::options(&self.socket)).await?)
    }
}

/// A running server. Dropping it stops it and removes all that it wrote.
pub struct Server {
    child: Child,
    /// Host and port.
    pub address: String,
    /// Its database.
    pub database: Database,
    log: PathBuf,
    _folder: TempDir,
}

impl Server {
    /// Makes a cluster with the settings of an embedded one and more connections, and starts the server on it.
    pub async fn start() -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("we-load-").tempdir()?;
        let data_dir = folder.path().join("data");
        let postgres = EmbeddedPostgres::start(EmbeddedOptions { data_dir: data_dir.clone(), bin_dir: None }).await?;
        let socket = postgres.socket_dir().to_owned();
        let cluster = data_dir.join("postgres");
        let options = fs::read_to_string(cluster.join("postmaster.opts")).context("postmaster.opts")?;
        let program = options.split_whitespace().next().context("postmaster.opts is empty")?.trim_matches('"');
        let programs = Path::new(program).parent().context("postgres has no folder")?.to_owned();
        postgres.stop().await?;
        let mut conf = OpenOptions::new().append(true).open(cluster.join("postgresql.conf"))?;
        writeln!(conf, "max_connections = {MAX_CONNECTIONS}")?;

        let log = folder.path().join("server.log");
        let mut command = Command::new(env!("CARGO_BIN_EXE_world-events"));
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("WORLD_EVENTS_") || name == "DATABASE_URL" || name == "PG_BIN_DIR" {
                command.env_remove(&*name);
            }
        }
        let mut child = command
            .args(["serve", "--listen", "127.0.0.1:0", "--metrics-listen", "off", "--log", "warn", "--data-dir"])
            .arg(&data_dir)
            .env("WORLD_EVENTS_JWT_SECRET", SECRET)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&log)?)
            .spawn()
            .context("cannot start the server")?;
        let stdout = child.stdout.take().context("the server has no stdout")?;
        let mut server =
            Self { child, address: String::new(), database: Database { socket, programs }, log, _folder: folder };
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        match line.trim().strip_prefix("listening on http://") {
            Some(address) => server.address = address.to_owned(),
            None => bail!("the server does not start: {line}{}", server.log_end()),
        }
        Ok(server)
    }

    /// The resident memory of the server's process, in bytes.
    pub fn memory(&self) -> anyhow::Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
        Ok(kilobytes * 1024)
    }

    /// The last lines of the log.
    pub fn log_end(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines.get(lines.len().saturating_sub(5)..).unwrap_or_default().join("\n")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Ok(pid) = i32::try_from(self.child.id()) {
            let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
        }
        let _ = self.child.wait();
    }
}
