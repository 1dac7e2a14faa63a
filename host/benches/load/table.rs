//! What is printed.

use comfy_table::{Table, TableStyle, presets};

use crate::client::spec::Measured;

const HEADER: [&str; 10] =
    ["scenario", "per second", "p50 ms", "p99 ms", "p99.9 ms", "errors", "baseline", "ratio", "to reach", "reached"];

/// One line of the table.
#[derive(Debug, Clone, Default)]
pub struct Row {
    cells: [String; 10],
}

/// What a ratio must be.
#[derive(Debug, Clone, Copy)]
pub enum Goal {
    /// At least.
    Least(f64),
    /// At most.
    Most(f64),
}

impl Row {
    /// A scenario with its load.
    pub fn new(name: impl Into<String>) -> Self {
        Self::default().set(0, name.into())
    }

    fn set(mut self, index: usize, text: String) -> Self {
        if let Some(cell) = self.cells.get_mut(index) {
            *cell = text;
        }
        self
    }

    /// Throughput and latencies.
    pub fn measured(self, measured: &Measured) -> Self {
        self.per_second(measured.per_second())
            .set(2, format!("{:.2}", measured.ms(0.5)))
            .set(3, format!("{:.2}", measured.ms(0.99)))
            .set(4, format!("{:.2}", measured.ms(0.999)))
            .set(5, if measured.errors() == 0 { "0".to_owned() } else { measured.complaints() })
    }

    /// A throughput that is counted in something else than requests.
    pub fn per_second(self, rate: f64) -> Self {
        self.set(1, format!("{rate:.0}"))
    }

    /// What it is compared with.
    pub fn baseline(self, text: impl Into<String>) -> Self {
        self.set(6, text.into())
    }

    /// The ratio and what it must be.
    pub fn ratio(self, ratio: f64, goal: Goal) -> Self {
        let (text, reached) = match goal {
            Goal::Least(least) => (format!("≥ {least}"), ratio >= least),
            Goal::Most(most) => (format!("≤ {most}"), ratio <= most),
        };
        self.set(7, format!("{ratio:.2}")).verdict(text, reached)
    }

    /// A goal that is no ratio.
    pub fn verdict(self, goal: impl Into<String>, reached: bool) -> Self {
        self.set(8, goal.into()).set(9, if reached { "yes" } else { "no" }.to_owned())
    }

    /// What is said in place of a verdict.
    pub fn note(self, text: impl Into<String>) -> Self {
        self.set(9, text.into())
    }

    /// On one line, for whoever watches.
    pub fn line(&self) -> String {
        let cells = HEADER.iter().zip(&self.cells).filter(|(_, cell)| !cell.is_empty());
        cells.map(|(name, cell)| format!("{name} {cell}")).collect::<Vec<_>>().join(" | ")
    }
}

/// All rows for a terminal.
pub fn plain(rows: &[Row]) -> String {
    table(rows, presets::UTF8_FULL_CONDENSED)
}

/// All rows in Markdown.
pub fn markdown(rows: &[Row]) -> String {
    table(rows, presets::ASCII_MARKDOWN)
}

fn table(rows: &[Row], style: TableStyle) -> String {
    let mut table = Table::new();
    table.load_style(style).set_header(HEADER);
    for row in rows {
        table.add_row(&row.cells);
    }
    table.to_string()
}
