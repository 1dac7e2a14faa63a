//! Why there is no private PostgreSQL.

use std::{io, path::PathBuf, process::ExitStatus};

/// Why the private PostgreSQL does not run.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// PostgreSQL is not installed, or hidden.
    #[error(
        "found no PostgreSQL server binaries (`postgres` and `initdb`) {looked}. Install them: `apt-get install \
         postgresql` (Debian, Ubuntu), `dnf install postgresql-server` (Fedora, RHEL), `apk add postgresql` (Alpine), \
         `pacman -S postgresql` (Arch), `brew install postgresql` (macOS); or name their directory with --pg-bin-dir; or \
         use another server with DATABASE_URL"
    )]
    NoBinaries {
        /// Where they were looked for.
        looked: String,
    },
    /// A binary does not say which version it is.
    #[error("{} does not tell its version: {problem}", binary.display())]
    NoVersion {
        /// Which binary.
        binary: PathBuf,
        /// What it did instead.
        problem: String,
    },
    /// Too old to be tried.
    #[error(
        "the PostgreSQL in {} is version {found}, and {oldest} is the oldest that is supported: install a newer one, or \
         use another server with DATABASE_URL",
        bin_dir.display()
    )]
    TooOld {
        /// Where the binaries are.
        bin_dir: PathBuf,
        /// Their major version.
        found: u32,
        /// The oldest major version that is supported.
        oldest: u32,
    },
    /// The cluster was made by a version that is not installed.
    #[error(
        "the cluster {} was made by PostgreSQL {cluster_version}, and found are only: {found}. Install PostgreSQL \
         {cluster_version} (`apt-get install postgresql-{cluster_version}`), or bring the cluster to another version \
         with pg_upgrade",
        cluster.display()
    )]
    WrongVersion {
        /// The cluster.
        cluster: PathBuf,
        /// Its major version.
        cluster_version: u32,
        /// The versions that were found, and where.
        found: String,
    },
    /// Another World Events server has it.
    #[error(
        "another World Events server{} uses the data directory {}: stop it, or use another directory with --data-dir",
        .pid.map(|pid| format!(" (process {pid})")).unwrap_or_default(), data_dir.display()
    )]
    Locked {
        /// The data directory.
        data_dir: PathBuf,
        /// The other server's process, where known.
        pid: Option<i32>,
    },
    /// A PostgreSQL that this process did not start runs on the cluster, and does not go away.
    #[error(
        "a PostgreSQL server (process {pid}) that was not started from here runs on the cluster {}: stop it with `kill \
         -INT {pid}`",
        cluster.display()
    )]
    StillRunning {
        /// The cluster.
        cluster: PathBuf,
        /// The server's process.
        pid: i32,
    },
    /// The folder is there and holds something else.
    #[error("{} exists and is no PostgreSQL cluster: move it away, or use another --data-dir", path.display())]
    NotACluster {
        /// The folder.
        path: PathBuf,
    },
    /// The cluster belongs to somebody else, and only root could act for them.
    #[error(
        "the cluster {} belongs to the user {owner}, and PostgreSQL runs as its owner only: run the server as {owner} or \
         as root, or use another --data-dir",
        path.display()
    )]
    NotOurs {
        /// The cluster.
        path: PathBuf,
        /// Its owner's name or number.
        owner: String,
    },
    /// Root cannot run PostgreSQL, and there is nobody else.
    #[error(
        "PostgreSQL does not run as root, and there is neither a user `postgres` nor a user `nobody` to run it as: make \
         one (`useradd --system postgres`), or run the server as another user"
    )]
    NoUser,
    /// A program cannot be run as the cluster's owner.
    #[error("cannot run {} as the user {user}{}", program.display(), spawn_hint(source))]
    Spawn {
        /// Which program.
        program: PathBuf,
        /// As whom.
        user: String,
        /// What the system said.
        source: io::Error,
    },
    /// The cluster could not be made.
    #[error("initdb failed ({status}): {output}")]
    Init {
        /// How it ended.
        status: ExitStatus,
        /// What it said.
        output: String,
    },
    /// The server ended instead of starting, or took too long.
    #[error("PostgreSQL did not start: {problem}. Its log is {}", log.display())]
    Start {
        /// The end of what it logged, or how it ended.
        problem: String,
        /// The whole log.
        log: PathBuf,
    },
    /// The server was stopped, but not cleanly.
    #[error("PostgreSQL did not stop cleanly ({0}); the next start recovers what was committed")]
    Stop(String),
    /// There is no short place for the socket.
    #[error(
        "the path of the data directory is too long for a socket in it, and {} cannot serve instead: {problem}. Use a \
         shorter --data-dir",
        path.display()
    )]
    Socket {
        /// The folder that was to hold the socket.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A file or a folder.
    #[error("cannot {action} {path}")]
    Io {
        /// What was to be done.
        action: &'static str,
        /// To what.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// The running server refused what it was asked.
    #[error("the embedded PostgreSQL cannot be used")]
    Database(#[source] sqlx::Error),
}

impl EmbeddedError {
    /// A file or a folder that did not do what it should.
    pub(super) fn io(action: &'static str, path: impl Into<String>, source: io::Error) -> Self {
        Self::Io { action, path: path.into(), source }
    }
}

fn spawn_hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::PermissionDenied => {
            " (may that user reach the directory? does this process hold the right to change users, CAP_SETUID?)"
        }
        _ => "",
    }
}
