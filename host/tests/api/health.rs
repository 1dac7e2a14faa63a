//! `GET /health`

use std::path::Path;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

use crate::support::{PATIENCE, TestServer, noon};

/// Asks again and again until the status is as wanted.
async fn wait_for(server: &TestServer, code: u16, status: &str) -> Value {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let answer = server.stranger().get("/health").await;
        if answer.status.as_u16() == code {
            let report = answer.json();
            assert_eq!(report["status"], status);
            return report;
        }
        assert!(tokio::time::Instant::now() < deadline, "never {status}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_well_server_says_so() {
    let server = TestServer::start().await;
    let report = server.stranger().get("/health").await.expect(200);
    assert_eq!(report["status"], "healthy");
    assert_eq!(report["timestamp"], json!(noon()));
    assert_eq!(report["version"], env!("CARGO_PKG_VERSION"));
    assert!(report["uptime"].is_u64(), "{report}");
    assert_eq!(report.as_object().unwrap().len(), 4, "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_does_not_wait_for_the_database() {
    let server = TestServer::start_with(|settings| settings.database_pool_size = 3).await;
    let mut transaction = server.database.begin().await.unwrap();
    sqlx::query("LOCK TABLE gameplay.world_events").execute(&mut *transaction).await.unwrap();
    // More requests than connections, and all of them wait for the lock.
    let waiting: Vec<_> = (0..6)
        .map(|_| {
            let client = server.operator();
            tokio::spawn(async move { client.get("/events").await.status.as_u16() })
        })
        .collect();
    wait_for(&server, 503, "unhealthy").await;
    assert!(waiting.iter().any(|request| !request.is_finished()));
    transaction.rollback().await.unwrap();
    wait_for(&server, 200, "healthy").await;
}

/// The first line of the file that PostgreSQL keeps while it runs.
fn postmaster(data_dir: &Path) -> Pid {
    let file = std::fs::read_to_string(data_dir.join("postgres/postmaster.pid")).unwrap();
    Pid::from_raw(file.lines().next().unwrap().trim().parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_database_the_server_is_unhealthy_and_says_when_to_try_again() {
    let server = TestServer::start_with(|settings| settings.database_url = None).await;
    let event = server.event(json!({})).await;
    kill(postmaster(server.data_dir()), Signal::SIGKILL).unwrap();
    wait_for(&server, 503, "unhealthy").await;
    let answer = server.operator().get(&crate::support::path(&event, "")).await;
    assert!(answer.header("retry-after").is_some());
    answer.expect_error(503, "DATABASE_UNAVAILABLE");
}
