//! As many open connections as the machine allows.

use std::time::Duration;

use anyhow::bail;

use crate::bench::Bench;
use crate::client::Crowd;
use crate::client::spec::Work;
use crate::table::Row;

/// Files that the server needs for other things.
const SPARE: u64 = 500;

/// Participants report in turn, at half of the peak.
pub async fn run(bench: &mut Bench) -> anyhow::Result<()> {
    let players = bench.size(40_000, 5_000);
    let connections = bench.files.saturating_sub(SPARE).min(bench.size(19_500, 2_000)).min(players);
    let peak = bench.peak().await?;
    let event = bench.event(2_000_000).await?;
    // Not seeded: active participants have come to the server before.
    let mut joins = bench.spec(Work::Join, &[event], players, 64);
    joins.warm_up = Duration::ZERO;
    joins.run = Duration::from_secs(60);
    let joined = bench.load(&joins).await?.all_good();
    if joined < players {
        bail!("only {joined} of {players} have joined");
    }
    let mut spec = bench.spec(Work::Report, &[event], players, connections);
    spec.rate = Some(peak / 2.0);
    // What each connection asks first is not measured, as it finds nothing made ready for it.
    spec.warm_up += Duration::from_secs_f64(connections as f64 / (peak / 2.0));
    // Long enough that a fast server hears from every connection a few times.
    spec.run = bench.run_time() * 3;
    let crowd = Crowd::gather(&spec, 3).await?;
    let measured = bench.run(crowd).await?;
    let memory = bench.server.memory()? >> 20;
    let p99 = measured.ms(0.99);
    let row = Row::new(format!("{players} participants, {connections} connections, half of {peak:.0}/s"))
        .measured(&measured)
        .baseline(format!("{memory} MiB resident"))
        .verdict("p99 < 15 ms, goal 5 ms; no error", p99 < 15.0 && measured.errors() == 0);
    bench.push(row);
    Ok(())
}
