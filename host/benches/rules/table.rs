//! Percentiles of single calls, as one table.

use std::sync::Arc;
use std::time::{Duration, Instant};

use comfy_table::{CellAlignment, Table, presets};
use hdrhistogram::Histogram;
use tokio::runtime::Runtime;
use world_events::rules::Rules;

use crate::subject::{self, Call, Question, Subject, Timed};

/// Calls that are measured of `check` and `score`, and before them calls that are not.
const CALLS: usize = 20_000;
const WARM_UP: usize = 2_000;
/// The same of `payout`, whose calls take longer.
const PAGES: usize = 2_000;
const WARM_UP_PAGES: usize = 200;

/// What is promised of an isolated eligibility call: so much more than native at the median, and so many medians at the
/// 99th percentile.
const MOST_ABOVE_NATIVE: Duration = Duration::from_micros(5);
const MOST_MEDIANS: f64 = 3.0;

/// Times in nanoseconds.
pub(crate) struct Times(Histogram<u64>);

impl Times {
    pub(crate) fn of(times: impl Iterator<Item = Duration>) -> anyhow::Result<Self> {
        let mut histogram = Histogram::new(3)?;
        for time in times {
            histogram.record(u64::try_from(time.as_nanos())?)?;
        }
        Ok(Self(histogram))
    }

    fn at(&self, quantile: f64) -> Duration {
        Duration::from_nanos(self.0.value_at_quantile(quantile))
    }

    pub(crate) fn p50(&self) -> Duration {
        self.at(0.5)
    }

    pub(crate) fn p99(&self) -> Duration {
        self.at(0.99)
    }

    fn spread(&self) -> f64 {
        self.p99().as_secs_f64() / self.p50().as_secs_f64()
    }
}

/// Measures every call, and prints what came out.
pub(crate) fn print(runtime: &Runtime, rules: &Rules, subjects: &[Subject]) -> anyhow::Result<()> {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN).set_header([
        "µs",
        "fuel",
        "KiB",
        "native p50",
        "warm p50",
        "isolated p50",
        "p99",
        "above native",
        "p99 / p50",
        "Rules p50",
        "p99",
        "on a worker p50",
        "p99",
    ]);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let mut promises = Vec::new();
    for subject in subjects {
        for call in &subject.calls {
            let name = format!("{} {}", subject.name, call.name);
            let limits = rules.limits(&subject.plugin, call.question.capability());
            let usage = call.usage(&subject.plugin, limits);
            let native = sample(call, call.native())?;
            let warm = sample(call, call.warm(&subject.plugin, limits)?)?;
            let isolated = sample(call, call.isolated(&subject.plugin, limits))?;
            let [inline, on_worker] = [false, true].map(|on_worker| asked(runtime, rules, subject, call, on_worker));
            let (inline, on_worker) = (inline?, on_worker?);
            let above = isolated.p50().saturating_sub(native.p50());
            if matches!(call.question, Question::Check(_)) {
                let kept = above <= MOST_ABOVE_NATIVE && isolated.spread() <= MOST_MEDIANS;
                promises.push(format!("{name}: {}", if kept { "kept" } else { "not kept" }));
            }
            table.add_row([
                name,
                usage.fuel.to_string(),
                (usage.memory_bytes >> 10).to_string(),
                micros(native.p50()),
                micros(warm.p50()),
                micros(isolated.p50()),
                micros(isolated.p99()),
                micros(above),
                format!("{:.2}", isolated.spread()),
                micros(inline.p50()),
                micros(inline.p99()),
                micros(on_worker.p50()),
                micros(on_worker.p99()),
            ]);
        }
    }
    println!("\n{table}");
    println!(
        "\nPromise of an isolated eligibility call: at most {} µs above native at p50, p99 at most {MOST_MEDIANS} times p50.",
        MOST_ABOVE_NATIVE.as_micros()
    );
    println!("{}", promises.join("\n"));
    Ok(())
}

pub(crate) fn micros(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64() * 1e6)
}

/// How many calls are made without being counted, and how many with.
fn counts(call: &Call) -> (usize, usize) {
    if matches!(call.question, Question::Payout(_)) { (WARM_UP_PAGES, PAGES) } else { (WARM_UP, CALLS) }
}

fn sample(call: &Call, mut time: Timed<'_>) -> anyhow::Result<Times> {
    let (warm_up, calls) = counts(call);
    for _ in 0..warm_up {
        time();
    }
    Times::of((0..calls).map(|_| time()))
}

/// Asks as a request does: from a task of the runtime, one call after the other.
fn asked(runtime: &Runtime, rules: &Rules, subject: &Subject, call: &Call, on_worker: bool) -> anyhow::Result<Times> {
    let (warm_up, calls) = counts(call);
    let (rules, plugin, question) = (rules.clone(), Arc::clone(&subject.plugin), call.question.clone());
    let task = runtime.spawn(async move {
        let mut times = Vec::with_capacity(warm_up + calls);
        for _ in 0..warm_up + calls {
            let question = question.clone();
            let started = Instant::now();
            subject::ask(&rules, &plugin, question, on_worker).await;
            times.push(started.elapsed());
        }
        times
    });
    Times::of(runtime.block_on(task)?.into_iter().skip(warm_up))
}
