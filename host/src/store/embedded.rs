//! A private PostgreSQL, run from the machine's own binaries.
//!
//! The cluster is `<data-dir>/postgres`, reachable through a Unix socket only and through it only by its owner and root.
//! It lives and dies with this process: it is stopped cleanly by [`EmbeddedPostgres::stop`], and by the kernel when the
//! process is killed. Everything that was committed survives either way.
//!
//! Root cannot run PostgreSQL, so a server that runs as root gives the cluster to an unprivileged user (`postgres` where
//! there is one, otherwise `nobody`).

mod binaries;
mod cluster;
mod error;
mod lock;
mod orphan;
mod owner;
mod postmaster;
mod process;
mod socket;

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

pub use error::EmbeddedError;
use sqlx::{
    ConnectOptions as _, Connection as _,
    postgres::{PgConnectOptions, PgSslMode},
};

use self::{
    binaries::Binaries,
    cluster::Cluster,
    lock::Lock,
    orphan::Leftover,
    owner::Owner,
    postmaster::{Postmaster, Start},
    socket::SocketDir,
};

/// The role that owns everything in the cluster.
pub const ROLE: &str = "world_events";

/// The database that is there from the start.
pub const DATABASE: &str = "world_events";

/// How long a start after a crash is tried again: the processes of a killed server need a moment to let go of its memory.
const RETRY_FOR: Duration = Duration::from_secs(10);

/// The pause between two tries.
const RETRY_PAUSE: Duration = Duration::from_millis(250);

/// What to run, and where.
#[derive(Debug, Clone)]
pub struct EmbeddedOptions {
    /// The directory that holds the cluster, made when missing.
    pub data_dir: PathBuf,
    /// Where `postgres` and `initdb` are. `None`: the first on `PATH` or in the places where packages put them, of the
    /// cluster's version when there is a cluster.
    pub bin_dir: Option<PathBuf>,
}

/// A running private PostgreSQL.
///
/// Dropping it kills the server without a checkpoint, and blocks until it is gone; nothing committed is lost, but the next
/// start has to recover. Prefer [`stop`](Self::stop).
#[derive(Debug)]
pub struct EmbeddedPostgres {
    postmaster: Postmaster,
    socket: SocketDir,
    /// Held last of all: nobody may touch the cluster before the server is gone.
    _lock: Lock,
}

impl EmbeddedPostgres {
    /// Starts the server, making the cluster and the database [`DATABASE`] when they do not exist yet. Returns when
    /// connections are accepted. After a crash it waits for what is left of the earlier server, and for recovery.
    ///
    /// # Errors
    ///
    /// When there are no fitting binaries, when another process uses the data directory, or when PostgreSQL does not
    /// start; the error says what to do.
    pub async fn start(options: EmbeddedOptions) -> Result<Self, EmbeddedError> {
        let began = Instant::now();
        // Files, child processes and waiting: nothing for an async worker. If the caller gives up meanwhile, this runs to
        // its end and what it holds is dropped.
        let prepared = tokio::task::spawn_blocking(move || Prepared::make(&options))
            .await
            .map_err(|error| EmbeddedError::io("prepare", "the PostgreSQL cluster", std::io::Error::other(error)))??;
        let leftover = Leftover::wait_for(prepared.cluster.path()).await?;
        let postmaster = prepared.start_postmaster(leftover).await?;
        let started = Self { postmaster, socket: prepared.socket, _lock: prepared.lock };
        started.create_database().await?;
        tracing::info!(
            pid = started.pid(),
            socket = %started.socket.path().display(),
            elapsed_ms = began.elapsed().as_millis(),
            "embedded PostgreSQL is running"
        );
        Ok(started)
    }

    /// How to connect to one of the cluster's databases.
    #[must_use]
    pub fn connect_options(&self, database: &str) -> PgConnectOptions {
        // Nothing of the caller's `PG…` variables applies to a private server.
        PgConnectOptions::new_without_pgpass()
            .socket(self.socket.path())
            .port(socket::PORT)
            .username(ROLE)
            .database(database)
            .ssl_mode(PgSslMode::Disable)
    }

    /// The folder of the server's socket, as `psql -h` wants it.
    #[must_use]
    pub fn socket_dir(&self) -> &Path {
        self.socket.path()
    }

    /// The server's main process.
    #[must_use]
    pub fn pid(&self) -> i32 {
        self.postmaster.pid().as_raw()
    }

    /// Returns when the server's main process has ended, for whatever reason, and says how.
    pub async fn exited(&self) -> String {
        self.postmaster.exited().await
    }

    /// Stops the server: connections are closed, everything is written, the process ends.
    ///
    /// # Errors
    ///
    /// When it had to be killed, or ended with an error. Nothing committed is lost then.
    pub async fn stop(mut self) -> Result<(), EmbeddedError> {
        self.postmaster.stop().await
    }

    async fn create_database(&self) -> Result<(), EmbeddedError> {
        let mut connection = self.connect_options("postgres").connect().await.map_err(EmbeddedError::Database)?;
        let exists: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
            .bind(DATABASE)
            .fetch_one(&mut connection)
            .await
            .map_err(EmbeddedError::Database)?;
        if !exists {
            sqlx::query("CREATE DATABASE world_events")
                .execute(&mut connection)
                .await
                .map_err(EmbeddedError::Database)?;
        }
        connection.close().await.map_err(EmbeddedError::Database)
    }
}

/// Everything that is needed to start the server.
struct Prepared {
    binaries: Binaries,
    owner: Owner,
    cluster: Cluster,
    socket: SocketDir,
    log: PathBuf,
    lock: Lock,
}

impl Prepared {
    fn make(options: &EmbeddedOptions) -> Result<Self, EmbeddedError> {
        let data_dir = cluster::make_data_dir(&options.data_dir)?;
        let lock = Lock::take(&data_dir)?;
        let path = data_dir.join(cluster::FOLDER);
        let version = cluster::version(&path)?;
        let binaries = Binaries::find(options.bin_dir.as_deref(), version, &path)?;
        let owner = Owner::choose(&path)?;
        let cluster = match version {
            Some(_) => Cluster::open(path, &owner)?,
            None => Cluster::create(path, &binaries, &owner)?,
        };
        let socket = SocketDir::choose(cluster.path(), &owner)?;
        Ok(Self { binaries, owner, cluster, socket, log: data_dir.join("postgres.log"), lock })
    }

    async fn start_postmaster(&self, leftover: Leftover) -> Result<Postmaster, EmbeddedError> {
        // Without a trace of an earlier server, an error will not go away by itself.
        let retry_until = Instant::now() + if leftover == Leftover::None { Duration::ZERO } else { RETRY_FOR };
        loop {
            let start = Start {
                binaries: &self.binaries,
                owner: &self.owner,
                cluster: &self.cluster,
                socket: &self.socket,
                log: &self.log,
                leftover,
            };
            match Postmaster::start(start).await {
                Err(error @ EmbeddedError::Start { .. }) if Instant::now() < retry_until => {
                    tracing::warn!(%error, "PostgreSQL did not start, trying again");
                    tokio::time::sleep(RETRY_PAUSE).await;
                }
                result => return result,
            }
        }
    }
}
