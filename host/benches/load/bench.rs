//! What all scenarios share: the server, its database, players, events.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;
use world_events::auth::Role;
use world_events::http_client;
use world_events::workshop::build;

use crate::client::request::{keys, token};
use crate::client::spec::{Measured, Spec, Work};
use crate::client::{Crowd, load};
use crate::naive::Naive;
use crate::pgbench::{self, Statement};
use crate::server::{SECRET, Server};
use crate::table::Row;

/// A benchmark that is under way.
pub struct Bench {
    /// The server under test.
    pub server: Server,
    /// Its database.
    pub pool: PgPool,
    /// Whether phases are short and populations small.
    pub quick: bool,
    /// How many files a process may have open.
    pub files: u64,
    /// The table so far.
    pub rows: Vec<Row>,
    /// Reports a second at 64 connections, once measured.
    pub peak: Option<f64>,
    /// The last `sequence` that was reported to any event.
    sequence: u64,
    http: reqwest::Client,
    designer: String,
}

impl Bench {
    /// Starts the server, publishes the plugin, and makes the players known.
    pub async fn start(quick: bool, files: u64) -> anyhow::Result<Self> {
        let server = Server::start().await?;
        let pool = server.database.pool().await?;
        let designer = token(&keys(SECRET)?, "load", Role::Operator)?;
        let http = http_client::plain().build()?;
        let bench = Self { server, pool, quick, files, rows: Vec::new(), peak: None, sequence: 0, http, designer };
        bench.publish_example("boss-invasion").await?;
        sqlx::query(
            "INSERT INTO gameplay.player_attributes (player_id, attributes)
             SELECT 'p' || lpad(n::text, 8, '0'), jsonb_build_object('level', 10 + n % 90, 'faction', 'dawn')
             FROM generate_series(0, $1::bigint - 1) n",
        )
        .bind(i64::try_from(bench.known())?)
        .execute(&bench.pool)
        .await?;
        sqlx::raw_sql("ANALYZE gameplay.player_attributes").execute(&bench.pool).await?;
        Ok(bench)
    }

    /// How many players the server knows; their numbers are from 0.
    pub const fn known(&self) -> u64 {
        self.size(400_000, 60_000)
    }

    /// A size for a full run, and one for a quick one.
    pub const fn size(&self, full: u64, quick: u64) -> u64 {
        if self.quick { quick } else { full }
    }

    /// How long a phase is measured.
    pub const fn run_time(&self) -> Duration {
        Duration::from_secs(if self.quick { 2 } else { 5 })
    }

    /// Builds one of the example plugins, and publishes it.
    pub async fn publish_example(&self, name: &str) -> anyhow::Result<()> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins").join(name);
        let built = tokio::task::spawn_blocking(move || build::build(&folder)).await??;
        self.publish(name, tokio::fs::read(built.wasm).await?).await
    }

    /// Publishes a plugin.
    pub async fn publish(&self, name: &str, wasm: Vec<u8>) -> anyhow::Result<()> {
        let url = format!("http://{}/plugins/{name}/versions", self.server.address);
        let request = self.http.post(url).header("content-type", "application/wasm").body(wasm);
        self.send(request).await.map(|_| ())
    }

    /// Sends a request as an operator; the body of a good answer.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> anyhow::Result<String> {
        let response = request.bearer_auth(&self.designer).send().await?;
        let status = response.status();
        let text = response.text().await?;
        if !status.is_success() {
            bail!("{status}: {text}");
        }
        Ok(text)
    }

    /// Reads a path of the API.
    pub async fn get(&self, path: &str) -> anyhow::Result<String> {
        self.send(self.http.get(format!("http://{}{path}", self.server.address))).await
    }

    /// Changes an event.
    pub async fn put_event(&self, event: Uuid, body: &Value) -> anyhow::Result<String> {
        self.send(self.http.put(format!("http://{}/events/{event}", self.server.address)).json(body)).await
    }

    /// An active event with the rules of the boss invasion.
    pub async fn event(&self, cap: u64) -> anyhow::Result<Uuid> {
        let parameters =
            json!({ "minLevel": 10, "factions": ["dawn", "tide"], "elementPercent": { "fire": 150, "ice": 50 } });
        self.event_with(cap, json!({ "plugin": "boss-invasion", "parameters": parameters })).await
    }

    /// An active event with rules, or `null` for none.
    pub async fn event_with(&self, cap: u64, rules: Value) -> anyhow::Result<Uuid> {
        let body = json!({
            "name": "Hydra", "type": "INVASION", "region": "north", "difficulty": "HARD", "rules": rules,
            "startTime": chrono::Utc::now() - chrono::TimeDelta::minutes(1), "maxParticipants": cap,
            "description": "The hydra rises from the northern marshes, and all who can bear arms are called.",
        });
        let url = format!("http://{}/events", self.server.address);
        let event: Value = serde_json::from_str(&self.send(self.http.post(url).json(&body)).await?)?;
        Ok(event.get("id").and_then(Value::as_str).context("an event without an id")?.parse()?)
    }

    /// Puts players 0 to `count` into an event. To be done before the server has read anything of the event. What
    /// PostgreSQL has to do afterwards (clearing up, writing to disk) is done before this returns, and not measured.
    pub async fn seed(&self, event: Uuid, count: u64) -> anyhow::Result<()> {
        sqlx::query(
            "INSERT INTO gameplay.event_participants (event_id, id, player_id, score)
             SELECT $1, gen_random_uuid(), 'p' || lpad(n::text, 8, '0'), (random() * 100000)::bigint
             FROM generate_series(0, $2::bigint - 1) n",
        )
        .bind(event)
        .bind(i64::try_from(count)?)
        .execute(&self.pool)
        .await?;
        for after in ["VACUUM (ANALYZE) gameplay.event_participants", "CHECKPOINT"] {
            sqlx::raw_sql(after).execute(&self.pool).await?;
        }
        Ok(())
    }

    /// A load on the server.
    pub fn spec(&self, work: Work, events: &[Uuid], players: u64, connections: u64) -> Spec {
        Spec {
            address: self.server.address.clone(),
            secret: SECRET.to_owned(),
            work,
            events: events.to_vec(),
            first: 0,
            players,
            connections,
            rate: None,
            warm_up: Duration::from_millis(if self.quick { 500 } else { 1500 }),
            run: self.run_time(),
            sequence: self.sequence,
            source: 1,
        }
    }

    /// The last `sequence` that was reported to any event.
    pub const fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Makes a load, and says so if it was in vain.
    pub async fn load(&mut self, spec: &Spec) -> anyhow::Result<Measured> {
        let measured = load(spec).await?;
        self.note(&measured);
        Ok(measured)
    }

    /// Makes a load by so many processes, gathered before.
    pub async fn run(&mut self, crowd: Crowd) -> anyhow::Result<Measured> {
        let measured = crowd.run().await?;
        self.note(&measured);
        Ok(measured)
    }

    fn note(&mut self, measured: &Measured) {
        self.sequence = self.sequence.max(measured.counts.sequence);
        if measured.errors() > 0 {
            eprintln!("   {}: {}", measured.complaints(), measured.counts.refusal.as_deref().unwrap_or_default());
        }
    }

    /// Transactions a second of a single-row statement.
    pub async fn pgbench(&self, statement: Statement, clients: u64) -> anyhow::Result<f64> {
        pgbench::run(&self.server.database, &self.pool, statement, clients, self.run_time()).await
    }

    /// The naive server, which answers `/fixed` with a body.
    pub async fn naive(&self, body: String) -> anyhow::Result<Naive> {
        Naive::start(&self.server.database, &self.pool, body).await
    }

    /// A number from the database.
    pub async fn count(&self, sql: &'static str, event: Uuid) -> anyhow::Result<i64> {
        Ok(sqlx::query_scalar(sql).bind(event).fetch_one(&self.pool).await?)
    }

    /// Adds a row to the table, and shows it.
    pub fn push(&mut self, row: Row) {
        eprintln!("   {}", row.line());
        self.rows.push(row);
    }

    /// Reports a second that the server takes at 64 connections: measured by `progress`, or here in short.
    pub async fn peak(&mut self) -> anyhow::Result<f64> {
        if let Some(peak) = self.peak {
            return Ok(peak);
        }
        let event = self.event(2_000_000).await?;
        self.seed(event, 10_000).await?;
        let measured = self.load(&self.spec(Work::Report, &[event], 10_000, 64)).await?;
        let peak = measured.per_second();
        self.peak = Some(peak);
        Ok(peak)
    }
}
