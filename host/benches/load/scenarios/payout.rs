//! The end of a large event.

use std::time::{Duration, Instant};

use anyhow::bail;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::bench::Bench;
use crate::client::Crowd;
use crate::client::spec::Work;
use crate::table::{Goal, Row};

/// Participants of the other event.
const PLAYERS: u64 = 10_000;
/// When the benchmark gives up.
const PATIENCE: Duration = Duration::from_secs(180);

/// Another event's reports at half the peak, before and while the large one is paid.
pub async fn run(bench: &mut Bench) -> anyhow::Result<()> {
    let players = bench.size(1_000_000, 20_000);
    let peak = bench.peak().await?;
    let other = bench.event(2_000_000).await?;
    bench.seed(other, PLAYERS).await?;
    let large = bench.event(2_000_000).await?;
    bench.seed(large, players).await?;
    let mut spec = bench.spec(Work::Report, &[other], PLAYERS, 64);
    spec.rate = Some(peak / 2.0);
    let without = bench.load(&spec).await?;

    // What was reported a moment ago would not count again.
    spec.sequence = without.counts.sequence;
    let crowd = Crowd::gather(&spec, 1).await?;
    let began = Instant::now();
    bench.put_event(large, &json!({ "status": "COMPLETED" })).await?;
    let (with, paid) = tokio::join!(crowd.run(), settled(bench, large, began));
    let (with, seconds) = (with?, paid?);
    let rewards = bench.count("SELECT count(*) FROM gameplay.event_rewards WHERE event_id = $1", large).await?;
    let paid =
        bench.count("SELECT count(DISTINCT player_id) FROM gameplay.event_rewards WHERE event_id = $1", large).await?;
    let scored = bench
        .count("SELECT count(*) FROM gameplay.event_participants WHERE event_id = $1 AND score > 0", large)
        .await?;
    let row = Row::new(format!("payout of {players} participants"))
        .per_second(players as f64 / seconds)
        .baseline(format!("{seconds:.1} s, {rewards} rewards, {paid} of {scored} who scored are paid"))
        .verdict("everybody who scored, once", paid == scored && rewards >= paid);
    bench.push(row);
    let load = spec.warm_up.as_secs_f64() + spec.run.as_secs_f64();
    let slower = (with.ms(0.99) / without.ms(0.99)).max(without.per_second() / with.per_second().max(1.0));
    let row = Row::new(format!("another event during the payout, half of {peak:.0}/s"))
        .measured(&with)
        .baseline(format!(
            "without: {:.0}/s, p99 {:.2} ms; paying for {:.1} of {load:.1} s",
            without.per_second(),
            without.ms(0.99),
            seconds.min(load)
        ))
        .ratio(slower, Goal::Most(1.2));
    bench.push(row);
    Ok(())
}

/// Waits until everybody is paid; seconds since the beginning.
async fn settled(bench: &Bench, event: Uuid, began: Instant) -> anyhow::Result<f64> {
    loop {
        let body: Value = serde_json::from_str(&bench.get(&format!("/events/{event}")).await?)?;
        let state = body.pointer("/settlement/state").and_then(Value::as_str).unwrap_or_default().to_owned();
        let seconds = began.elapsed().as_secs_f64();
        match state.as_str() {
            "done" => return Ok(seconds),
            "failed" => bail!("the payout has failed: {body}"),
            _ if began.elapsed() > PATIENCE => bail!("the payout takes too long: {:?}", body.get("settlement")),
            _ => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}
