//! The database of a server: its own or another, connected and migrated.

use std::{future, time::Duration};

use anyhow::Context as _;
use sqlx::{
    Connection as _, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use uuid::Uuid;

use crate::{
    config::Settings,
    store::{
        MIGRATIONS,
        embedded::{DATABASE, EmbeddedOptions, EmbeddedPostgres},
        standings_feed::SERVER_SETTING,
    },
};

/// What the server calls itself, as `pg_stat_activity` shows it.
const APPLICATION_NAME: &str = "world-events";

/// How long a request waits for a connection.
const ACQUIRE_LIMIT: Duration = Duration::from_secs(5);

/// A connection that has not been used for so long is asked whether it still works before it is handed out: one that has
/// just worked is not worth a round trip.
const TRUSTED_FOR: Duration = Duration::from_millis(250);

/// How long connections may take to come home when the server stops.
const CLOSE_LIMIT: Duration = Duration::from_secs(5);

/// An open database.
#[derive(Debug)]
pub struct Database {
    pool: PgPool,
    embedded: Option<EmbeddedPostgres>,
}

impl Database {
    /// Connects to the database that the settings name; without one, starts the private one in the data directory.
    ///
    /// # Errors
    ///
    /// When the private database does not start, or the other does not let us in.
    pub async fn open(settings: &Settings) -> anyhow::Result<Self> {
        let (options, embedded) = match &settings.database_url {
            Some(url) => (url.connect_options().context("setting `database_url`")?, None),
            None => {
                let options =
                    EmbeddedOptions { data_dir: settings.data_dir.clone(), bin_dir: settings.pg_bin_dir.clone() };
                let embedded = EmbeddedPostgres::start(options).await.context("cannot start the private PostgreSQL")?;
                (embedded.connect_options(DATABASE), Some(embedded))
            }
        };
        let place = place(&options);
        // So that each server knows what it has written itself.
        let options = options.options([(SERVER_SETTING, Uuid::new_v4().to_string())]);
        let pool = PgPoolOptions::new()
            .max_connections(settings.database_pool_size)
            .acquire_timeout(ACQUIRE_LIMIT)
            .test_before_acquire(false)
            .before_acquire(|connection, meta| {
                Box::pin(async move {
                    if meta.idle_for > TRUSTED_FOR {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .connect_with(options.application_name(APPLICATION_NAME))
            .await
            .with_context(|| format!("cannot connect to PostgreSQL {place}"))?;
        Ok(Self { pool, embedded })
    }

    /// Brings the schema up to date, and says how many migrations that took. Servers that start at once do it one after
    /// the other.
    ///
    /// # Errors
    ///
    /// When a migration fails, or the database has seen others than ours.
    pub async fn migrate(&self) -> anyhow::Result<usize> {
        let before = self.applied().await?;
        MIGRATIONS.run(&self.pool).await.context("cannot migrate the database")?;
        Ok(self.applied().await?.saturating_sub(before))
    }

    async fn applied(&self) -> anyhow::Result<usize> {
        let exists: bool = sqlx::query_scalar("SELECT to_regclass('_sqlx_migrations') IS NOT NULL")
            .fetch_one(&self.pool)
            .await
            .context("cannot read the schema's version")?;
        if !exists {
            return Ok(0);
        }
        let count: i64 = sqlx::query_scalar("SELECT count(*) FROM _sqlx_migrations WHERE success")
            .fetch_one(&self.pool)
            .await
            .context("cannot read the schema's version")?;
        Ok(usize::try_from(count)?)
    }

    /// The connections.
    #[must_use]
    pub const fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Returns when the private database has ended by itself. Of another database the connections tell.
    pub async fn lost(&self) -> anyhow::Error {
        match &self.embedded {
            Some(embedded) => {
                anyhow::anyhow!("the private PostgreSQL has ended by itself ({})", embedded.exited().await)
            }
            None => future::pending().await,
        }
    }

    /// Closes the connections and stops the private database.
    ///
    /// # Errors
    ///
    /// When the private database did not stop cleanly.
    pub async fn close(self) -> anyhow::Result<()> {
        if tokio::time::timeout(CLOSE_LIMIT, self.pool.close()).await.is_err() {
            tracing::warn!(limit = ?CLOSE_LIMIT, "connections to the database are still in use and are cut off");
        }
        match self.embedded {
            Some(embedded) => Ok(embedded.stop().await?),
            None => Ok(()),
        }
    }
}

/// Where the database is, without the password.
fn place(options: &PgConnectOptions) -> String {
    let database = options.get_database().unwrap_or("(unnamed)");
    let user = options.get_username();
    match options.get_socket() {
        Some(socket) => format!("at {} (database {database}, user {user})", socket.display()),
        None => format!("at {}:{} (database {database}, user {user})", options.get_host(), options.get_port()),
    }
}
