//! What is measured.

mod crowd;
mod growth;
mod hostile;
mod join;
mod memory;
mod payout;
mod progress;
mod read;

use anyhow::bail;

use crate::bench::Bench;

/// Names and what they mean, in the order in which they run.
pub const SCENARIOS: [(&str, &str); 15] = [
    ("client", "the clients themselves, against a handler that does nothing"),
    ("join", "join one hot, capped event with an eligibility rule, against pgbench's INSERT"),
    ("naive", "the same against one transaction per join over the same HTTP stack"),
    ("counted", "join an event whose rule counts who comes in, against one whose rule does not"),
    ("cap", "more joins at once than there is room for"),
    ("progress", "scored progress of ten actions, against pgbench's UPDATE"),
    ("bulk", "500 reports in a request, against one in a request"),
    ("claim", "claims, against pgbench's UPDATE"),
    ("get-event", "an event that is cached, against a fixed body"),
    ("leaderboard", "the top 100 and a player's rank, in a small event and in a large one"),
    ("crowd", "participants over as many open connections as files allow"),
    ("hostile", "a plugin that burns all its fuel beside a healthy event"),
    ("memory", "what a participation costs in the server's memory"),
    ("growth", "the cost with more participants and with more events"),
    ("payout", "the payout of a large event beside another event's reports"),
];

/// Runs one.
pub async fn run(name: &str, bench: &mut Bench) -> anyhow::Result<()> {
    match name {
        "client" => read::client(bench).await,
        "join" => join::against_pgbench(bench).await,
        "naive" => join::against_naive(bench).await,
        "counted" => join::counted(bench).await,
        "cap" => join::cap(bench).await,
        "progress" => progress::single(bench).await,
        "bulk" => progress::bulk(bench).await,
        "claim" => progress::claim(bench).await,
        "get-event" => read::event(bench).await,
        "leaderboard" => read::leaderboard(bench).await,
        "crowd" => crowd::run(bench).await,
        "hostile" => hostile::run(bench).await,
        "memory" => memory::run(bench).await,
        "growth" => growth::run(bench).await,
        "payout" => payout::run(bench).await,
        _ => bail!("there is no such scenario"),
    }
}
