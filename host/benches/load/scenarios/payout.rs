//! The end of a large event.

use std::time::{Duration, Instant};

use anyhow::bail;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::bench::Bench;
use crate::client::spec::{Measured, Spec, Work};
use crate::table::{Goal, Row};

/// Participants of the other event.
const PLAYERS: u64 = 10_000;
/// When the benchmark gives up.
const PATIENCE: Duration = Duration::from_secs(240);

/// Another event's reports at half the peak: before, while the participants of the large one are ranked, and while they are
/// paid.
pub async fn run(bench: &mut Bench) -> anyhow::Result<()> {
    let players = bench.size(1_000_000, 20_000);
    let peak = bench.peak().await?;
    let other = bench.event(2_000_000).await?;
    bench.seed(other, PLAYERS).await?;
    let large = bench.event(2_000_000).await?;
    bench.seed(large, players).await?;
    let mut spec = bench.spec(Work::Report, &[other], PLAYERS, 64);
    spec.rate = Some(peak / 2.0);
    let before = bench.load(&spec).await?;

    let began = Instant::now();
    bench.put_event(large, &json!({ "status": "COMPLETED" })).await?;
    let while_ranked = beside(bench, &mut spec, large).await?;
    settled(bench, large, began, |settlement| settlement.paid > 0).await?;
    let while_paid = beside(bench, &mut spec, large).await?;
    settled(bench, large, began, |settlement| settlement.state == "done").await?;
    let seconds = began.elapsed().as_secs_f64();
    spec.sequence = bench.sequence();
    let after = bench.load(&spec).await?;

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
    for (what, (with, progress)) in [("ranked", while_ranked), ("paid", while_paid)] {
        // The quieter one: what PostgreSQL does after a payout slows down others too, and is not what it is held against.
        let p99 = before.ms(0.99).min(after.ms(0.99));
        let slower = (with.ms(0.99) / p99).max(before.per_second() / with.per_second().max(1.0));
        let row = Row::new(format!("another event while they are {what}, half of {peak:.0}/s"))
            .measured(&with)
            .baseline(format!(
                "without: {:.0}/s, p99 {:.2}, {:.2} ms; {progress}",
                before.per_second(),
                before.ms(0.99),
                after.ms(0.99)
            ))
            .ratio(slower, Goal::Most(1.2));
        bench.push(row);
    }
    Ok(())
}

/// The same reports, and how far the payout came meanwhile.
async fn beside(bench: &mut Bench, spec: &mut Spec, large: Uuid) -> anyhow::Result<(Measured, String)> {
    // What was reported a moment ago would not count again.
    spec.sequence = bench.sequence();
    let before = settlement(bench, large).await?;
    let measured = bench.load(spec).await?;
    let after = settlement(bench, large).await?;
    let progress = match after.state.as_str() {
        "done" => "the payout ended meanwhile".to_owned(),
        _ if after.paid == 0 => "none paid yet".to_owned(),
        _ => format!("{} paid meanwhile", after.paid - before.paid),
    };
    Ok((measured, progress))
}

#[derive(Debug, Deserialize)]
struct Settlement {
    state: String,
    paid: i64,
}

async fn settlement(bench: &Bench, event: Uuid) -> anyhow::Result<Settlement> {
    let mut body: Value = serde_json::from_str(&bench.get(&format!("/events/{event}")).await?)?;
    Ok(serde_json::from_value(body.get_mut("settlement").map(Value::take).unwrap_or_default())?)
}

/// Waits until the settlement is as wanted.
async fn settled(
    bench: &Bench,
    event: Uuid,
    began: Instant,
    wanted: impl Fn(&Settlement) -> bool,
) -> anyhow::Result<()> {
    loop {
        let settlement = settlement(bench, event).await?;
        if wanted(&settlement) {
            return Ok(());
        }
        if settlement.state == "failed" || began.elapsed() > PATIENCE {
            bail!("the payout has failed, or takes too long: {settlement:?}");
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
