//! The server as a whole: what starts in which order, and stops in the reverse one.

mod assembly;
mod calls;
mod database;
mod signals;

use std::{
    io::Write as _,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use axum::{Router, serve::ListenerExt as _};
use sqlx::PgPool;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use self::database::Database;
pub(crate) use self::signals::Signals;
use crate::{
    auth::Keys,
    clock::Clock,
    config::{MetricsListen, Settings, create_data_dir},
    rules::Observer,
    telemetry::{Metrics, metrics_router},
};

/// What the routes of the API are built from.
#[derive(Debug, Clone)]
pub struct Parts {
    /// The settings in force.
    pub settings: Arc<Settings>,
    /// The database, migrated.
    pub pool: PgPool,
    /// The key that tokens are verified with.
    pub keys: Arc<Keys>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Told when the server stops.
    pub stop: CancellationToken,
    /// Told when no request runs any more.
    pub drained: CancellationToken,
    /// What runs beside the requests, and ends when the server is told to stop.
    pub background: TaskTracker,
}

/// A server that answers requests.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    metrics_address: Option<SocketAddr>,
    stop: CancellationToken,
    drained: CancellationToken,
    /// The tasks that accept connections: the API's first.
    listeners: Vec<JoinHandle<std::io::Result<()>>>,
    background: TaskTracker,
    database: Database,
    grace: Duration,
}

/// Runs a server until it is told to stop (SIGTERM, SIGINT) or cannot go on. Prints `listening on http://…` on standard
/// output when it is ready. A second signal ends the wait for requests that are under way.
///
/// # Errors
///
/// When it cannot start, cannot go on, or has not stopped cleanly.
pub async fn run(settings: Settings) -> anyhow::Result<()> {
    let mut signals = Signals::listen()?;
    let server = tokio::select! {
        server = Server::start(settings, Clock::System) => server?,
        signal = signals.next() => {
            tracing::info!(signal, "stopped before it was ready");
            return Ok(());
        }
    };
    let mut stdout = std::io::stdout();
    writeln!(stdout, "listening on http://{}", server.address())
        .and_then(|()| stdout.flush())
        .context("cannot write to standard output")?;
    let failure = tokio::select! {
        failure = server.failure() => Some(failure),
        signal = signals.next() => {
            tracing::info!(signal, "stopping");
            None
        }
    };
    let stopped = tokio::select! {
        stopped = server.stop() => stopped,
        signal = signals.next() => Err(anyhow::anyhow!("told a second time to stop ({signal}): requests were cut off")),
    };
    match failure {
        Some(failure) => Err(failure),
        None => stopped,
    }
}

impl Server {
    /// Starts everything, and answers requests when this returns: first the addresses are taken, then the database is
    /// started, connected and migrated, then the plugins of running events are loaded.
    ///
    /// # Errors
    ///
    /// When an address is taken, the key, the database or the sandbox cannot be used, or a migration fails.
    pub async fn start(settings: Settings, clock: Clock) -> anyhow::Result<Self> {
        Self::start_observed(settings, clock, ()).await
    }

    /// [`start`](Self::start), with an observer that hears of each call of a rule: for measurements that the buckets of
    /// `/metrics` are too coarse for.
    ///
    /// # Errors
    ///
    /// As for `start`.
    pub async fn start_observed(settings: Settings, clock: Clock, observer: impl Observer) -> anyhow::Result<Self> {
        Self::start_with(settings, async |parts| assembly::routes(parts, clock, observer).await).await
    }

    async fn start_with(
        settings: Settings,
        routes: impl AsyncFnOnce(&Parts) -> anyhow::Result<Router>,
    ) -> anyhow::Result<Self> {
        let began = Instant::now();
        let (listener, address) = bind(settings.listen, "listen").await?;
        let metrics_listener = match settings.metrics_listen {
            MetricsListen::Off => None,
            MetricsListen::At(address) => Some(bind(address, "metrics_listen").await?),
        };
        let metrics_address = metrics_listener.as_ref().map(|(_, address)| *address);
        create_data_dir(&settings.data_dir)
            .with_context(|| format!("cannot make the data directory {}", settings.data_dir.display()))?;
        let keys = Keys::load(&settings.key_source(), settings.jwt_algorithm, settings.jwt_audience.as_deref())
            .context("there is no key for tokens")?;
        let database = Database::open(&settings).await?;
        let grace = settings.shutdown_grace;
        let metrics = Arc::new(Metrics::new());
        metrics.watch_database_pool(database.pool().clone());
        let parts = Parts {
            settings: Arc::new(settings),
            pool: database.pool().clone(),
            keys: Arc::new(keys),
            metrics: Arc::clone(&metrics),
            stop: CancellationToken::new(),
            drained: CancellationToken::new(),
            background: TaskTracker::new(),
        };
        let app = match database.migrate().await {
            Ok(_) => routes(&parts).await,
            Err(error) => Err(error),
        };
        let Parts { stop, drained, background, .. } = parts;
        background.close();
        let app = match app {
            Ok(app) => app,
            Err(error) => {
                stop.cancel();
                drained.cancel();
                background.wait().await;
                database.close().await?;
                return Err(error);
            }
        };
        let mut listeners = vec![serve(listener, app, stop.clone())];
        listeners.extend(metrics_listener.map(|(listener, _)| serve(listener, metrics_router(metrics), stop.clone())));
        tracing::info!(%address, ?metrics_address, elapsed_ms = began.elapsed().as_millis(), "ready");
        Ok(Self { address, metrics_address, stop, drained, listeners, background, database, grace })
    }

    /// Where the API is served: the port is the real one where the settings say 0.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where metrics are served.
    #[must_use]
    pub const fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics_address
    }

    /// Returns when the server cannot go on, and says why. The supervisor that restarts it is the operator's choice.
    pub async fn failure(&self) -> anyhow::Error {
        self.database.lost().await
    }

    /// Stops everything in order: no new connections, requests under way finish (for as long as the settings grant),
    /// the database's connections close, the private database stops.
    ///
    /// # Errors
    ///
    /// When requests had to be cut off, or the database did not stop cleanly.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.stop.cancel();
        let deadline = tokio::time::Instant::now() + self.grace;
        let mut result = Ok(());
        for mut listener in self.listeners {
            match tokio::time::timeout_at(deadline, &mut listener).await {
                Ok(ended) => ended.context("a listener has failed")?.context("a listener has failed")?,
                Err(_) => {
                    listener.abort();
                    result = Err(anyhow::anyhow!("requests still ran after {:?} and were cut off", self.grace));
                }
            }
        }
        self.drained.cancel();
        self.background.wait().await;
        self.database.close().await?;
        if result.is_ok() {
            tracing::info!("stopped");
        }
        result
    }
}

async fn bind(address: SocketAddr, setting: &str) -> anyhow::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address} (setting `{setting}`)"))?;
    let address = listener.local_addr().with_context(|| format!("cannot tell the address of `{setting}`"))?;
    Ok((listener, address))
}

fn serve(listener: TcpListener, app: Router, stop: CancellationToken) -> JoinHandle<std::io::Result<()>> {
    // Answers are small and awaited: waiting to fill a packet only adds to their latency.
    let listener = listener.tap_io(|connection| {
        if let Err(error) = connection.set_nodelay(true) {
            tracing::debug!(%error, "cannot set TCP_NODELAY");
        }
    });
    // Made ready once. Given the router itself, axum makes each connection a copy of all routes with all their layers:
    // measured, 2 MB and 7 ms for each connection.
    let app = app.into_make_service();
    tokio::spawn(async move { axum::serve(listener, app).with_graceful_shutdown(stop.cancelled_owned()).await })
}

#[cfg(test)]
mod tests;
