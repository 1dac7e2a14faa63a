//! How cost grows.

use crate::bench::Bench;
use crate::client::spec::Work;
use crate::table::Row;

/// Joins and reports where more and more take part already, and spread over more and more events.
pub async fn run(bench: &mut Bench) -> anyhow::Result<()> {
    let sizes = if bench.quick { vec![1_000, 20_000] } else { vec![1_000, 100_000, 1_000_000] };
    for size in sizes {
        let event = bench.event(4_000_000).await?;
        bench.seed(event, size).await?;
        let reports = bench.load(&bench.spec(Work::Report, &[event], size, 64)).await?;
        bench.push(Row::new(format!("growth: report, {size} participants")).measured(&reports));
        let mut spec = bench.spec(Work::Join, &[event], bench.known(), 64);
        spec.first = size;
        if size + spec.players > bench.known() {
            know(bench, size, spec.players).await?;
        }
        let joins = bench.load(&spec).await?;
        bench.push(Row::new(format!("growth: join, {size} participants")).measured(&joins));
    }
    for count in if bench.quick { vec![1, 20] } else { vec![1, 100, 1_000] } {
        let mut events = Vec::new();
        for _ in 0..count {
            events.push(bench.event(2_000_000).await?);
        }
        let joins = bench.load(&bench.spec(Work::Join, &events, bench.known(), 64)).await?;
        bench.push(Row::new(format!("growth: join, {count} events")).measured(&joins));
        // Those who have joined: each connection has let in its players from the first on, so that a part of the
        // slowest connection's share may be missing.
        let players = joins.all_good() / 2;
        let reports = bench.load(&bench.spec(Work::Report, &events, players.max(1), 64)).await?;
        bench.push(Row::new(format!("growth: report, {count} events")).measured(&reports));
    }
    Ok(())
}

/// Makes more players known.
async fn know(bench: &Bench, first: u64, count: u64) -> anyhow::Result<()> {
    sqlx::query(
        "INSERT INTO gameplay.player_attributes (player_id, attributes)
         SELECT 'p' || lpad(n::text, 8, '0'), '{\"level\": 50, \"faction\": \"dawn\"}'
         FROM generate_series($1::bigint, $1::bigint + $2::bigint - 1) n ON CONFLICT DO NOTHING",
    )
    .bind(i64::try_from(first)?)
    .bind(i64::try_from(count)?)
    .execute(&bench.pool)
    .await?;
    Ok(())
}
