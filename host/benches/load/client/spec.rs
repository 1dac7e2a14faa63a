//! What a client process is told, and what it tells at its end.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context as _;
use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What is asked of the server. Players are numbered; player `n` plays in event `n` modulo the number of events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Work {
    /// Each player joins once, with a token of its own.
    Join,
    /// Each player claims its one reward, with a token of its own.
    Claim,
    /// A game server reports ten actions of one player after the other, again and again.
    Report,
    /// A game server reports so many players in one request.
    Bulk(u64),
    /// Paths are read in turn.
    Get(Vec<String>),
}

impl Work {
    /// Whether a player can do it only once.
    pub const fn is_once(&self) -> bool {
        matches!(self, Self::Join | Self::Claim)
    }
}

/// A load, or the part of it that one process makes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Spec {
    /// Host and port of the server.
    pub address: String,
    /// What tokens are signed with.
    pub secret: String,
    /// What is asked.
    pub work: Work,
    /// Where.
    pub events: Vec<Uuid>,
    /// The number of the first player.
    pub first: u64,
    /// How many players there are.
    pub players: u64,
    /// Open connections.
    pub connections: u64,
    /// Requests a second in all; `None`: each connection asks again as soon as it is answered.
    pub rate: Option<f64>,
    /// What is not measured, at the start.
    pub warm_up: Duration,
    /// How long is measured; work that can be done only once may end earlier.
    pub run: Duration,
    /// The last `sequence` that was reported before.
    pub sequence: u64,
    /// The last byte of the address in 127.0.0.0/8 that connections come from.
    pub source: u8,
}

impl Spec {
    /// The parts of as many processes.
    pub fn split(&self, processes: u64) -> Vec<Self> {
        let part = |total: u64, index: u64| (total * index / processes, total * (index + 1) / processes);
        (0..processes)
            .map(|index| {
                let (from, to) = part(self.players, index);
                let (open_from, open_to) = part(self.connections, index);
                let share = (open_to - open_from) as f64 / self.connections.max(1) as f64;
                Self {
                    first: self.first + from,
                    players: to - from,
                    connections: open_to - open_from,
                    rate: self.rate.map(|rate| rate * share),
                    source: u8::try_from(index % 200 + 1).unwrap_or(1),
                    ..self.clone()
                }
            })
            .filter(|part| part.connections > 0)
            .collect()
    }
}

/// What was counted.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Answers by status.
    pub statuses: BTreeMap<u16, u64>,
    /// Answers by status, those of the warm-up included.
    pub all: BTreeMap<u16, u64>,
    /// Requests that got no answer, by reason.
    pub broken: BTreeMap<String, u64>,
    /// The highest `sequence` that was reported.
    pub sequence: u64,
    /// From the end of the warm-up to the last answer.
    pub seconds: f64,
    /// The body of the first refusal.
    pub refusal: Option<String>,
    /// How many cores the clients used.
    pub cpu: f64,
}

/// What one process measured.
#[derive(Debug, Serialize, Deserialize)]
pub struct Report {
    /// Microseconds, and how often they were measured.
    latencies: Vec<(u64, u64)>,
    counts: Counts,
}

impl Report {
    /// What was counted and how long it took.
    pub fn new(counts: Counts, latencies: &Histogram<u64>) -> Self {
        let recorded = latencies.iter_recorded();
        let latencies = recorded.map(|step| (step.value_iterated_to(), step.count_at_value())).collect();
        Self { latencies, counts }
    }
}

/// What all processes measured together.
#[derive(Debug, Clone)]
pub struct Measured {
    /// From sending, or from when it was to be sent, to the whole answer; microseconds.
    pub latencies: Histogram<u64>,
    /// The rest.
    pub counts: Counts,
}

impl Measured {
    /// Adds up what the processes say.
    pub fn merge(reports: Vec<Report>) -> anyhow::Result<Self> {
        let mut sum = Self { latencies: histogram()?, counts: Counts::default() };
        for Report { latencies, counts } in reports {
            for (value, count) in latencies {
                sum.latencies.record_n(value, count).context("a client's latency is out of range")?;
            }
            let all = &mut sum.counts;
            counts.statuses.into_iter().for_each(|(status, count)| *all.statuses.entry(status).or_default() += count);
            counts.all.into_iter().for_each(|(status, count)| *all.all.entry(status).or_default() += count);
            counts.broken.into_iter().for_each(|(why, count)| *all.broken.entry(why).or_default() += count);
            all.sequence = all.sequence.max(counts.sequence);
            all.seconds = all.seconds.max(counts.seconds);
            all.cpu += counts.cpu;
            all.refusal = all.refusal.take().or(counts.refusal);
        }
        Ok(sum)
    }

    /// Answers of status 2xx in the measured time.
    pub fn good(&self) -> u64 {
        good(&self.counts.statuses)
    }

    /// Answers of status 2xx, those of the warm-up included.
    pub fn all_good(&self) -> u64 {
        good(&self.counts.all)
    }

    /// Good answers a second.
    pub fn per_second(&self) -> f64 {
        self.good() as f64 / self.counts.seconds.max(1e-3)
    }

    /// All that went wrong.
    pub fn errors(&self) -> u64 {
        self.counts.statuses.values().sum::<u64>() - self.good() + self.counts.broken.values().sum::<u64>()
    }

    /// A latency in milliseconds.
    pub fn ms(&self, quantile: f64) -> f64 {
        self.latencies.value_at_quantile(quantile) as f64 / 1000.0
    }

    /// Whether the server does not know what was asked.
    pub fn is_missing(&self) -> bool {
        self.all_good() == 0 && self.counts.all.keys().any(|status| matches!(status, 404 | 405))
    }

    /// What went wrong, in a few words.
    pub fn complaints(&self) -> String {
        let bad = self.counts.statuses.iter().filter(|(status, _)| !(200..300).contains(*status));
        let mut parts: Vec<String> = bad.map(|(status, count)| format!("{count} × {status}")).collect();
        parts.extend(self.counts.broken.iter().map(|(why, count)| format!("{count} × {why}")));
        parts.join(", ")
    }
}

fn good(statuses: &BTreeMap<u16, u64>) -> u64 {
    statuses.range(200..300).map(|(_, count)| count).sum()
}

/// Microseconds up to two minutes, three digits.
pub fn histogram() -> anyhow::Result<Histogram<u64>> {
    Histogram::new_with_bounds(1, 120_000_000, 3).context("cannot make a histogram")
}
