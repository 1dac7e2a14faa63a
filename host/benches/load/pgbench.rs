//! What PostgreSQL alone does: single rows, one transaction each, by pgbench.

use std::fmt::Write as _;
use std::time::Duration;

use anyhow::{Context as _, bail};
use sqlx::{AssertSqlSafe, PgPool};
use tokio::process::Command;

use crate::server::Database;

/// An event's id: the table's rows are those of one event, as a hot event's are.
const EVENT: &str = "01890000-0000-7000-8000-000000000001";

/// A statement that is repeated.
#[derive(Debug, Clone, Copy)]
pub enum Statement {
    /// A new participation.
    Insert,
    /// Score, progress and time of one among so many participations.
    Update {
        /// How many there are.
        rows: u64,
    },
}

impl Statement {
    fn script(self) -> String {
        match self {
            Self::Insert => format!(
                "\\set n :n + 1\n\\set k :client_id * 1000000 + :n\n\
                 INSERT INTO bench.participants (event_id, id, player_id, join_time, status, progress_data, score, \
                 score_at, achievements, last_activity, version) VALUES ('{EVENT}', gen_random_uuid(), \
                 'p' || (:k)::bigint::text, now(), 'ACTIVE', '{{}}', 0, now(), '[]', now(), 1);\n"
            ),
            Self::Update { rows } => format!(
                "\\set k random(1, {rows})\n\\set s random(1, 900)\n\
                 UPDATE bench.participants SET score = score + (:s)::bigint, score_at = now(), last_activity = now(), \
                 progress_data = jsonb_build_object('hits', 8, 'damage', (:s)::bigint, 'bestHit', 90, 'support', 20), \
                 version = version + 1 WHERE event_id = '{EVENT}' AND player_id = 'p' || (:k)::bigint::text;\n"
            ),
        }
    }
}

/// Makes the table anew: the columns, checks and primary key of participations, without triggers and other indexes.
async fn prepare(pool: &PgPool, statement: Statement) -> anyhow::Result<()> {
    let mut sql = String::from(
        "CREATE SCHEMA IF NOT EXISTS bench; DROP TABLE IF EXISTS bench.participants;
         CREATE TABLE bench.participants (LIKE gameplay.event_participants INCLUDING DEFAULTS INCLUDING CONSTRAINTS,
             PRIMARY KEY (event_id, player_id)) WITH (fillfactor = 80);",
    );
    if let Statement::Update { rows } = statement {
        write!(
            sql,
            "INSERT INTO bench.participants (event_id, id, player_id)
             SELECT '{EVENT}', gen_random_uuid(), 'p' || n FROM generate_series(1, {rows}) n;"
        )?;
    }
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(pool).await?;
    sqlx::raw_sql("ANALYZE bench.participants").execute(pool).await?;
    Ok(())
}

/// Transactions a second, by the seconds in which all clients were warm: each of them first opens a connection, which starts
/// a process, and that one fills its caches. Counted in, that would make the baseline look far slower than it is.
pub async fn run(
    database: &Database,
    pool: &PgPool,
    statement: Statement,
    clients: u64,
    time: Duration,
) -> anyhow::Result<f64> {
    prepare(pool, statement).await?;
    let warm_up = 2 + clients / 100;
    let script = tempfile::NamedTempFile::new()?;
    tokio::fs::write(script.path(), statement.script()).await?;
    let output = Command::new(database.programs.join("pgbench"))
        .args(["-n", "-M", "prepared", "-j", "2", "-D", "n=0", "-U", world_events::store::embedded::ROLE])
        .args(["-c", &clients.to_string(), "-T", &(warm_up + time.as_secs()).to_string(), "-P", "1"])
        .arg("-h")
        .arg(&database.socket)
        .arg("-p")
        .arg("5432")
        .arg("-f")
        .arg(script.path())
        .arg(world_events::store::embedded::DATABASE)
        .kill_on_drop(true)
        .output()
        .await
        .context("cannot run pgbench")?;
    let text = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        bail!("pgbench failed: {text}");
    }
    // progress: 3.0 s, 5759.0 tps, lat 11.1 ms stddev 3.2
    let seconds = text.lines().filter_map(|line| line.strip_prefix("progress: ")?.split_once(" s, "));
    let warm = seconds.filter(|(at, _)| at.parse().is_ok_and(|at: f64| at > warm_up as f64 + 0.5));
    let rates: Vec<f64> = warm.filter_map(|(_, rest)| rest.split_whitespace().next()?.parse().ok()).collect();
    if rates.is_empty() {
        bail!("pgbench did not get warm: {text}");
    }
    Ok(rates.iter().sum::<f64>() / rates.len() as f64)
}
