//! What happened, for people to read.

use std::fmt::{self, Display, Write as _};
use std::time::Duration;

use comfy_table::{Cell, CellAlignment, ContentArrangement, Table, presets};

use super::expectations::Expectations;
use super::measure::{Measurements, RuleKey, Times};
use super::story::{Chapter, Ranked, RewardLine};

/// So many of the best are shown.
const TOP: usize = 10;

/// The widest that a table with sentences gets.
const WIDTH: u16 = 110;

/// Writes the whole account.
///
/// # Errors
///
/// Never: writing to a string does not fail.
pub fn write(
    chapters: &[Chapter],
    measurements: &Measurements,
    expectations: &Expectations,
) -> Result<String, fmt::Error> {
    let mut text = String::new();
    for chapter in chapters {
        writeln!(text, "\n{}", chapter.name)?;
        for fact in &chapter.facts {
            writeln!(text, "  {fact}")?;
        }
        if !chapter.standings.is_empty() {
            writeln!(
                text,
                "\nStandings, the best {TOP} of {}\n{}",
                chapter.standings.len(),
                standings(&chapter.standings)
            )?;
        }
        if !chapter.rewards.is_empty() {
            writeln!(text, "\nRewards\n{}", rewards(&chapter.rewards))?;
        }
    }
    writeln!(text, "\nRefused requests, by reason\n{}", refusals(chapters))?;
    writeln!(
        text,
        "\nHTTP requests, as their sender saw them: {} at a time over loopback, this program and the server on the same \
         cores\n{}",
        super::crowd::AT_ONCE,
        requests(measurements)
    )?;
    writeln!(
        text,
        "\nRule calls, as the server measured them: time in a fresh sandbox, without the wait for a place\n{}",
        rules(measurements)
    )?;
    writeln!(text, "\n{}", verdict(expectations))?;
    Ok(text)
}

/// Whether everything was as it should be, and if not, what was not.
pub fn verdict(expectations: &Expectations) -> String {
    let (count, broken) = (expectations.count(), expectations.broken());
    if broken.is_empty() {
        return format!("all {count} expectations held");
    }
    let mut text = format!("{} of {count} expectations did not hold:", broken.len());
    for complaint in broken {
        text.push_str("\n  - ");
        text.push_str(complaint);
    }
    text
}

fn table<const N: usize>(header: [&str; N], numbers: &[usize]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(WIDTH).set_header(header);
    for column in numbers {
        if let Some(column) = table.column_mut(*column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

fn cell(value: impl Display) -> Cell {
    Cell::new(value.to_string())
}

fn standings(standings: &[Ranked]) -> Table {
    let mut table = table(["rank", "player", "score", "achievements", "notes of the rule"], &[0, 2]);
    for Ranked { rank, participant } in standings.iter().take(TOP) {
        let achievements: Vec<&str> = participant
            .achievements
            .iter()
            .filter_map(|achievement| achievement.get("id").and_then(serde_json::Value::as_str))
            .collect();
        let notes = participant.progress_data.as_object().filter(|notes| !notes.is_empty()).map(|notes| {
            let notes: Vec<String> = notes.iter().map(|(name, value)| format!("{name} {value}")).collect();
            notes.join(", ")
        });
        table.add_row([
            cell(rank),
            cell(&participant.player_id),
            cell(grouped(participant.score)),
            cell(achievements.join(", ")),
            cell(notes.unwrap_or_default()),
        ]);
    }
    table
}

fn rewards(lines: &[RewardLine]) -> Table {
    let mut table = table(["why", "reward", "players", "amount", "claimed"], &[2, 3, 4]);
    for RewardLine { reason, reward, players, amount, claimed } in lines {
        let reason = if reason.is_empty() { "promised by the event" } else { reason };
        let numbers =
            [i64::try_from(*players).unwrap_or(i64::MAX), *amount, *claimed].map(|number| cell(grouped(number)));
        table.add_row([cell(reason), cell(reward)].into_iter().chain(numbers).collect::<Vec<_>>());
    }
    table
}

fn refusals(chapters: &[Chapter]) -> Table {
    let mut table = table(["event", "reason", "requests", "what one of them was told"], &[2]);
    for chapter in chapters {
        for (code, refusals) in &chapter.refusals {
            table.add_row([cell(&chapter.name), cell(code), cell(refusals.count), cell(&refusals.example)]);
        }
    }
    table
}

fn requests(measurements: &Measurements) -> Table {
    let mut table = table(["request", "count", "median", "p99"], &[1, 2, 3]);
    for (kind, times) in measurements.requests() {
        table.add_row([
            cell(kind),
            cell(times.count()),
            cell(milliseconds(&times, 0.5)),
            cell(milliseconds(&times, 0.99)),
        ]);
    }
    table
}

fn rules(measurements: &Measurements) -> Table {
    let mut table = table(["plugin", "function", "calls", "refused", "failed", "median", "p99"], &[2, 3, 4, 5, 6]);
    for ((plugin, function), times) in measurements.rules().iter().filter(|(key, _)| is_decision(key)) {
        let (count, refused) = (times.count(), times.of("REFUSED"));
        table.add_row([
            cell(plugin),
            cell(function),
            cell(count),
            cell(refused),
            cell(count - refused - times.of("OK")),
            cell(microseconds(times, 0.5)),
            cell(microseconds(times, 0.99)),
        ]);
    }
    table
}

/// Being asked what it is, when it is published, is no decision of a plugin's.
fn is_decision((_, function): &RuleKey) -> bool {
    *function != "manifest"
}

fn milliseconds(times: &Times, part: f64) -> String {
    format!("{:.1} ms", times.quantile(part).as_secs_f64() * 1e3)
}

fn microseconds(times: &Times, part: f64) -> String {
    let time: Duration = times.quantile(part);
    format!("{:.1} µs", time.as_secs_f64() * 1e6)
}

/// A number with a comma after each three digits.
fn grouped(number: i64) -> String {
    indicatif::HumanCount(number.unsigned_abs()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verdict_lists_what_did_not_hold() {
        let mut expectations = Expectations::default();
        expectations.equal("the counter", 1, 1);
        assert_eq!(verdict(&expectations), "all 1 expectations held");
        expectations.equal("the sum", 1, 2);
        assert_eq!(verdict(&expectations), "1 of 2 expectations did not hold:\n  - the sum: expected 2, found 1");
    }
}
