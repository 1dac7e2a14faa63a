//! Reports and claims.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use uuid::Uuid;

use crate::bench::Bench;
use crate::client::spec::Work;
use crate::pgbench::Statement;
use crate::table::{Goal, Row};

/// Participants of an event that is reported to.
const PLAYERS: u64 = 40_000;
/// Reports in a request.
const BULK: u64 = 500;

/// 64 and 512 connections, between two runs of pgbench with as many clients.
pub async fn single(bench: &mut Bench) -> anyhow::Result<()> {
    for (connections, least) in [(64, 1.0), (512, 1.3)] {
        let statement = Statement::Update { rows: PLAYERS };
        let before = bench.pgbench(statement, connections).await?;
        let event = filled(bench).await?;
        let measured = bench.load(&bench.spec(Work::Report, &[event], PLAYERS, connections)).await?;
        let after = bench.pgbench(statement, connections).await?;
        if connections == 64 {
            bench.peak = Some(measured.per_second());
        }
        let row = Row::new(format!("scored progress, {connections} connections"))
            .measured(&measured)
            .baseline(format!("UPDATE {before:.0}, {after:.0}/s"))
            .ratio(measured.per_second() * 2.0 / (before + after), Goal::Least(least));
        bench.push(row);
    }
    Ok(())
}

/// Eight game servers that report 500 players in a request, between single reports.
pub async fn bulk(bench: &mut Bench) -> anyhow::Result<()> {
    let event = filled(bench).await?;
    let single = bench.load(&bench.spec(Work::Report, &[event], PLAYERS, 64)).await?;
    // Each report that is applied raises the version of its participation, whatever the status of the whole answer.
    const VERSIONS: &str = "SELECT sum(version)::bigint FROM gameplay.event_participants WHERE event_id = $1";
    let versions = bench.count(VERSIONS, event).await?;
    let measured = bench.load(&bench.spec(Work::Bulk(BULK), &[event], PLAYERS, 8)).await?;
    let applied = bench.count(VERSIONS, event).await? - versions;
    if measured.is_missing() {
        bench.push(Row::new("bulk progress, 500 reports a request").note("no such endpoint"));
        return Ok(());
    }
    let again = bench.load(&bench.spec(Work::Report, &[event], PLAYERS, 64)).await?;
    let baseline = f64::midpoint(single.per_second(), again.per_second());
    let share = applied as f64 / (measured.all_good() * BULK).max(1) as f64;
    let reports = measured.per_second() * BULK as f64 * share;
    let row = Row::new("bulk progress, 500 reports a request, in reports")
        .measured(&measured)
        .per_second(reports)
        .baseline(format!(
            "single {:.0}, {:.0}/s; {:.1} % of the reports applied",
            single.per_second(),
            again.per_second(),
            share * 100.0
        ))
        .ratio(reports / baseline, Goal::Least(3.0));
    bench.push(row);
    Ok(())
}

/// One reward each, in an event without a payout rule, between two runs of pgbench.
pub async fn claim(bench: &mut Bench) -> anyhow::Result<()> {
    let players = bench.known();
    let before = bench.pgbench(Statement::Update { rows: PLAYERS }, 64).await?;
    let event = bench.event_with(2_000_000, serde_json::Value::Null).await?;
    bench.seed(event, players).await?;
    sqlx::query(
        "INSERT INTO gameplay.event_rewards (event_id, id, player_id, reward_type, amount)
         SELECT $1, gen_random_uuid(), 'p' || lpad(n::text, 8, '0'), 'xp', 50 FROM generate_series(0, $2::bigint - 1) n",
    )
    .bind(event)
    .bind(i64::try_from(players)?)
    .execute(&bench.pool)
    .await
    .context("cannot seed rewards")?;
    sqlx::raw_sql("ANALYZE gameplay.event_rewards").execute(&bench.pool).await?;
    let measured = bench.load(&bench.spec(Work::Claim, &[event], players, 64)).await?;
    let after = bench.pgbench(Statement::Update { rows: PLAYERS }, 64).await?;
    let row = Row::new("claim, 64 connections")
        .measured(&measured)
        .baseline(format!("UPDATE {before:.0}, {after:.0}/s"))
        .ratio(measured.per_second() * 2.0 / (before + after), Goal::Least(0.8));
    bench.push(row);
    Ok(())
}

/// An event whose players have joined through the server, as those who report have: it holds their participations.
async fn filled(bench: &mut Bench) -> anyhow::Result<Uuid> {
    let event = bench.event(2_000_000).await?;
    let mut spec = bench.spec(Work::Join, &[event], PLAYERS, 64);
    // All of them join; this only bounds a server that is stuck.
    spec.run = Duration::from_secs(60);
    let joined = bench.load(&spec).await?;
    ensure!(joined.errors() == 0, "not all players have joined");
    Ok(event)
}
