//! What the same rule costs in each language, measured in turns, so that what the machine does else is shared by all.

use std::time::Duration;

use comfy_table::{CellAlignment, Table, presets};
use tokio::runtime::Runtime;
use world_events::rules::Rules;

use crate::subject::{self, Subject, TWINS};
use crate::table::{Times, micros};

/// The plugin in Rust.
const ORIGINAL: &str = "boss-invasion";

/// How often it is each language's turn, and its calls in a turn: those that find the processor's caches full of another
/// language's, which are not counted, and those that are.
const TURNS: usize = 10;
const WARM_UP: usize = 10;
const CALLS: usize = 50;

/// Prints a table of every question to the invasion: native, and isolated in each language whose tools are installed.
pub(crate) fn print(runtime: &Runtime, rules: &Rules, subjects: &[Subject]) -> anyhow::Result<()> {
    let mut twins = Vec::new();
    for name in TWINS {
        match runtime.block_on(subject::twin(rules, name)) {
            Ok(twin) => twins.push(twin),
            Err(error) => println!("\nnot measured: {name}: {error:#}"),
        }
    }
    let Some(original) = subjects.iter().find(|subject| subject.name == ORIGINAL) else {
        anyhow::bail!("{ORIGINAL} is not among the examples");
    };
    let isolated: Vec<&Subject> = [original].into_iter().chain(&twins).collect();

    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    let mut header = vec!["isolated, µs at p50 (p99)".to_owned(), "native".to_owned()];
    header.extend(isolated.iter().map(|subject| subject.name.to_owned()));
    header.extend(twins.iter().map(|twin| format!("{} / {ORIGINAL}", twin.name)));
    header.extend(isolated.iter().map(|subject| format!("fuel of {}", subject.name)));
    header.extend(isolated.iter().map(|subject| format!("KiB of {}", subject.name)));
    table.set_header(header);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    for (number, call) in original.calls.iter().enumerate() {
        let asked: Vec<_> = isolated
            .iter()
            .filter_map(|subject| {
                let call = subject.calls.get(number)?;
                Some((subject, call, rules.limits(&subject.plugin, call.question.capability())))
            })
            .collect();
        let mut ways = vec![call.native()];
        ways.extend(asked.iter().map(|(subject, call, limits)| call.isolated(&subject.plugin, limits)));
        let mut times: Vec<Vec<Duration>> = vec![Vec::with_capacity(TURNS * CALLS); ways.len()];
        for _ in 0..TURNS {
            for (way, times) in ways.iter_mut().zip(&mut times) {
                for _ in 0..WARM_UP {
                    way();
                }
                times.extend((0..CALLS).map(|_| way()));
            }
        }
        let times = times.into_iter().map(|times| Times::of(times.into_iter())).collect::<anyhow::Result<Vec<_>>>()?;
        let mut row = vec![call.name.clone()];
        row.extend(times.iter().map(|times| format!("{} ({})", micros(times.p50()), micros(times.p99()))));
        if let [_, rust, others @ ..] = &times[..] {
            let ratio = |other: &Times| format!("{:.0}", other.p50().as_secs_f64() / rust.p50().as_secs_f64());
            row.extend(others.iter().map(ratio));
        }
        let usage: Vec<_> = asked.iter().map(|(it, call, limits)| call.usage(&it.plugin, limits)).collect();
        row.extend(usage.iter().map(|usage| usage.fuel.to_string()));
        row.extend(usage.iter().map(|usage| (usage.memory_bytes >> 10).to_string()));
        table.add_row(row);
    }
    println!("\n{table}");
    Ok(())
}
