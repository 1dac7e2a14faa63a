//! One PostgreSQL for all tests of this process, one database for each: a copy of one that is migrated once, dropped when
//! the test is over, as hundreds of them would fill a disk.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, PgPool};
use tokio::runtime::Runtime;
use world_events::store::MIGRATIONS;
use world_events::store::embedded::{EmbeddedOptions, EmbeddedPostgres};

const TEMPLATE: &str = "migrated";

struct Cluster {
    postgres: EmbeddedPostgres,
    // What PostgreSQL is watched from; it lives as long as the process.
    runtime: Runtime,
}

/// Where this process keeps its cluster. Nobody removes it when the process ends, so what earlier ones have left goes now.
fn data_dir() -> PathBuf {
    const PREFIX: &str = "api-";
    let parent = Path::new(env!("CARGO_TARGET_TMPDIR"));
    for entry in std::fs::read_dir(parent).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let owner = name.strip_prefix(PREFIX).and_then(|pid| pid.parse::<u32>().ok());
        if owner.is_some_and(|pid| !Path::new(&format!("/proc/{pid}")).exists()) {
            // Another run may be removing it as well.
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
    parent.join(format!("{PREFIX}{}", std::process::id()))
}

fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| {
        let runtime = Runtime::new().unwrap();
        let options = EmbeddedOptions { data_dir: data_dir(), bin_dir: None };
        let postgres = runtime.block_on(async {
            let postgres = EmbeddedPostgres::start(options).await.unwrap();
            let mut connection = connect(&postgres.connect_options("postgres")).await;
            sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {TEMPLATE}"))).execute(&mut connection).await.unwrap();
            let mut connection = connect(&postgres.connect_options(TEMPLATE)).await;
            MIGRATIONS.run(&mut connection).await.unwrap();
            connection.close().await.unwrap();
            postgres
        });
        Cluster { postgres, runtime }
    })
}

async fn connect(options: &PgConnectOptions) -> PgConnection {
    PgConnection::connect_with(options).await.unwrap()
}

/// Drops the database when the last connection pool to it goes.
struct DropLater(String);

impl Drop for DropLater {
    fn drop(&mut self) {
        let drop_database = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.0);
        // On a thread of its own, as a test's runtime must not be blocked from within.
        let dropped = std::thread::spawn(move || {
            let cluster = cluster();
            cluster.runtime.block_on(async {
                let mut connection = PgConnection::connect_with(&cluster.postgres.connect_options("postgres")).await?;
                sqlx::query(AssertSqlSafe(drop_database)).execute(&mut connection).await
            })
        });
        // A database that stays costs a little space, and is gone with the next run.
        let _ = dropped.join();
    }
}

/// A fresh, migrated database: its URL, and a connection to it. It is dropped together with the connection.
pub async fn fresh() -> (String, PgPool) {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let cluster = tokio::task::spawn_blocking(cluster).await.unwrap();
    let mut connection = connect(&cluster.postgres.connect_options("postgres")).await;
    let create = format!("CREATE DATABASE {name} TEMPLATE {TEMPLATE}");
    sqlx::query(AssertSqlSafe(create)).execute(&mut connection).await.unwrap();
    let options = cluster.postgres.connect_options(&name);
    let url = options.to_url_lossy().to_string();
    let drop_later = DropLater(name);
    let pool = PgPoolOptions::new().max_connections(2).after_connect(move |_, _| {
        // Held by the pool for as long as there is one.
        let _ = &drop_later;
        Box::pin(async { Ok(()) })
    });
    (url, pool.connect_lazy_with(options))
}
