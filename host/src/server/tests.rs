//! Starting and stopping, with a real private database.

use std::path::Path;

use axum::{extract::State, routing::get};
use tokio::sync::mpsc;

use super::*;
use crate::http_client;

fn settings(data_dir: &Path) -> Settings {
    let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
    Settings {
        listen: any_port,
        metrics_listen: MetricsListen::At(any_port),
        data_dir: data_dir.to_owned(),
        ..Settings::default()
    }
}

/// Answers from the database, and slowly when told.
fn routes(parts: &Parts, began: mpsc::UnboundedSender<()>) -> Router {
    let answer = get(|State(pool): State<PgPool>| async move {
        let answer: i32 = sqlx::query_scalar("SELECT 42").fetch_one(&pool).await.unwrap();
        answer.to_string()
    });
    let slow = get(move |State(pool): State<PgPool>| async move {
        began.send(()).unwrap();
        let (): () = sqlx::query_scalar("SELECT pg_sleep(1)").fetch_one(&pool).await.unwrap();
        "done"
    });
    Router::new().route("/answer", answer).route("/slow", slow).with_state(parts.pool.clone())
}

async fn get_text(address: SocketAddr, path: &str) -> reqwest::Result<String> {
    let http = http_client::plain().build()?;
    http.get(format!("http://{address}{path}")).send().await?.text().await
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_under_way_finish_before_the_database_stops() {
    let dir = tempfile::tempdir().unwrap();
    let (began, mut begins) = mpsc::unbounded_channel();
    let server = Server::start_with(settings(dir.path()), async |parts| Ok(routes(parts, began))).await.unwrap();
    let address = server.address();
    assert_eq!(get_text(address, "/answer").await.unwrap(), "42");
    let metrics = get_text(server.metrics_address().unwrap(), "/metrics").await.unwrap();
    let size = metrics.lines().find_map(|line| line.strip_prefix("world_events_database_pool_size "));
    assert!(size.unwrap().parse::<u32>().unwrap() >= 1, "{metrics}");

    let slow = tokio::spawn(async move { get_text(address, "/slow").await });
    begins.recv().await.unwrap();
    server.stop().await.unwrap();
    assert_eq!(slow.await.unwrap().unwrap(), "done");
    assert!(get_text(address, "/answer").await.is_err(), "nobody listens any more");
    assert!(!dir.path().join("postgres/postmaster.pid").exists(), "the database has stopped in order");
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_take_too_long_are_cut_off() {
    let dir = tempfile::tempdir().unwrap();
    let (began, mut begins) = mpsc::unbounded_channel();
    let settings = Settings { shutdown_grace: Duration::from_millis(1), ..settings(dir.path()) };
    let server = Server::start_with(settings, async |parts| Ok(routes(parts, began))).await.unwrap();
    let address = server.address();
    tokio::spawn(async move { get_text(address, "/slow").await });
    begins.recv().await.unwrap();
    let error = server.stop().await.unwrap_err().to_string();
    assert!(error.contains("cut off"), "{error}");
    assert!(!dir.path().join("postgres/postmaster.pid").exists(), "the database has stopped in order all the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_dies_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start_with(settings(dir.path()), async |_| Ok(Router::new())).await.unwrap();
    let pid = std::fs::read_to_string(dir.path().join("postgres/postmaster.pid")).unwrap();
    let pid = nix::unistd::Pid::from_raw(pid.lines().next().unwrap().parse().unwrap());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).unwrap();
    let failure = server.failure().await.to_string();
    assert!(failure.contains("PostgreSQL has ended by itself"), "{failure}");
    assert!(server.stop().await.is_err());
}

#[tokio::test]
async fn a_taken_address_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let holder = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = holder.local_addr().unwrap();
    for (setting, settings) in [
        ("listen", Settings { listen: taken, ..settings(dir.path()) }),
        ("metrics_listen", Settings { metrics_listen: MetricsListen::At(taken), ..settings(dir.path()) }),
    ] {
        let error = Server::start_with(settings, async |_| Ok(Router::new())).await.unwrap_err();
        assert!(format!("{error:#}").contains(&format!("{taken} (setting `{setting}`)")), "{error:#}");
    }
    drop(holder);
    assert!(!dir.path().join("postgres").exists(), "the addresses are taken first");
}

#[tokio::test(flavor = "multi_thread")]
async fn routes_that_fail_leave_nothing_running() {
    let dir = tempfile::tempdir().unwrap();
    let error =
        Server::start_with(settings(dir.path()), async |_| Err(anyhow::anyhow!("no routes today"))).await.unwrap_err();
    assert!(format!("{error:#}").contains("no routes today"));
    assert!(dir.path().join("postgres").exists() && !dir.path().join("postgres/postmaster.pid").exists());
}
