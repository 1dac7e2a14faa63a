//! One PostgreSQL for all tests of this process, one database for each: a copy of one that is migrated once.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, PgPool};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use world_events::store::MIGRATIONS;
use world_events::store::embedded::{EmbeddedOptions, EmbeddedPostgres};

const TEMPLATE: &str = "migrated";

struct Cluster {
    postgres: EmbeddedPostgres,
    // What PostgreSQL is watched from; it lives as long as the process.
    _runtime: Runtime,
    _data_dir: TempDir,
}

fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| {
        let runtime = Runtime::new().unwrap();
        let data_dir = tempfile::tempdir().unwrap();
        let options = EmbeddedOptions { data_dir: data_dir.path().to_owned(), bin_dir: None };
        let postgres = runtime.block_on(async {
            let postgres = EmbeddedPostgres::start(options).await.unwrap();
            let mut connection = connect(&postgres.connect_options("postgres")).await;
            sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {TEMPLATE}"))).execute(&mut connection).await.unwrap();
            let mut connection = connect(&postgres.connect_options(TEMPLATE)).await;
            MIGRATIONS.run(&mut connection).await.unwrap();
            connection.close().await.unwrap();
            postgres
        });
        Cluster { postgres, _runtime: runtime, _data_dir: data_dir }
    })
}

async fn connect(options: &PgConnectOptions) -> PgConnection {
    PgConnection::connect_with(options).await.unwrap()
}

/// A fresh, migrated database: its URL, and a connection to it.
pub async fn fresh() -> (String, PgPool) {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let cluster = tokio::task::spawn_blocking(cluster).await.unwrap();
    let mut connection = connect(&cluster.postgres.connect_options("postgres")).await;
    let create = format!("CREATE DATABASE {name} TEMPLATE {TEMPLATE}");
    sqlx::query(AssertSqlSafe(create)).execute(&mut connection).await.unwrap();
    let options = cluster.postgres.connect_options(&name);
    let url = options.to_url_lossy().to_string();
    (url, PgPoolOptions::new().max_connections(2).connect_lazy_with(options))
}
