//! What the server remembers of those who take part.

use std::time::Duration;

use crate::bench::Bench;
use crate::client::spec::Work;
use crate::table::Row;

/// Everybody joins and reports once; the rest of the server was warm before.
pub async fn run(bench: &mut Bench) -> anyhow::Result<()> {
    let players = bench.size(100_000, 3_000);
    bench.peak().await?;
    let event = bench.event(2_000_000).await?;
    let before = bench.server.memory()?;
    let mut spec = bench.spec(Work::Join, &[event], players, 64);
    spec.warm_up = Duration::ZERO;
    // Bounds a slow server; a fast one is done much earlier.
    spec.run = Duration::from_secs(bench.size(60, 20));
    let joined = bench.load(&spec).await?.all_good();
    let mut spec = bench.spec(Work::Report, &[event], joined.max(1), 64);
    spec.warm_up = Duration::ZERO;
    // Connections take turns at their own pace: the slowest needs the longest to come round once.
    let rate = bench.peak().await?;
    spec.run = Duration::from_secs_f64((joined as f64 / rate * 2.5).clamp(1.0, 120.0));
    bench.load(&spec).await?;
    let reported = bench
        .count("SELECT count(*) FROM gameplay.event_participants WHERE event_id = $1 AND version > 1", event)
        .await?
        .unsigned_abs();
    let after = bench.server.memory()?;
    let each = after.saturating_sub(before) as f64 / joined.max(1) as f64;
    let row = Row::new(format!("memory of {joined} participations, {reported} with reports")).baseline(format!(
        "{} MiB before, {} MiB after; {each:.0} bytes each",
        before >> 20,
        after >> 20
    ));
    // With fewer, what was in memory before hides what they take.
    let row = if joined == 100_000 && reported == joined {
        row.verdict("< 10 KB each", each < 10_000.0)
    } else {
        row.note("too few to tell")
    };
    bench.push(row);
    Ok(())
}
