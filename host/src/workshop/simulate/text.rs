//! The report for the terminal.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use comfy_table::presets::NOTHING;
use comfy_table::{Cell, CellAlignment, ContentArrangement, Table};
use indicatif::{BinaryBytes, HumanCount};

use super::histogram::Distribution;
use super::ledger::{Failure, Reason};
use super::report::{PayoutReport, Report, RewardReport};
use crate::model::settlement::SettlementState;
use crate::workshop::report::log;

/// The longest bar, in characters.
const BAR: u64 = 40;

/// Bars that end in an eighth of a character.
const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/// The most rewards that a histogram is shown of.
const MOST_HISTOGRAMS: usize = 8;

/// The report as text: the same on every terminal.
#[must_use]
pub fn text(report: &Report) -> String {
    let mut text = String::new();
    head(&mut text, report);
    joins(&mut text, report);
    reports(&mut text, report);
    if let Some(scores) = &report.scores {
        let _ = write!(text, "\nscores\n{}", distribution(scores));
    }
    counters(&mut text, report);
    payout(&mut text, &report.payout);
    calls(&mut text, report);
    failures(&mut text, &report.failures);
    match report.problems.as_slice() {
        [] => text.push_str("\nno problems\n"),
        problems => {
            text.push_str("\nproblems\n");
            problems.iter().for_each(|problem| _ = writeln!(text, "  {problem}"));
        }
    }
    text
}

fn head(text: &mut String, report: &Report) {
    let event = &report.event;
    let _ = writeln!(text, "{} simulated with seed {}\n\nevent", report.plugin, report.seed);
    let mut line = |what: &str, value: String| _ = writeln!(text, "  {what:<12}{value}");
    line("name", format!("{} ({})", event.name, event.kind));
    let mut parameters = event.parameters.as_object().into_iter().flatten();
    line("parameters", parameters.next().map_or_else(|| "none".to_owned(), |(name, value)| format!("{name}: {value}")));
    parameters.for_each(|(name, value)| line("", format!("{name}: {value}")));
    line("players", count(event.players));
    line("capacity", event.capacity.map_or_else(|| "none".to_owned(), |capacity| count(capacity.unsigned_abs())));
    let by = if event.ended_by_goal { "a goal" } else { "the clock" };
    line("ended", format!("by {by}, after {} of {} minutes", event.ended_at_minute, event.minutes));
    let left = &report.participants;
    line(
        "at the end",
        format!("{} active, {} completed, {} left", count(left.active), count(left.completed), count(left.left)),
    );
}

/// What became of attempts of one kind, with their share of all.
fn outcomes(text: &mut String, all: u64, plain: &[(&str, u64)], refused: &BTreeMap<String, Reason>, failed: u64) {
    let mut table = table(&["", "", "", "for example"]);
    let plain = plain.iter().map(|(what, count)| ((*what).to_owned(), *count, ""));
    let refused =
        refused.iter().map(|(code, Reason { count, example })| (format!("refused: {code}"), *count, example.as_str()));
    let failed = [("failed".to_owned(), failed, "")];
    let all_of_them = plain.chain(refused).chain(failed);
    for (what, number, example) in all_of_them.filter(|(what, number, _)| *number > 0 || !what.starts_with("failed")) {
        table.add_row([what, count(number), share(number as f64, all as f64), example.to_owned()]);
    }
    push(text, table, &[1, 2]);
}

fn joins(text: &mut String, report: &Report) {
    let joins = &report.joins;
    let _ = writeln!(text, "\njoins: {}", count(joins.tried));
    let plain: Vec<(&str, u64)> = [("admitted", joins.admitted), ("came back", joins.returned), ("full", joins.full)]
        .into_iter()
        .filter(|(what, number)| *what == "admitted" || *number > 0)
        .collect();
    outcomes(text, joins.tried, &plain, &joins.refused, joins.failed);
    if joins.too_late > 0 {
        let _ = writeln!(text, "  {} more would have come after the end", count(joins.too_late));
    }
}

fn reports(text: &mut String, report: &Report) {
    let reports = &report.reports;
    let _ = writeln!(text, "\nreports: {}", count(reports.sent));
    if reports.sent > 0 {
        outcomes(text, reports.sent, &[("scored", reports.scored)], &reports.refused, reports.failed);
    }
}

fn distribution(of: &Distribution) -> String {
    let mut text = String::new();
    let Distribution { count: all, min, p10, p50, p90, p99, max, mean, histogram } = of;
    let mut figures = table(&["number", "min", "p10", "p50", "p90", "p99", "max", "mean"]);
    let numbers = [all, min, p10, p50, p90, p99, max].map(|number| count(*number));
    figures.add_row(numbers.into_iter().chain([format!("{mean:.2}")]));
    push(&mut text, figures, &[0, 1, 2, 3, 4, 5, 6, 7]);
    let most = histogram.iter().map(|bar| bar.count).max().unwrap_or_default();
    let mut bars = table(&[]);
    for bar in histogram {
        let range =
            if bar.from == bar.to { count(bar.from) } else { format!("{} – {}", count(bar.from), count(bar.to)) };
        bars.add_row([range, count(bar.count), self::bar(bar.count, most)]);
    }
    push(&mut text, bars, &[0, 1]);
    text
}

/// A bar as long as its part of the most.
fn bar(count: u64, most: u64) -> String {
    let eighths = u128::from(count) * u128::from(BAR * 8) / u128::from(most.max(1));
    let whole = usize::try_from(eighths / 8).unwrap_or_default();
    let rest = usize::try_from(eighths % 8).ok().and_then(|eighths| EIGHTHS.get(eighths)).unwrap_or(&"");
    match "█".repeat(whole) + rest {
        bar if bar.is_empty() && count > 0 => "▏".to_owned(),
        bar => bar,
    }
}

fn counters(text: &mut String, report: &Report) {
    if report.counters.is_empty() && report.goals.is_empty() {
        return;
    }
    text.push_str("\ncounters\n");
    let mut table = table(&["", "at the end", "goal", "reached"]);
    let names = report.counters.keys().chain(report.goals.iter().map(|goal| &goal.counter));
    for name in names.collect::<BTreeSet<_>>() {
        let value = signed(report.counters.get(name).copied().unwrap_or_default());
        let mut goals = report.goals.iter().filter(|goal| goal.counter == *name).peekable();
        if goals.peek().is_none() {
            table.add_row([name.as_str(), &value]);
        }
        for goal in goals {
            let ends = if goal.ends_event { ", ends the event" } else { "" };
            let reached = goal.reached_at_minute.map_or_else(|| "no".to_owned(), |at| format!("after {at} minutes"));
            table.add_row([name, &value, &format!("{}{ends}", signed(goal.target)), &reached]);
        }
    }
    push(text, table, &[1, 2]);
}

fn payout(text: &mut String, payout: &PayoutReport) {
    let PayoutReport { settlement, settled, total, pages, players_paid, rewards } = payout;
    let how = match settlement {
        SettlementState::None => "no rule pays at the end; who completes the event gets what it promises".to_owned(),
        SettlementState::Failed => format!("FAILED after {} of {}", length(*settled), length(*total)),
        SettlementState::Running | SettlementState::Done => {
            format!("{} settled in {} {}", length(*settled), count(*pages), if *pages == 1 { "page" } else { "pages" })
        }
    };
    let _ = writeln!(text, "\npayout: {how}, {} paid", length(*players_paid));
    if rewards.is_empty() {
        return;
    }
    let mut table = table(&["reward", "players", "in all", "budget", "used", ""]);
    for RewardReport { reward, total, budget, over_budget, per_player } in rewards {
        let players = per_player.as_ref().map_or(0, |per_player| per_player.count);
        let (most, used) = budget.map_or_else(
            || ("none".to_owned(), String::new()),
            |budget| (count(budget), share(*total as f64, budget as f64)),
        );
        let verdict = if *over_budget { "OVER BUDGET" } else { "" };
        table.add_row([reward.to_string(), count(players), long_count(*total), most, used, verdict.to_owned()]);
    }
    push(text, table, &[1, 2, 3, 4]);
    let paid = rewards.iter().filter_map(|reward| Some((reward, reward.per_player.as_ref()?)));
    for (reward, per_player) in paid.clone().take(MOST_HISTOGRAMS) {
        let _ = write!(text, "\n{} per player who gets any\n{}", reward.reward, distribution(per_player));
    }
    let more = paid.count().saturating_sub(MOST_HISTOGRAMS);
    if more > 0 {
        let _ = writeln!(text, "\n{more} more rewards are in the JSON");
    }
}

fn calls(text: &mut String, report: &Report) {
    if report.calls.is_empty() {
        return;
    }
    text.push_str("\ncalls\n");
    let mut all =
        table(&["", "number", "fuel p50", "p99", "most", "of limit", "memory", "of limit", "output", "of limit"]);
    for call in &report.calls {
        let sized = |used: usize, limit: usize| [bytes(used), share(used as f64, limit as f64)];
        let row = [call.call.to_owned(), count(call.count)]
            .into_iter()
            .chain([call.fuel_p50, call.fuel_p99, call.fuel_max].map(count))
            .chain([share(call.fuel_max as f64, call.fuel_limit as f64)])
            .chain(sized(call.memory_bytes_max, call.memory_bytes_limit))
            .chain(sized(call.output_bytes_max, call.output_bytes_limit));
        all.add_row(row);
    }
    push(text, all, &[1, 2, 3, 4, 5, 6, 7, 8, 9]);
    text.push_str("\nslowest calls, by fuel\n");
    let mut slowest = table(&["call", "about", "minute", "fuel", "of limit"]);
    for call in &report.calls {
        for slow in &call.slowest {
            let of_limit = share(slow.fuel as f64, call.fuel_limit as f64);
            let minute = format!("{:.2}", slow.at_minute);
            slowest.add_row([call.call.to_owned(), slow.about.clone(), minute, count(slow.fuel), of_limit]);
        }
    }
    push(text, slowest, &[2, 3, 4]);
}

fn failures(text: &mut String, failures: &[Failure]) {
    if failures.is_empty() {
        return;
    }
    text.push_str("\nfailures\n");
    for Failure { call, code, count: number, message, backtrace, logs, .. } in failures {
        let _ = writeln!(text, "  {call} {code} ({}): the first time, {message}", count(*number));
        let log = log(logs);
        backtrace.iter().map(String::as_str).chain(log.lines()).for_each(|line| _ = writeln!(text, "    {line}"));
    }
}

fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    // Nothing that depends on the terminal.
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    if !header.is_empty() {
        table.set_header(header.iter().map(Cell::new));
    }
    table
}

fn push(text: &mut String, mut table: Table, right: &[usize]) {
    for column in right {
        if let Some(column) = table.column_mut(*column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.trim_fmt().lines().for_each(|line| _ = writeln!(text, "  {}", line.trim_end()));
}

fn count(number: impl Into<u64>) -> String {
    HumanCount(number.into()).to_string()
}

fn length(number: usize) -> String {
    count(number as u64)
}

/// Sums of many payouts may be larger than what is counted otherwise.
fn long_count(number: u128) -> String {
    u64::try_from(number).map_or_else(|_| number.to_string(), count)
}

fn signed(number: i64) -> String {
    let sign = if number < 0 { "-" } else { "" };
    format!("{sign}{}", count(number.unsigned_abs()))
}

fn share(part: f64, whole: f64) -> String {
    format!("{:.1} %", if whole > 0.0 { 100.0 * part / whole } else { 0.0 })
}

fn bytes(bytes: usize) -> String {
    BinaryBytes(bytes as u64).to_string().replace(".00 ", " ")
}
