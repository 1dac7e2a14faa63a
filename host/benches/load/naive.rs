//! The baseline over the same HTTP stack: a fixed body behind a token, and joins the naive way.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;

use anyhow::Context as _;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::serve::ListenerExt as _;
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use uuid::Uuid;
use world_events::auth::Keys;
use world_events::config::Settings;

use crate::client::request::keys;
use crate::server::{Database, SECRET};

/// The hidden argument that makes this program the naive server.
pub const ARGUMENT: &str = "--as-naive";

/// One row trigger that counts, one transaction for each join.
const SCHEMA: &str = "
    DROP SCHEMA IF EXISTS naive CASCADE; CREATE SCHEMA naive;
    CREATE TABLE naive.events (id uuid PRIMARY KEY, max_participants integer, current_participants integer NOT NULL
        DEFAULT 0, CHECK (current_participants <= max_participants));
    CREATE TABLE naive.participants (LIKE gameplay.event_participants INCLUDING DEFAULTS INCLUDING CONSTRAINTS,
        PRIMARY KEY (event_id, player_id));
    CREATE FUNCTION naive.count() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        UPDATE naive.events SET current_participants = current_participants + 1 WHERE id = NEW.event_id;
        RETURN NULL; END; $$;
    CREATE TRIGGER count AFTER INSERT ON naive.participants FOR EACH ROW EXECUTE FUNCTION naive.count();";

/// What the server needs to know.
#[derive(Serialize, Deserialize)]
struct Setup {
    socket: PathBuf,
    body: String,
}

/// A running naive server; dropping it kills it.
pub struct Naive {
    _child: Child,
    /// Host and port.
    pub address: String,
    /// Its event.
    pub event: Uuid,
}

impl Naive {
    /// Starts it on the database, with the body that it answers `GET /fixed` with.
    pub async fn start(database: &Database, pool: &PgPool, body: String) -> anyhow::Result<Self> {
        sqlx::raw_sql(SCHEMA).execute(pool).await?;
        let event = Uuid::now_v7();
        sqlx::query("INSERT INTO naive.events (id, max_participants) VALUES ($1, 2000000)")
            .bind(event)
            .execute(pool)
            .await?;
        let setup = serde_json::to_string(&Setup { socket: database.socket.clone(), body })?;
        let mut child = Command::new(std::env::current_exe()?)
            .arg(ARGUMENT)
            .env("LOAD_NAIVE_SETUP", setup)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let stdout = child.stdout.take().context("no stdout")?;
        let address = BufReader::new(stdout).lines().next_line().await?.context("the naive server does not start")?;
        Ok(Self { _child: child, address, event })
    }
}

struct App {
    keys: Keys,
    pool: PgPool,
    body: String,
}

/// Runs it, until it is killed.
pub fn run() -> anyhow::Result<()> {
    let setup: Setup = serde_json::from_str(&std::env::var("LOAD_NAIVE_SETUP")?)?;
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let pool = PgPoolOptions::new()
            .max_connections(Settings::default().database_pool_size)
            .connect_with(Database::options(&setup.socket))
            .await?;
        let app = Arc::new(App { keys: keys(SECRET)?, pool, body: setup.body });
        let router = Router::new()
            .route("/trivial", get(async || "ok"))
            .route("/fixed", get(fixed))
            .route("/events/{event}/participants", post(join))
            .with_state(app);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        println!("{}", listener.local_addr()?);
        std::io::stdout().flush()?;
        let listener = listener.tap_io(|connection| {
            let _ = connection.set_nodelay(true);
        });
        axum::serve(listener, router).await?;
        anyhow::Ok(())
    })
}

impl App {
    fn is_known(&self, headers: &HeaderMap) -> bool {
        let token = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        token.is_some_and(|token| self.keys.verify(token).is_ok())
    }
}

async fn fixed(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    if !app.is_known(&headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    ([(header::CONTENT_TYPE, "application/json")], app.body.clone()).into_response()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Join {
    player_id: String,
}

async fn join(
    State(app): State<Arc<App>>,
    Path(event): Path<Uuid>,
    headers: HeaderMap,
    Json(Join { player_id }): Json<Join>,
) -> Response {
    if !app.is_known(&headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    match insert(&app.pool, event, &player_id).await {
        Ok(participation) => (StatusCode::CREATED, Json(participation)).into_response(),
        Err(error) => {
            (StatusCode::CONFLICT, Json(json!({ "code": "CONFLICT", "message": error.to_string() }))).into_response()
        }
    }
}

async fn insert(pool: &PgPool, event: Uuid, player: &str) -> Result<Value, sqlx::Error> {
    let id = Uuid::now_v7();
    let mut transaction = pool.begin().await?;
    let (joined, active): (DateTime<Utc>, DateTime<Utc>) = sqlx::query_as(
        "INSERT INTO naive.participants (event_id, id, player_id) VALUES ($1, $2, $3) RETURNING join_time, last_activity",
    )
    .bind(event)
    .bind(id)
    .bind(player)
    .fetch_one(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(json!({ "id": id, "eventId": event, "playerId": player, "joinTime": joined, "status": "ACTIVE",
        "progressData": {}, "score": 0, "achievements": [], "lastActivity": active }))
}
