//! The server's main process.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Seek as _, SeekFrom},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
    process::Command,
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use nix::{
    errno::Errno,
    sys::{
        signal::{Signal, kill},
        wait::{Id, WaitPidFlag, waitid},
    },
    unistd::Pid,
};
use tokio::sync::{oneshot, watch};

use super::{Binaries, Cluster, EmbeddedError, Leftover, Owner, SocketDir, cluster::last_lines, process, socket};

/// How long the server may take to accept connections. Recovery after a crash is the slow case: 2 GB of log at most.
const START_LIMIT: Duration = Duration::from_secs(300);

/// How long a stop in order may take: a checkpoint, and whatever a connection is in the middle of.
const STOP_LIMIT: Duration = Duration::from_secs(60);

/// How long a stop without a checkpoint may take.
const KILL_LIMIT: Duration = Duration::from_secs(5);

const POLL: Duration = Duration::from_millis(10);

/// A log that is larger than this is put aside when the server starts.
const MAX_LOG_BYTES: u64 = 16 << 20;

/// What to start.
pub(super) struct Start<'a> {
    pub(super) binaries: &'a Binaries,
    pub(super) owner: &'a Owner,
    pub(super) cluster: &'a Cluster,
    pub(super) socket: &'a SocketDir,
    pub(super) log: &'a Path,
    pub(super) leftover: Leftover,
}

/// A server that runs, or did.
#[derive(Debug)]
pub(super) struct Postmaster {
    pid: Pid,
    /// Whether the kernel may have given the number to somebody else. Held while a signal is sent.
    reaped: Arc<Mutex<bool>>,
    /// How it ended, once it has.
    exited: watch::Receiver<Option<String>>,
    /// Started the process and waits for it. As long as this thread lives, the kernel leaves the process alone.
    thread: Option<JoinHandle<()>>,
}

impl Postmaster {
    /// Starts the server and waits until it accepts connections.
    pub(super) async fn start(start: Start<'_>) -> Result<Self, EmbeddedError> {
        let program = start.binaries.program("postgres");
        let (log, log_start) = open_log(start.log)
            .map_err(|source| EmbeddedError::io("open the log", start.log.display().to_string(), source))?;
        let spawn_error =
            |source| EmbeddedError::Spawn { program: program.clone(), user: start.owner.name.clone(), source };
        let command = command(&program, &start, &log).map_err(spawn_error)?;
        let mut postmaster = Self::spawn(command).await.map_err(spawn_error)?;
        match postmaster.ready(start.cluster.path()).await {
            Ok(()) => Ok(postmaster),
            Err(how) => {
                // Quietly: the reason for stopping it is the error.
                let _ = postmaster.stop().await;
                let said = said_since(start.log, log_start);
                let problem = if said.is_empty() { how } else { said };
                Err(EmbeddedError::Start { problem, log: start.log.to_owned() })
            }
        }
    }

    async fn spawn(command: Command) -> io::Result<Self> {
        let (tell_pid, pid) = oneshot::channel();
        let (tell_exit, exited) = watch::channel(None);
        let reaped = Arc::new(Mutex::new(false));
        let thread = thread::Builder::new().name("postgres".to_owned()).spawn({
            let reaped = Arc::clone(&reaped);
            move || look_after(command, tell_pid, &reaped, &tell_exit)
        })?;
        match pid.await {
            Ok(Ok(pid)) => Ok(Self { pid, reaped, exited, thread: Some(thread) }),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(io::Error::other("the thread that starts it has ended")),
        }
    }

    /// Waits until the server says, in its own file and under its own number, that it is ready.
    async fn ready(&self, cluster: &Path) -> Result<(), String> {
        let file = cluster.join("postmaster.pid");
        let pid = self.pid.to_string();
        let waiting = async {
            while !fs::read_to_string(&file).is_ok_and(|text| says_ready(&text, &pid)) {
                tokio::time::sleep(POLL).await;
            }
        };
        tokio::select! {
            () = waiting => Ok(()),
            how = self.exited() => Err(how),
            () = tokio::time::sleep(START_LIMIT) => Err(format!("not ready after {START_LIMIT:?}")),
        }
    }

    pub(super) const fn pid(&self) -> Pid {
        self.pid
    }

    /// Returns when the process has ended, and says how.
    pub(super) async fn exited(&self) -> String {
        let mut exited = self.exited.clone();
        match exited.wait_for(Option::is_some).await {
            Ok(how) => how.clone().unwrap_or_default(),
            Err(_) => "it is gone".to_owned(),
        }
    }

    /// Stops the server: in order, and by force when that takes too long.
    pub(super) async fn stop(&mut self) -> Result<(), EmbeddedError> {
        // SIGINT is PostgreSQL's fast shutdown, SIGQUIT its immediate one.
        for (signal, limit) in
            [(Signal::SIGINT, STOP_LIMIT), (Signal::SIGQUIT, KILL_LIMIT), (Signal::SIGKILL, KILL_LIMIT)]
        {
            self.signal(signal);
            if let Ok(how) = tokio::time::timeout(limit, self.exited()).await {
                return if how == ENDED_WELL { Ok(()) } else { Err(EmbeddedError::Stop(how)) };
            }
            tracing::warn!(%signal, ?limit, "PostgreSQL has not stopped yet");
        }
        Err(EmbeddedError::Stop("it did not end even when it was killed".to_owned()))
    }

    /// Sends a signal, unless the process has ended.
    fn signal(&self, signal: Signal) {
        let reaped = self.reaped.lock().unwrap_or_else(PoisonError::into_inner);
        if !*reaped {
            // It cannot fail: until it is reaped the number is its own, and it is our child.
            let _ = kill(self.pid, signal);
        }
    }

    fn has_ended(&self) -> bool {
        *self.reaped.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Postmaster {
    fn drop(&mut self) {
        for signal in [Signal::SIGQUIT, Signal::SIGKILL] {
            let deadline = Instant::now() + KILL_LIMIT;
            self.signal(signal);
            while !self.has_ended() && Instant::now() < deadline {
                thread::sleep(POLL);
            }
        }
        if let Some(thread) = self.thread.take().filter(|_| self.has_ended()) {
            // Its last act, after the process is reaped, is to say so.
            let _ = thread.join();
        }
    }
}

/// How a server ended that was stopped in order.
const ENDED_WELL: &str = "exit status: 0";

/// Starts the process and waits for its end: the whole life of one thread.
fn look_after(
    mut command: Command,
    tell_pid: oneshot::Sender<io::Result<Pid>>,
    reaped: &Mutex<bool>,
    tell_exit: &watch::Sender<Option<String>>,
) {
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => {
            // Whoever asked may have given up.
            let _ = tell_pid.send(Err(error));
            return;
        }
    };
    // Process numbers fit: the kernel's type for them is signed.
    let pid = Pid::from_raw(child.id().cast_signed());
    if tell_pid.send(Ok(pid)).is_err() {
        let _ = child.kill();
    }
    // Waits without reaping, so that the number stays the process's own while nobody holds the lock.
    while waitid(Id::Pid(pid), WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT) == Err(Errno::EINTR) {}
    let status = {
        let mut reaped = reaped.lock().unwrap_or_else(PoisonError::into_inner);
        let status = child.wait();
        *reaped = true;
        status
    };
    let how = status.map_or_else(|error| error.to_string(), |status| status.to_string());
    let _ = tell_exit.send(Some(how));
}

fn command(program: &Path, start: &Start<'_>, log: &File) -> io::Result<Command> {
    let mut command = process::command(program, start.owner, start.cluster.folder(), Signal::SIGINT);
    if let Leftover::NumberReused(pid) = start.leftover {
        // PostgreSQL takes a running process with the number in its lock file for a server, except for this one, which
        // `pg_ctl` uses for the shell that it runs under. The check of the shared memory stays in force.
        command.env("PG_GRANDPARENT_PID", pid.to_string());
    }
    command.arg("-D").arg(start.cluster.name()).stdout(log.try_clone()?).stderr(log.try_clone()?);
    let mut set = |name: &str, value: &std::ffi::OsStr| {
        let mut setting = std::ffi::OsString::from(format!("{name}="));
        setting.push(value);
        command.arg("-c").arg(setting);
    };
    set("listen_addresses", "".as_ref());
    set("port", socket::PORT.to_string().as_ref());
    set("unix_socket_directories", &start.socket.for_server());
    set("unix_socket_permissions", "0700".as_ref());
    set("fsync", "on".as_ref());
    set("logging_collector", "off".as_ref());
    set("log_destination", "stderr".as_ref());
    Ok(command)
}

/// Line 1 of `postmaster.pid` is the server's number, line 8 its state.
fn says_ready(text: &str, pid: &str) -> bool {
    let mut lines = text.lines();
    lines.next().map(str::trim) == Some(pid) && lines.nth(6).map(str::trim) == Some("ready")
}

/// Opens the log for appending, and says where new lines begin.
fn open_log(path: &Path) -> io::Result<(File, u64)> {
    if fs::metadata(path).is_ok_and(|metadata| metadata.len() > MAX_LOG_BYTES) {
        fs::rename(path, path.with_extension("log.1"))?;
    }
    let log = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
    let start = log.metadata()?.len();
    Ok((log, start))
}

fn said_since(log: &Path, start: u64) -> String {
    let mut said = Vec::new();
    // Only for a message: where the log cannot be read, how the process ended has to do.
    let _ = File::open(log).and_then(|mut file| {
        file.seek(SeekFrom::Start(start))?;
        file.take(1 << 16).read_to_end(&mut said)
    });
    last_lines(&String::from_utf8_lossy(&said))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_server_is_ready() {
        let file = |pid, state| format!("{pid}\n/data\n1700000000\n5432\n.\n\n  6553605         0\n{state}\n");
        assert!(says_ready(&file("42", "ready   "), "42"));
        assert!(!says_ready(&file("42", "starting"), "42"));
        assert!(!says_ready(&file("42", "ready   "), "4"), "another server is ready, not ours");
        assert!(!says_ready("42\n/data\n", "42"));
        assert!(!says_ready("", "42"));
    }

    #[test]
    fn a_large_log_is_put_aside() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("postgres.log");
        let (mut log, start) = open_log(&path).unwrap();
        assert_eq!(start, 0);
        io::Write::write_all(&mut log, b"FATAL: one\nHINT: two\n").unwrap();
        assert_eq!(said_since(&path, 0), "FATAL: one; HINT: two");
        assert_eq!(said_since(&path, 11), "HINT: two");
        log.set_len(MAX_LOG_BYTES + 1).unwrap();
        assert_eq!(open_log(&path).unwrap().1, 0);
        assert!(dir.path().join("postgres.log.1").exists());
    }
}
