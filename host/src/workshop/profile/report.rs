//! A profile as a designer reads it.

use std::ops::Range;
use std::path::Path;

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ContentArrangement, Table};
use indicatif::HumanCount;

use super::{Function, Profile, ProfiledCase};

/// How many functions are shown. The rest has a line of its own.
const SHOWN: usize = 20;

/// The cases with what they took, then the functions with their shares.
#[must_use]
pub fn profiled(plugin: &str, profile: &Profile, file: &Path) -> String {
    let Profile { cases, samples, step, functions, .. } = profile;
    format!(
        "{plugin}\n{}\n\n{}\n\n{} samples, one each {} fuel\nfor the Firefox Profiler, https://profiler.firefox.com:\n  {}\n",
        case_table(cases).trim_fmt(),
        function_table(functions, *samples).trim_fmt(),
        HumanCount(*samples),
        HumanCount(*step),
        file.display(),
    )
}

fn table(header: &[&str], right: Range<usize>) -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_header(header);
    for column in table.column_iter_mut().skip(right.start).take(right.len()) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn case_table(cases: &[ProfiledCase]) -> Table {
    let mut table = table(&["case", "result", "fuel", "share"], 2..4);
    let all = cases.iter().map(|case| case.fuel).sum();
    for ProfiledCase { name, fuel, failed } in cases {
        let result = failed.as_ref().map_or("answered", |failure| failure.code());
        table.add_row([name.clone(), result.to_owned(), HumanCount(*fuel).to_string(), share(*fuel, all)]);
    }
    table
}

fn function_table(functions: &[Function], samples: u64) -> Table {
    let mut table = table(&["self", "total", "function"], 0..2);
    for Function { name, own, total } in functions.iter().take(SHOWN) {
        table.add_row([share(*own, samples), share(*total, samples), name.clone()]);
    }
    let rest = functions.get(SHOWN..).unwrap_or_default();
    if !rest.is_empty() {
        let own = rest.iter().map(|function| function.own).sum();
        table.add_row([share(own, samples), String::new(), format!("{} more", rest.len())]);
    }
    table
}

/// A part of the whole, in percent.
fn share(part: u64, all: u64) -> String {
    if all == 0 { "-".to_owned() } else { format!("{:.1} %", 100.0 * part as f64 / all as f64) }
}
