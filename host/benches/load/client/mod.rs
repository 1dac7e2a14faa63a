//! The load: made by processes of their own, so that its cost can be told from the server's.

mod connection;
pub mod process;
pub mod request;
pub mod spec;

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::{Instant, timeout_at};

use self::spec::{Measured, Report, Spec};

/// The hidden argument that makes this program a client.
pub const ARGUMENT: &str = "--as-client";

/// How long all connections may take to open.
const CONNECTING: Duration = Duration::from_secs(90);

struct Process {
    child: Child,
    stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

/// Clients with open connections, waiting for the word.
pub struct Crowd(Vec<Process>);

impl Crowd {
    /// Starts the processes and waits until all are connected.
    pub async fn gather(spec: &Spec, processes: u64) -> anyhow::Result<Self> {
        let mut crowd = Vec::new();
        for part in spec.split(processes) {
            let mut child = Command::new(std::env::current_exe()?)
                .arg(ARGUMENT)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .kill_on_drop(true)
                .spawn()
                .context("cannot start a client process")?;
            let mut stdin = child.stdin.take().context("a client without stdin")?;
            let lines = BufReader::new(child.stdout.take().context("a client without stdout")?).lines();
            stdin.write_all(format!("{}\n", serde_json::to_string(&part)?).as_bytes()).await?;
            crowd.push(Process { child, stdin, lines });
        }
        let deadline = Instant::now() + CONNECTING;
        for process in &mut crowd {
            let line = timeout_at(deadline, process.lines.next_line())
                .await
                .context("the clients take too long to connect")??;
            if line.as_deref() != Some("ready") {
                bail!("a client process has failed to connect");
            }
        }
        Ok(Self(crowd))
    }

    /// Lets them work, and adds up what they measured.
    pub async fn run(mut self) -> anyhow::Result<Measured> {
        for process in &mut self.0 {
            process.stdin.write_all(b"go\n").await?;
        }
        let mut reports: Vec<Report> = Vec::new();
        for process in &mut self.0 {
            let line = process.lines.next_line().await?.context("a client process has ended without a report")?;
            reports.push(serde_json::from_str(&line)?);
            process.child.wait().await?;
        }
        Measured::merge(reports)
    }
}

/// Makes a load with as few processes as it needs: one thread does all of it, unless files run short.
pub async fn load(spec: &Spec) -> anyhow::Result<Measured> {
    Crowd::gather(spec, spec.connections.div_ceil(8_000).max(1)).await?.run().await
}
