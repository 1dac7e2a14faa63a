//! Histograms as pictures.

use std::path::Path;
use std::{fs, io};

use plotters::coord::Shift;
use plotters::drawing::DrawingAreaErrorKind;
use plotters::prelude::*;

use super::histogram::Distribution;
use super::report::Report;

/// The size of one histogram, in pixels.
const WIDTH: u32 = 960;
const HEIGHT: u32 = 360;

/// The most rewards that are drawn.
const MOST_REWARDS: usize = 12;

const BARS: RGBColor = RGBColor(0x2f, 0x6f, 0xab);

/// Why pictures cannot be drawn.
#[derive(Debug, thiserror::Error)]
pub enum DrawingError {
    /// A file cannot be written.
    #[error("cannot write {}: {source}", file.display())]
    Io {
        /// The file.
        file: std::path::PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The chart cannot be laid out.
    #[error("cannot draw a histogram: {0}")]
    Chart(String),
}

/// Writes `scores.svg` and `payouts.svg` into a folder, which is made if it is missing. Where there is nothing to show, no
/// picture is written, and one of an earlier run is removed.
///
/// # Errors
/// The files cannot be written.
pub fn write(report: &Report, folder: &Path) -> Result<(), DrawingError> {
    fs::create_dir_all(folder).map_err(|source| DrawingError::Io { file: folder.to_owned(), source })?;
    let scores: Vec<(String, &Distribution)> =
        report.scores.iter().map(|scores| ("scores".to_owned(), scores)).collect();
    let payouts: Vec<(String, &Distribution)> = report
        .payout
        .rewards
        .iter()
        .filter_map(|reward| Some((format!("{} per player", reward.reward), reward.per_player.as_ref()?)))
        .take(MOST_REWARDS)
        .collect();
    for (name, histograms) in [("scores.svg", scores), ("payouts.svg", payouts)] {
        let file = folder.join(name);
        let written = if histograms.is_empty() {
            fs::remove_file(&file).or_else(|error| match error.kind() {
                io::ErrorKind::NotFound => Ok(()),
                _ => Err(error),
            })
        } else {
            let picture = draw(&histograms).map_err(|error| DrawingError::Chart(error.to_string()))?;
            fs::write(&file, picture)
        };
        written.map_err(|source| DrawingError::Io { file, source })?;
    }
    Ok(())
}

type Drawing<'a> = SVGBackend<'a>;
type Failure<'a> = DrawingAreaErrorKind<<Drawing<'a> as DrawingBackend>::ErrorType>;

/// Draws histograms, one below the other.
fn draw(histograms: &[(String, &Distribution)]) -> Result<String, Failure<'static>> {
    let mut picture = String::new();
    {
        let panels = u32::try_from(histograms.len()).unwrap_or(1);
        let area = SVGBackend::with_string(&mut picture, (WIDTH, HEIGHT * panels)).into_drawing_area();
        area.fill(&WHITE)?;
        for (panel, (title, distribution)) in area.split_evenly((histograms.len(), 1)).iter().zip(histograms) {
            chart(panel, title, distribution)?;
        }
        area.present()?;
    }
    Ok(picture)
}

fn chart<'a>(area: &DrawingArea<Drawing<'a>, Shift>, title: &str, of: &Distribution) -> Result<(), Failure<'a>> {
    let bars = &of.histogram;
    let (from, to) = (bars.first().map_or(0, |bar| bar.from), bars.last().map_or(0, |bar| bar.to).saturating_add(1));
    let most = bars.iter().map(|bar| bar.count).max().unwrap_or(1);
    let mut chart = ChartBuilder::on(area)
        .caption(
            format!("{title} (players: {}, median: {}, mean: {:.2})", of.count, of.p50, of.mean),
            ("sans-serif", 20),
        )
        .margin(12)
        .x_label_area_size(36)
        .y_label_area_size(72)
        .build_cartesian_2d(from as f64..to as f64, 0.0..most as f64 * 1.05)?;
    let plain = |number: &f64| format!("{number:.0}");
    chart
        .configure_mesh()
        .disable_x_mesh()
        .x_label_formatter(&plain)
        .y_label_formatter(&plain)
        .y_desc("players")
        .draw()?;
    // A hair's breadth between the bars.
    let gap = bars.first().map_or(0.0, |bar| (bar.to.saturating_add(1) - bar.from) as f64 * 0.04);
    chart.draw_series(bars.iter().map(|bar| {
        let (left, right) = (bar.from as f64 + gap, bar.to.saturating_add(1) as f64 - gap);
        Rectangle::new([(left, 0.0), (right, bar.count as f64)], BARS.filled())
    }))?;
    Ok(())
}
