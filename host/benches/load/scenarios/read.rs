//! Reading.

use std::time::Instant;

use uuid::Uuid;

use crate::bench::Bench;
use crate::client::request::player;
use crate::client::spec::{Measured, Work};
use crate::table::{Goal, Row};

/// What one client process can do: the ceiling of all else.
pub async fn client(bench: &mut Bench) -> anyhow::Result<()> {
    let naive = bench.naive(String::new()).await?;
    for connections in [64, 512] {
        let mut spec = bench.spec(Work::Get(vec!["/trivial".to_owned()]), &[], 0, connections);
        spec.address.clone_from(&naive.address);
        let measured = bench.load(&spec).await?;
        let row = Row::new(format!("the client's ceiling, {connections} connections")).measured(&measured);
        bench.push(row.baseline(format!("clients use {:.2} cores", measured.counts.cpu)));
    }
    Ok(())
}

/// An event, between two runs of the fixed body.
pub async fn event(bench: &mut Bench) -> anyhow::Result<()> {
    let event = bench.event(2_000_000).await?;
    let path = format!("/events/{event}");
    let naive = bench.naive(bench.get(&path).await?).await?;
    let mut fixed = bench.spec(Work::Get(vec!["/fixed".to_owned()]), &[], 0, 64);
    fixed.address.clone_from(&naive.address);
    let before = bench.load(&fixed).await?.per_second();
    let measured = bench.load(&bench.spec(Work::Get(vec![path]), &[], 0, 64)).await?;
    let after = bench.load(&fixed).await?.per_second();
    let row = Row::new("get event, 64 connections")
        .measured(&measured)
        .baseline(format!("fixed body {before:.0}, {after:.0}/s"))
        .ratio(measured.per_second() * 2.0 / (before + after), Goal::Least(0.8));
    bench.push(row);
    Ok(())
}

/// The same reads in a small event and in a large one, at a modest pace; and, apart from those, the first read of each,
/// for which its board is loaded.
pub async fn leaderboard(bench: &mut Bench) -> anyhow::Result<()> {
    let large = bench.size(1_000_000, 50_000);
    let mut events = Vec::new();
    for players in [1_000, large] {
        let event = bench.event(2_000_000).await?;
        bench.seed(event, players).await?;
        events.push((event, players));
    }
    for (event, players) in &events {
        let began = Instant::now();
        bench.get(&format!("/events/{event}/leaderboard?limit=100")).await?;
        let took = began.elapsed().as_secs_f64() * 1_000.0;
        let row = Row::new(format!("leaderboard, the first read, {players} players"));
        bench.push(row.baseline(format!("{took:.0} ms, once while a server holds the board")));
    }
    for read in ["top 100", "around a player", "participation with rank"] {
        let mut baseline: Option<Measured> = None;
        for (event, players) in &events {
            let measured = reads(bench, read, *event, *players).await?;
            let row = Row::new(format!("leaderboard, {read}, {players} players"));
            if measured.is_missing() {
                bench.push(row.note("no such endpoint"));
                continue;
            }
            let row = row.measured(&measured);
            let Some(small) = &baseline else {
                bench.push(row);
                baseline = Some(measured);
                continue;
            };
            let (half, most) = (measured.ms(0.5) / small.ms(0.5), measured.ms(0.99) / small.ms(0.99));
            let text = format!("1,000 players; p50 {half:.2} ×, p99 {most:.2} ×");
            bench.push(row.baseline(text).ratio(half.max(most), Goal::Most(2.0)));
        }
    }
    Ok(())
}

async fn reads(bench: &mut Bench, read: &str, event: Uuid, players: u64) -> anyhow::Result<Measured> {
    let somebody = (0..500).map(|turn| player((turn * 7_919) % players));
    let paths = match read {
        "top 100" => vec![format!("/events/{event}/leaderboard?limit=100")],
        "around a player" => {
            somebody.map(|name| format!("/events/{event}/leaderboard?limit=11&around={name}")).collect()
        }
        _ => somebody.map(|name| format!("/events/{event}/participants/{name}")).collect(),
    };
    let mut spec = bench.spec(Work::Get(paths), &[], 0, 16);
    spec.rate = Some(500.0);
    bench.load(&spec).await
}
