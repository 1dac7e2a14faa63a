//! What a check has shown, for the terminal.

use std::fmt::Write as _;

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ContentArrangement, Table};
use indicatif::HumanCount;

use super::properties::{Tried, Violation};
use super::runner::{Checked, Effort, Finding, Outcome};

/// A table of all properties, then each that does not hold with the smallest input that was found, as a case.
#[must_use]
pub fn text(plugin: &str, effort: Effort, checked: &Checked) -> String {
    let mut text = format!("{plugin} checked with seed {}\n", effort.seed);
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(["property", "", "result", "inputs", "compared", "scored", "refused", "turned away", "grants"]);
    for column in table.column_iter_mut().skip(3) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    for outcome in &checked.outcomes {
        table.add_row(row(outcome));
    }
    table.trim_fmt().lines().for_each(|line| _ = writeln!(text, "  {}", line.trim_end()));
    for note in &checked.notes {
        let _ = writeln!(text, "\nnote: {note}");
    }
    for Outcome { name, says, finding } in &checked.outcomes {
        match finding {
            Finding::Violated(violation) => text.push_str(&self::violation(name, says, violation)),
            Finding::GaveUp { why } => _ = writeln!(text, "\n{name}: {says}\n  could not be tried: {why}"),
            Finding::Holds { .. } | Finding::Skipped { .. } => {}
        }
    }
    let held = checked.outcomes.iter().filter(|outcome| matches!(outcome.finding, Finding::Holds { .. })).count();
    let _ = write!(text, "\n{held} properties hold");
    if checked.failed() > 0 {
        let _ = write!(text, ", {} do not", checked.failed());
    }
    let _ = writeln!(text, " ({} calls)", HumanCount(checked.calls));
    text
}

fn row(Outcome { name, says, finding }: &Outcome) -> Vec<String> {
    let mut row = vec![(*name).to_owned(), (*says).to_owned()];
    match finding {
        Finding::Holds { cases, tried } => {
            let Tried { turned_away, scored, refused, granted, compared } = *tried;
            row.push("holds".to_owned());
            row.extend(
                [u64::from(*cases), compared, scored, refused, turned_away, granted]
                    .map(|number| HumanCount(number).to_string()),
            );
        }
        Finding::Violated(_) => row.push("VIOLATED".to_owned()),
        Finding::Skipped { why } => row.push(format!("not tried: {why}")),
        Finding::GaveUp { .. } => row.push("NOT TRIED".to_owned()),
    }
    row
}

fn violation(name: &str, says: &str, violation: &Violation) -> String {
    let Violation { seen, expected, details, cases } = violation;
    let mut text = format!("\n{name}: {says}\n  seen      {seen}\n  expected  {expected}\n{details}");
    for case in cases {
        let _ = write!(text, "\n{}", case.text());
    }
    text
}
