//! What an earlier server may have left behind.

use std::{
    fs,
    os::unix::fs::MetadataExt as _,
    path::Path,
    time::{Duration, Instant},
};

use nix::{errno::Errno, sys::signal::kill, unistd::Pid};

use super::EmbeddedError;

/// How long an orphan may take to stop: it has been told to when its parent died, and writes a checkpoint.
const PATIENCE: Duration = Duration::from_secs(30);

const POLL: Duration = Duration::from_millis(50);

/// What is left of an earlier server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leftover {
    /// Nothing: it was stopped in order, or there was none.
    None,
    /// It crashed or was killed, and its last processes may still be going.
    Crashed,
    /// As `Crashed`, and a process that has nothing to do with it has its number now. Common in containers, where the same
    /// few numbers are given out after each restart.
    NumberReused(Pid),
}

impl Leftover {
    /// Looks for the trace of an earlier server, and waits while it stops. Only for whoever holds the data directory's lock.
    pub(super) async fn wait_for(cluster: &Path) -> Result<Self, EmbeddedError> {
        let deadline = Instant::now() + PATIENCE;
        let mut told = false;
        loop {
            let Ok(text) = fs::read_to_string(cluster.join("postmaster.pid")) else { return Ok(Self::None) };
            let Some(pid) = text.lines().next().and_then(|line| line.trim().parse().ok()).filter(|pid| *pid > 0) else {
                return Ok(Self::Crashed);
            };
            match whose(Pid::from_raw(pid), cluster) {
                Whose::Nobodys => return Ok(Self::Crashed),
                Whose::Others => return Ok(Self::NumberReused(Pid::from_raw(pid))),
                Whose::Clusters if Instant::now() > deadline => {
                    return Err(EmbeddedError::StillRunning { cluster: cluster.to_owned(), pid });
                }
                Whose::Clusters => {}
            }
            if !std::mem::replace(&mut told, true) {
                tracing::info!(pid, "waiting for an earlier PostgreSQL to stop");
            }
            tokio::time::sleep(POLL).await;
        }
    }
}

/// To whom a process number belongs.
#[derive(Debug, PartialEq, Eq)]
enum Whose {
    Nobodys,
    Clusters,
    Others,
}

/// A PostgreSQL server works in its cluster's folder, which tells it from a stranger with its number.
fn whose(pid: Pid, cluster: &Path) -> Whose {
    if kill(pid, None) == Err(Errno::ESRCH) {
        return Whose::Nobodys;
    }
    let place = |path: &Path| fs::metadata(path).map(|it| (it.dev(), it.ino()));
    match (place(format!("/proc/{pid}/cwd").as_ref()), place(cluster)) {
        (Ok(theirs), Ok(ours)) if theirs == ours => Whose::Clusters,
        _ => Whose::Others,
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn leave_behind(cluster: &Path, first_line: &str) {
        fs::write(cluster.join("postmaster.pid"), format!("{first_line}\n/somewhere\n")).unwrap();
    }

    #[tokio::test]
    async fn no_trace_is_nothing() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(Leftover::wait_for(dir.path()).await.unwrap(), Leftover::None);
    }

    #[tokio::test]
    async fn a_number_that_nobody_has_is_a_crash() {
        let dir = tempfile::tempdir().unwrap();
        let mut child = Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        for line in [child.id().to_string(), String::new(), "garbage".to_owned(), "-1".to_owned()] {
            leave_behind(dir.path(), &line);
            assert_eq!(Leftover::wait_for(dir.path()).await.unwrap(), Leftover::Crashed, "{line:?}");
        }
    }

    #[tokio::test]
    async fn a_stranger_with_the_number_is_not_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let own = i32::try_from(std::process::id()).unwrap();
        leave_behind(dir.path(), &own.to_string());
        let found = Leftover::wait_for(dir.path()).await.unwrap();
        assert_eq!(found, Leftover::NumberReused(Pid::from_raw(own)));
    }

    #[tokio::test]
    async fn whoever_works_in_the_cluster_is_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let mut child = Command::new("sleep").arg("60").current_dir(dir.path()).spawn().unwrap();
        leave_behind(dir.path(), &child.id().to_string());
        let waiting = tokio::spawn({
            let cluster = dir.path().to_owned();
            async move { Leftover::wait_for(&cluster).await.unwrap() }
        });
        tokio::time::sleep(POLL * 4).await;
        assert!(!waiting.is_finished());
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(waiting.await.unwrap(), Leftover::Crashed);
    }
}
