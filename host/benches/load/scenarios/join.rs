//! Joining one hot event.

use std::time::Duration;

use anyhow::ensure;
use serde_json::json;

use crate::bench::Bench;
use crate::client::spec::Work;
use crate::pgbench::Statement;
use crate::table::{Goal, Row};

/// Room for everybody.
const WIDE: u64 = 2_000_000;

/// 64 and 512 connections, between two runs of pgbench with as many clients.
pub async fn against_pgbench(bench: &mut Bench) -> anyhow::Result<()> {
    for (connections, least) in [(64, 1.0), (512, 1.5)] {
        let before = bench.pgbench(Statement::Insert, connections).await?;
        let event = bench.event(WIDE).await?;
        let measured = bench.load(&bench.spec(Work::Join, &[event], bench.known(), connections)).await?;
        let after = bench.pgbench(Statement::Insert, connections).await?;
        let row = Row::new(format!("join, {connections} connections"))
            .measured(&measured)
            .baseline(format!("INSERT {before:.0}, {after:.0}/s"))
            .ratio(measured.per_second() * 2.0 / (before + after), Goal::Least(least));
        bench.push(row);
    }
    Ok(())
}

/// 64 connections, between two runs of the naive server.
pub async fn against_naive(bench: &mut Bench) -> anyhow::Result<()> {
    let mut baselines = Vec::new();
    let mut ours = None;
    for turn in 0..3 {
        if turn == 1 {
            let event = bench.event(WIDE).await?;
            ours = Some(bench.load(&bench.spec(Work::Join, &[event], bench.known(), 64)).await?);
            continue;
        }
        let naive = bench.naive(String::new()).await?;
        let mut spec = bench.spec(Work::Join, &[naive.event], bench.known(), 64);
        spec.address.clone_from(&naive.address);
        let measured = bench.load(&spec).await?;
        baselines.push(measured.per_second());
        bench.push(Row::new("naive join, 64 connections (a baseline)").measured(&measured));
    }
    let Some(measured) = ours else { return Ok(()) };
    let mean = baselines.iter().sum::<f64>() / baselines.len().max(1) as f64;
    let row = Row::new("join against naive, 64 connections")
        .measured(&measured)
        .baseline(format!("naive {mean:.0}/s"))
        .ratio(measured.per_second() / mean, Goal::Least(15.0));
    bench.push(row);
    Ok(())
}

/// Where the rule counts who comes in, players are judged one after the other: 64 and 512 connections, between two runs in which
/// they are not.
pub async fn counted(bench: &mut Bench) -> anyhow::Result<()> {
    bench.publish_example("faction-war").await?;
    let parameters = json!({ "sides": ["dawn", "tide"], "maxLead": 1_000_000 });
    let rules = json!({ "plugin": "faction-war", "parameters": parameters });
    for connections in [64, 512] {
        let (mut uncounted, mut counted) = (Vec::new(), None);
        for turn in 0..3 {
            let is_counted = turn == 1;
            let event =
                if is_counted { bench.event_with(WIDE, rules.clone()).await? } else { bench.event(WIDE).await? };
            let measured = bench.load(&bench.spec(Work::Join, &[event], bench.known(), connections)).await?;
            if is_counted {
                counted = Some(measured);
            } else {
                uncounted.push(measured.per_second());
            }
        }
        let Some(measured) = counted else { return Ok(()) };
        let mean = uncounted.iter().sum::<f64>() / uncounted.len().max(1) as f64;
        let row = Row::new(format!("join where the rule counts, {connections} connections"))
            .measured(&measured)
            .baseline(format!("where it does not, {mean:.0}/s"))
            .ratio(measured.per_second() / mean, Goal::Least(0.5));
        bench.push(row);
    }
    Ok(())
}

/// A third more players than places: exactly as many as there are places get in.
pub async fn cap(bench: &mut Bench) -> anyhow::Result<()> {
    let (players, cap) = (bench.size(40_000, 4_000), bench.size(30_000, 3_000));
    let event = bench.event(cap).await?;
    let mut spec = bench.spec(Work::Join, &[event], players, 512);
    spec.warm_up = Duration::ZERO;
    // All of them are sent; this only bounds a server that is stuck.
    spec.run = Duration::from_secs(180);
    let measured = bench.load(&spec).await?;
    let inside = bench
        .count("SELECT count(*) FROM gameplay.event_participants WHERE event_id = $1 AND status = 'ACTIVE'", event)
        .await?;
    let counted =
        bench.count("SELECT current_participants::bigint FROM gameplay.world_events WHERE id = $1", event).await?;
    let full = measured.counts.statuses.get(&409).copied().unwrap_or(0);
    let exact = u64::try_from(inside)? == cap
        && inside == counted
        && measured.good() == cap
        && full == players - cap
        && measured.counts.broken.is_empty();
    let row = Row::new(format!("{players} joins at once, {cap} places"))
        .measured(&measured)
        .per_second(players as f64 / measured.counts.seconds.max(1e-3))
        .baseline(format!("{inside} in SQL, {counted} counted, {:.1} s", measured.counts.seconds))
        .verdict(format!("exactly {cap}"), exact);
    bench.push(row);
    ensure!(exact, "the cap does not hold");
    Ok(())
}
