//! A real server for each test: its own database on a shared PostgreSQL, its own clock, real HTTP.

mod client;
pub mod database;
mod plugins;

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use serde_json::{Value, json};
use sqlx::PgPool;
use tempfile::TempDir;
use world_events::auth::{Claims, Keys, Role};
use world_events::clock::Clock;
use world_events::config::{MetricsListen, Settings};
use world_events::http_client;
use world_events::server::Server;

pub use self::client::{Answer, Client};
pub use self::plugins::wasm;
use crate::guest::Guest;

/// How long something that happens in the background may take before a test gives up.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A server that was started for one test.
pub struct TestServer {
    address: SocketAddr,
    settings: Settings,
    keys: Keys,
    http: reqwest::Client,
    server: Option<Server>,
    _data_dir: TempDir,
    /// The server's clock, which stands still until it is moved.
    pub clock: Clock,
    /// A connection to the server's database.
    pub database: PgPool,
}

/// When tests begin.
pub fn noon() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2030, 5, 1, 12, 0, 0).single().unwrap()
}

impl TestServer {
    /// A server with default settings.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// A server with other settings.
    pub async fn start_with(change: impl FnOnce(&mut Settings)) -> Self {
        let data_dir = tempfile::tempdir().unwrap();
        let (url, database) = database::fresh().await;
        let mut settings = Settings {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            metrics_listen: MetricsListen::Off,
            data_dir: data_dir.path().to_owned(),
            database_url: Some(url.try_into().unwrap()),
            plugin_compiler: Some(env!("CARGO_BIN_EXE_world-events").into()),
            ..Settings::default()
        };
        // Tests share the machine with others: only those about the clock may be stopped by it.
        settings.rules.decision.time_ms = 10_000;
        settings.rules.payout.time_ms = 10_000;
        settings.rules.queue_ms = 30_000;
        change(&mut settings);
        let clock = Clock::manual(noon());
        let server = Server::start(settings.clone(), clock.clone()).await.unwrap();
        let keys = Keys::load(&settings.key_source(), settings.jwt_algorithm, None).unwrap();
        Self {
            address: server.address(),
            settings,
            keys,
            http: http_client::plain().build().unwrap(),
            server: Some(server),
            _data_dir: data_dir,
            clock,
            database,
        }
    }

    /// Another server on the same database, with the same clock and key.
    pub async fn another(&self) -> Self {
        let data_dir = tempfile::tempdir().unwrap();
        for file in std::fs::read_dir(self.data_dir()).unwrap().flatten().filter(|file| file.path().is_file()) {
            std::fs::copy(file.path(), data_dir.path().join(file.file_name())).unwrap();
        }
        let settings = Settings { data_dir: data_dir.path().to_owned(), ..self.settings.clone() };
        let server = Server::start(settings.clone(), self.clock.clone()).await.unwrap();
        Self {
            address: server.address(),
            settings,
            keys: self.keys.clone(),
            http: self.http.clone(),
            server: Some(server),
            _data_dir: data_dir,
            clock: self.clock.clone(),
            database: self.database.clone(),
        }
    }

    /// Stops the server and starts it again on the same data.
    pub async fn restart(&mut self) {
        self.restart_with(|_| {}).await;
    }

    /// Stops the server and starts it again on the same data, with other settings.
    pub async fn restart_with(&mut self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.settings);
        self.server.take().unwrap().stop().await.unwrap();
        let server = Server::start(self.settings.clone(), self.clock.clone()).await.unwrap();
        self.address = server.address();
        self.server = Some(server);
    }

    /// Where the server listens.
    pub fn url(&self) -> String {
        format!("http://{}{}", self.address, self.settings.path_prefix.as_str())
    }

    /// Where the server keeps its data.
    pub fn data_dir(&self) -> &Path {
        &self.settings.data_dir
    }

    /// Where metrics are served.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.server.as_ref()?.metrics_address()
    }

    /// A token, valid for a year by the test's clock.
    pub fn token(&self, role: Role, subject: &str) -> String {
        let exp = (noon() + TimeDelta::days(365)).timestamp().try_into().unwrap();
        self.keys.mint(&Claims { sub: subject.to_owned(), role, exp }).unwrap()
    }

    fn client(&self, token: Option<String>) -> Client {
        Client::new(self.http.clone(), self.url(), token)
    }

    /// The client, but of what the server has outside of its prefix.
    pub fn at_root(&self, client: Client) -> Client {
        client.to(format!("http://{}", self.address))
    }

    /// Somebody without a token.
    pub fn stranger(&self) -> Client {
        self.client(None)
    }

    /// Somebody with this token.
    pub fn bearer(&self, token: &str) -> Client {
        self.client(Some(token.to_owned()))
    }

    /// An operator.
    pub fn operator(&self) -> Client {
        self.client(Some(self.token(Role::Operator, "operator")))
    }

    /// A designer.
    pub fn designer(&self) -> Client {
        self.client(Some(self.token(Role::Designer, "designer")))
    }

    /// A game server.
    pub fn game(&self) -> Client {
        self.client(Some(self.token(Role::GameServer, "game")))
    }

    /// A player.
    pub fn player(&self, id: &str) -> Client {
        self.client(Some(self.token(Role::Player, id)))
    }

    /// Publishes one of the example plugins; its version.
    pub async fn publish(&self, plugin: &str) -> Value {
        self.designer().publish(plugin, wasm(plugin).await).await.expect(201)
    }

    /// Publishes a plugin that a test has made.
    pub async fn publish_guest(&self, name: &str, guest: Guest) -> Value {
        self.designer().publish(name, guest.build()).await.expect(201)
    }

    /// Says what rules see of a player.
    pub async fn attributes(&self, player: &str, attributes: Value) {
        self.game().put(&format!("/players/{player}/attributes"), attributes).await.expect(200);
    }

    /// The participation of a player, as an operator sees it.
    pub async fn participation(&self, event: &Value, player: &str) -> Value {
        self.operator().get(&path(event, &format!("/participants/{player}"))).await.expect(200)
    }

    /// Lets so many players (`crowd-1`, `crowd-2`, …) take part without asking anybody, each with its number as the score.
    pub async fn crowd(&self, event: &Value, size: i32) {
        sqlx::query(
            "INSERT INTO gameplay.event_participants (event_id, id, player_id, join_time, score, score_at, last_activity) \
             SELECT $1::text::uuid, gen_random_uuid(), 'crowd-' || number, $3, number, $3, $3 \
             FROM generate_series(1, $2) AS number",
        )
        .bind(event["id"].as_str().unwrap())
        .bind(size)
        .bind(self.clock.now())
        .execute(&self.database)
        .await
        .unwrap();
    }

    /// Creates an event that is active for an hour, with members of its own.
    pub async fn event(&self, members: Value) -> Value {
        self.designer().post("/events", event_request(members)).await.expect(201)
    }

    /// Lets a player join an event.
    pub async fn join(&self, event: &Value, player: &str) -> Answer {
        let body = json!({ "playerId": player });
        patiently(|| async { self.game().post(&path(event, "/participants"), body.clone()).await }).await
    }

    /// Reports about a player.
    pub async fn report(&self, event: &Value, player: &str, report: Value) -> Answer {
        let below = path(event, &format!("/participants/{player}"));
        patiently(|| async { self.game().put(&below, report.clone()).await }).await
    }

    /// Waits until so many statements of the server wait for locks.
    pub async fn until_waiting(&self, statements: i64) {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        let waiting =
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        while sqlx::query_scalar::<_, i64>(waiting).fetch_one(&self.database).await.unwrap() < statements {
            assert!(tokio::time::Instant::now() < deadline, "nobody waits");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Reads the event again and again until it is as wanted.
    pub async fn wait_for(&self, event: &Value, wanted: impl Fn(&Value) -> bool) -> Value {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let event = self.operator().get(&path(event, "")).await.expect(200);
            if wanted(&event) {
                return event;
            }
            assert!(tokio::time::Instant::now() < deadline, "it never came to that: {event:#}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Asks again while the database has no connection left for the request, which then has done nothing: where many requests
/// come at once on a slow machine, that may happen.
pub async fn patiently<F: Future<Output = Answer>>(request: impl Fn() -> F) -> Answer {
    loop {
        let answer = request().await;
        if answer.status != 503 || answer.json()["code"] != "DATABASE_UNAVAILABLE" {
            return answer;
        }
    }
}

/// What creates an event that is active for an hour, with members of its own.
pub fn event_request(members: Value) -> Value {
    let mut request = json!({
        "name": "Hydra at the gates",
        "type": "INVASION",
        "region": "north",
        "difficulty": "HARD",
        "startTime": noon(),
        "endTime": noon() + TimeDelta::hours(1),
    });
    for (member, value) in members.as_object().unwrap() {
        request[member] = value.clone();
    }
    request
}

/// The path of an event, or of something below it.
pub fn path(event: &Value, below: &str) -> String {
    format!("/events/{}{below}", event["id"].as_str().unwrap())
}
