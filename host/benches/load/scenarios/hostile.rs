//! A bad neighbour.

use serde_json::json;

use crate::bench::Bench;
use crate::client::Crowd;
use crate::client::spec::Work;
use crate::guest::Guest;
use crate::table::{Goal, Row};

/// Calls of the hostile plugin a second.
const CALLS: f64 = 20.0;
/// Participants of the healthy event.
const PLAYERS: u64 = 10_000;

/// A healthy event at half its peak, without, with and without joins to an event whose rule never ends.
pub async fn run(bench: &mut Bench) -> anyhow::Result<()> {
    let spin = "(func $spin_forever (loop $again (br $again)))";
    let wasm = Guest::new("endless").more(spin).check("(call $spin_forever) (i32.const 0)").build();
    bench.publish("endless", wasm).await?;
    let hostile = bench.event_with(2_000_000, json!({ "plugin": "endless" })).await?;
    let peak = bench.peak().await?;
    let event = bench.event(2_000_000).await?;
    bench.seed(event, PLAYERS).await?;

    let (mut without, mut with) = (Vec::new(), None);
    for turn in 0..3 {
        let mut spec = bench.spec(Work::Report, &[event], PLAYERS, 64);
        spec.rate = Some(peak / 2.0);
        let crowd = Crowd::gather(&spec, 1).await?;
        if turn != 1 {
            without.push(bench.run(crowd).await?.ms(0.99));
            continue;
        }
        let mut bad = bench.spec(Work::Join, &[hostile], 2_000, 16);
        bad.rate = Some(CALLS);
        let neighbour = tokio::spawn(Crowd::gather(&bad, 1).await?.run());
        let measured = bench.run(crowd).await?;
        with = Some((measured, neighbour.await??));
    }
    let Some((measured, bad)) = with else { return Ok(()) };
    let mean = without.iter().sum::<f64>() / without.len().max(1) as f64;
    let alone: Vec<String> = without.iter().map(|ms| format!("{ms:.2}")).collect();
    bench.push(Row::new("the hostile plugin's calls").measured(&bad));
    let row = Row::new(format!("healthy event beside a hostile plugin, half of {peak:.0}/s"))
        .measured(&measured)
        .baseline(format!("p99 without: {} ms", alone.join(", ")))
        .ratio(measured.ms(0.99) / mean, Goal::Most(1.2));
    bench.push(row);
    Ok(())
}
